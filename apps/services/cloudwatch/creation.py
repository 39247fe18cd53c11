"""Making an alarm for a metric of an instance. Limits: CloudWatch API Reference, PutMetricAlarm."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.fields import Ref
from apps.catalog.hints import Hinted
from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.cloudwatch import cloudwatch, done
from apps.services.cloudwatch.alarms import MISSING, alarm, condition

# What EC2 reports without an agent, and whether it does so each minute whatever the instance's monitoring is.
METRICS = {
    "CPUUtilization": (_("CPU utilization, %"), False),
    "NetworkIn": (_("Network in, bytes"), False),
    "NetworkOut": (_("Network out, bytes"), False),
    "DiskReadOps": (_("Disk reads (instance store)"), False),
    "DiskWriteOps": (_("Disk writes (instance store)"), False),
    "CPUCreditBalance": (_("CPU credits left (T types)"), False),
    "StatusCheckFailed": (_("Failed status checks"), True),
    "StatusCheckFailed_Instance": (_("Failed status check of the instance"), True),
    "StatusCheckFailed_System": (_("Failed status check of the system"), True),
    "StatusCheckFailed_AttachedEBS": (_("Failed status check of its volumes"), True),
}
COMPARISONS = (
    ("GreaterThanThreshold", _("Greater than")),
    ("GreaterThanOrEqualToThreshold", _("Greater than or equal to")),
    ("LessThanThreshold", _("Less than")),
    ("LessThanOrEqualToThreshold", _("Less than or equal to")),
)
PERIODS = (
    ("60", _("1 minute")),
    ("300", _("5 minutes")),
    ("900", _("15 minutes")),
    ("3600", _("1 hour")),
    ("21600", _("6 hours")),
)
STATISTICS = (
    ("Average", _("Average")),
    ("Maximum", _("Maximum")),
    ("Minimum", _("Minimum")),
    ("Sum", _("Sum")),
    ("SampleCount", _("Number of values")),
)
DAY = 86400


class AlarmForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255)
    description = forms.CharField(label=_("Description"), max_length=1024, required=False)
    instance = Ref("ec2.instance", label=_("Instance"))
    metric = forms.ChoiceField(
        label=_("Metric"), choices=[(name, label) for name, (label, _fine) in METRICS.items()], initial="CPUUtilization"
    )
    statistic = forms.ChoiceField(label=_("Statistic"), choices=STATISTICS, initial="Average")
    comparison = forms.ChoiceField(label=_("Goes off when it is"), choices=COMPARISONS, initial="GreaterThanThreshold")
    threshold = forms.FloatField(label=_("Threshold"), initial=80)
    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, initial="300")
    periods = forms.IntegerField(
        label=_("Evaluation periods"),
        min_value=1,
        max_value=1440,
        initial=3,
        help_text=_("So many of the last periods are looked at."),
    )
    datapoints = forms.IntegerField(
        label=_("Datapoints to alarm"),
        min_value=1,
        max_value=1440,
        required=False,
        help_text=_("So many of these periods have to break the threshold. Empty: all of them."),
    )
    missing = forms.ChoiceField(label=_("Missing data"), choices=MISSING, initial="missing")
    topic = Hinted(
        label=_("Tell an SNS topic"),
        kinds=(done.KIND,),
        max_length=1024,
        required=False,
        help_text=_("Choose one of this account and Region, or write the ARN of another one in the same Region."),
    )
    act = forms.ChoiceField(
        label=_("Do to the instance"),
        choices=[
            ("", _("Nothing")),
            ("recover", _("Recover it on other hardware")),
            ("reboot", _("Reboot it")),
            ("stop", _("Stop it")),
        ],
        required=False,
    )

    scope: Scope | None = None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self.scope and any(item.id == name for item in self.scope.find(alarm.kind, name=name)):
            said = _now("There is an alarm %(name)s in this Region: AWS would write over it.")
            raise forms.ValidationError(said % {"name": name})
        return name

    def clean_topic(self) -> str:
        topic: str = self.cleaned_data["topic"]
        return done.check_topic(topic, self.scope.region if self.scope else "") if topic else ""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_periods(self, values)
        check_grain(self, self.scope, values.get("instance") or "", values)
        if why := done.unfit(values.get("act") or "", values.get("metric") or ""):
            self.add_error("act", why)
        return values


def check_grain(form: forms.Form, scope: Scope | None, id: str, values: Mapping[str, Any]) -> None:
    """Enters that an instance doesn't report a metric as often as the alarm looks."""
    item = scope.get("ec2.instance", id) if scope and id else None
    _label, fine = METRICS.get(values.get("metric") or "", ("", True))
    if item and values.get("period") == "60" and not fine and not _is_detailed(item):
        said = _now(
            "%(name)s reports this metric every 5 minutes: choose 5 minutes or more, or turn on its detailed"
            " monitoring first."
        )
        form.add_error("period", said % {"name": item.title})


