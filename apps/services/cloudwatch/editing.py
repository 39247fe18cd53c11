"""Changing an alarm: its bound, how long that must be broken, and what is done. The metric stays: for another there is
another alarm. PutMetricAlarm replaces all of it, so that what the form does not ask is sent as it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.cloudwatch import done
from apps.services.cloudwatch.alarms import MISSING, alarm, condition, instance_of
from apps.services.cloudwatch.creation import (
    COMPARISONS,
    PERIODS,
    STATISTICS,
    check_grain,
    check_periods,
)

_CHANGED = "AlarmConfigurationUpdatedTimestamp"
_KEPT = ("ActionsEnabled", "Namespace", "MetricName", "Dimensions", "Unit", "EvaluateLowSampleCountPercentile")
_SET = (
    "AlarmDescription",
    "Statistic",
    "ExtendedStatistic",
    "ComparisonOperator",
    "Threshold",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "TreatMissingData",
)
_ACTIONS = {"on_alarm": "AlarmActions", "on_ok": "OKActions", "on_unknown": "InsufficientDataActions"}
_AS_IT_IS = ("", _("As it is"))


class EditForm(forms.Form):
    """A statistic or period that the form has no word for (a percentile, 10 seconds) stays where nothing is chosen."""

    statistic = forms.ChoiceField(label=_("Statistic"), choices=[_AS_IT_IS, *STATISTICS], required=False)
    comparison = forms.ChoiceField(label=_("Goes off when it is"), choices=COMPARISONS)
    threshold = forms.FloatField(label=_("Threshold"))
    period = forms.ChoiceField(label=_("Period"), choices=[_AS_IT_IS, *PERIODS], required=False)
    periods = forms.IntegerField(
        label=_("Evaluation periods"),
        min_value=1,
        max_value=1440,
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
    on_alarm = done.rows(label=_("When out of bounds"))
    on_ok = done.rows(label=_("When it is in order again"))
    on_unknown = done.rows(label=_("When there are too few values"))
    description = forms.CharField(label=_("Description"), max_length=1024, required=False)

    items: Sequence[Item] = ()
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _now("Edit one alarm at a time: each has its own rule."))
        for item in self.items:
            metric = str(item.attrs.get("MetricName") or "")
            wanted = {**values, "metric": metric, "period": values.get("period") or item.attrs.get("Period") or 60}
            check_periods(self, wanted)
            check_grain(self, self.scope, instance_of(item), wanted)
            for name in _ACTIONS:
                self._check_acts(name, values.get(name) or (), item, metric)
        return values

    def _check_acts(self, name: str, rows: Sequence[Mapping[str, str]], item: Item, metric: str) -> None:
        for row in rows:
            if row["does"] in ("topic", "other"):
                continue
            if not instance_of(item):
                said = _now("%(name)s watches no instance to which that could be done.") % {"name": item.id}
                self.add_error(name, said)
            elif why := done.unfit(row["does"], metric):
                self.add_error(name, why)


def _not_simple(item: Item) -> Text:
    if item.attrs.get("Metrics") or item.attrs.get("ThresholdMetricId"):
        return _("It watches an expression of several metrics, which this form does not have.")
    if item.id.startswith("TargetTracking-"):
        return _("A target tracking policy made it and sets it: edit the policy.")
    return ""


def _now_set(item: Item) -> dict[str, Any]:
    attrs = item.attrs
    statistic, period = attrs.get("Statistic") or "", str(attrs.get("Period") or "")
    threshold = attrs.get("Threshold")
    if isinstance(threshold, float) and threshold.is_integer():
        threshold = int(threshold)
    return {
        "statistic": statistic if statistic in dict(STATISTICS) else "",
        "comparison": attrs.get("ComparisonOperator"),
        "threshold": threshold,
        "period": period if period in dict(PERIODS) else "",
        "periods": attrs.get("EvaluationPeriods"),
        "datapoints": attrs.get("DatapointsToAlarm"),
        "missing": attrs.get("TreatMissingData") or "missing",
        "description": attrs.get("AlarmDescription") or "",
        **{field: done.as_rows(attrs.get(key)) for field, key in _ACTIONS.items()},
    }


def _params(item: Item) -> dict[str, Any]:
    """The call that makes the alarm as it is."""
    found = {key: item.attrs.get(key) for key in (*_KEPT, *_SET, *_ACTIONS.values())}
    if found["ExtendedStatistic"]:
        found["Statistic"] = None  # AWS takes one of the two
    return {"AlarmName": item.id} | {key: value for key, value in found.items() if value not in (None, "", [])}


def _wanted(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    """The call that makes it as the form says."""
    given = {
        "AlarmDescription": values["description"],
        "ComparisonOperator": values["comparison"],
        "Threshold": values["threshold"],
        "EvaluationPeriods": values["periods"],
        "DatapointsToAlarm": values["datapoints"],
        "TreatMissingData": values["missing"],
        **{key: done.as_arns(values[field], item.region) for field, key in _ACTIONS.items()},
    }
    if values["period"]:
        given["Period"] = int(values["period"])
    if values["statistic"]:
        given |= {"Statistic": values["statistic"], "ExtendedStatistic": None}
    if "TreatMissingData" not in _params(item) and values["missing"] == "missing":
        del given["TreatMissingData"]
    found = _params(item) | given
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def _means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    before, after = _params(item), _wanted(item, values)
    rule = condition(replace(item, attrs=after))
    if rule != condition(item):
        yield _now("From then on: %(rule)s. CloudWatch looks at once whether it goes off.") % {"rule": rule}
    for key, label in zip(
        _ACTIONS.values(),
        (_now("When out of bounds"), _now("When it is in order again"), _now("When there are too few values")),
        strict=True,
    ):
        old, new = before.get(key, []), after.get(key, [])
        if gone := [arn for arn in old if arn not in new]:
            yield _now("%(when)s, no longer: %(what)s.") % {"when": label, "what": ", ".join(gone)}
        if come := [arn for arn in new if arn not in old]:
            yield _now("%(when)s, from then on: %(what)s.") % {"when": label, "what": ", ".join(come)}


@alarm.action(
    _("Edit"),
    submit=_("Save"),
    icon="pencil",
    form=EditForm,
    unless=_not_simple,
    facts=(*_KEPT, *_SET, *_ACTIONS.values(), _CHANGED),
    like=_now_set,
    means=_means,
    main=True,
    iam="cloudwatch:PutMetricAlarm",
    help=_("What it watches stays: for another metric or instance, create another alarm."),
    example={
        "comparison": "GreaterThanThreshold",
        "threshold": 90,
        "periods": 2,
        "on_ok": [{"does": "topic", "arn": "arn:aws:sns:eu-west-1:111111111111:ops"}],
    },
)
def edit(item: Item, values: dict[str, Any]) -> Steps:
    before, wanted = _params(item), _wanted(item, values)
    if before == wanted:
        return
    asked = {"AlarmNames": [item.id], "AlarmTypes": ["MetricAlarm"]}
    path, what = f"MetricAlarms[0].{_CHANGED}", _("The alarm")
    yield Step(
        "cloudwatch.put_metric_alarm",
        title=_("Change alarm %(name)s") % {"name": item.id},
        same=Same("cloudwatch.describe_alarms", asked, path, item.attrs.get(_CHANGED), what=what),
        undo=Step("cloudwatch.put_metric_alarm", title=_("Change it back"), **before),
        touches=[(item.kind, [item.id])],
        **wanted,
    )