def check_periods(form: forms.Form, values: Mapping[str, Any]) -> None:
    """Enters what is wrong with how far an alarm looks back, and with how many of these periods count."""
    periods, period = values.get("periods"), int(values.get("period") or 0)
    if periods and period and periods * period > (most := DAY if period < 3600 else 7 * DAY):
        said = _now("%(periods)d periods of %(period)d seconds are %(all)d seconds; AWS looks back %(most)d at most.")
        form.add_error("periods", said % {**values, "period": period, "all": periods * period, "most": most})
    if periods and values.get("datapoints") and values["datapoints"] > periods:
        said = _now("%(datapoints)d out of %(periods)d can't be: choose %(periods)d at most.")
        form.add_error("datapoints", said % values)


def _is_detailed(item: Item) -> bool:
    return (item.attrs.get("Monitoring") or {}).get("State") in ("enabled", "pending")


def _rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that say what is watched and when it goes off."""
    return {
        "Namespace": "AWS/EC2",
        "MetricName": values["metric"],
        "Dimensions": [{"Name": "InstanceId", "Value": values["instance"]}],
        "Statistic": values["statistic"],
        "Period": int(values["period"]),
        "EvaluationPeriods": values["periods"],
        "DatapointsToAlarm": values["datapoints"] or None,
        "Threshold": values["threshold"],
        "ComparisonOperator": values["comparison"],
        "TreatMissingData": values["missing"],
    }


def _means(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    yield _now("It goes off at: %(rule)s.") % {"rule": condition(Item(alarm.kind, values["name"], attrs=_rule(values)))}


def _notes(scope: Scope, values: Mapping[str, Any]) -> Iterable[Text]:
    if not values["topic"] and not values["act"]:
        yield _now("It tells nobody and does nothing: that it goes off is seen in its state alone.")


@alarm.wizard(
    _("Create alarm"),
    form=AlarmForm,
    icon="plus",
    submit=_("Create alarm"),
    title=lambda values: _("Create alarm %(name)s") % {"name": values["name"]},
    sections=(
        Section("what", _("What is watched"), ("instance", "metric", "statistic")),
        Section(
            "when", _("When it goes off"), ("comparison", "threshold", "period", "periods", "datapoints", "missing")
        ),
        Section("then", _("What is done then"), ("topic", "act")),
        Section("name", _("Name"), ("name", "description")),
    ),
    means=_means,
    notes=_notes,
    iam="cloudwatch:PutMetricAlarm",
    example={"name": "api-1 is busy", "instance": "i-0b1f4c2e9d7a63f10", "threshold": 80},
)
def create(scope: Scope, values: dict[str, Any]) -> Steps:
    name = values["name"]
    actions = [values["topic"]] if values["topic"] else []
    if values["act"]:
        actions.append(done.arn_of(values["act"], scope.region))
    asked = {"AlarmNames": [name], "AlarmTypes": ["MetricAlarm"]}
    yield Step(
        "cloudwatch.put_metric_alarm",
        title=_("Create alarm %(name)s") % {"name": name},
        # The call writes over an alarm of that name.
        same=Same("cloudwatch.describe_alarms", asked, "MetricAlarms[0].AlarmName", None, what=_("The name")),
        undo=Step("cloudwatch.delete_alarms", title=_("Delete alarm %(name)s") % {"name": name}, AlarmNames=[name]),
        touches=[(alarm.kind, [name])],
        AlarmName=name,
        AlarmDescription=values["description"] or None,
        ActionsEnabled=True,
        AlarmActions=actions or None,
        **_rule(values),
    )
    return {"kind": alarm.kind, "ids": [name]}


@cloudwatch.priced("cloudwatch.put_metric_alarm")
def price(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    return [CostPart(_("Alarm"), book.entry("alarm", "standard"))]
