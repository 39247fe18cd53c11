"""Instance refreshes: all instances of a group replaced, a few at a time."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown, When
from apps.catalog.items import Item
from apps.catalog.plans import Find, Same, Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.text import Text, one_line
from apps.services.autoscaling.capacity import ACTIVITY
from apps.services.autoscaling.groups import STEADY, UPDATING, group, instances

PART = "InstanceRefreshes"
ACTIVE = ("Pending", "InProgress", "Baking", "Cancelling", "RollbackInProgress")
WORDS: Mapping[str, Text] = {
    "Pending": _("Begins soon"),
    "InProgress": _("Under way"),
    "Successful": _("Done"),
    "Failed": _("Failed"),
    "Cancelling": _("Being cancelled"),
    "Cancelled": _("Cancelled"),
    "RollbackInProgress": _("Being rolled back"),
    "RollbackFailed": _("Rolling back failed"),
    "RollbackSuccessful": _("Rolled back"),
    "Baking": _("Done, being watched"),
}
_TONES = {
    "Successful": "ok",
    "Failed": "bad",
    "RollbackFailed": "bad",
    "RollbackSuccessful": "warn",
    "Cancelled": "idle",
}


def refreshes(item: Item) -> list[dict[str, Any]]:
    """Newest first."""
    found = list(item.attrs.get(PART) or ())
    return sorted(found, key=lambda each: str(each.get("StartTime") or "9"), reverse=True)


def active(item: Item) -> Mapping[str, Any] | None:
    return next((each for each in refreshes(item) if each.get("Status") in ACTIVE), None)


class RefreshForm(forms.Form):
    """Amazon EC2 Auto Scaling API Reference, RefreshPreferences."""

    min_healthy = forms.IntegerField(
        label=_("Healthy at least, %"),
        min_value=0,
        max_value=100,
        initial=90,
        help_text=_("Of the desired instances, while others are replaced."),
    )
    max_healthy = forms.IntegerField(
        label=_("Healthy at most, %"),
        min_value=100,
        max_value=200,
        initial=100,
        help_text=_("Above 100, new instances are launched before old ones end."),
    )
    warmup = forms.IntegerField(
        label=_("Warm-up, seconds"),
        min_value=0,
        max_value=86400,
        required=False,
        help_text=_("Empty: the group's own."),
    )
    skip_matching = forms.BooleanField(
        label=_("Leave instances that are as the group launches them now"), required=False, initial=True
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        least, most = values.get("min_healthy"), values.get("max_healthy")
        if least is not None and most is not None and most - least > 100:
            words = {"least": least, "most": most}
            said = _now("At most, %(most)d, may be 100 above at least, %(least)d; not more.")
            self.add_error("max_healthy", said % words)
        for item in self.items:
            words = {"name": item.title}
            if active(item):
                self.add_error(None, _now("%(name)s has a refresh under way. Cancel it, or wait.") % words)
            if not instances(item):
                self.add_error(None, _now("%(name)s has no instances to replace.") % words)
        return values


def refresh_means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    desired = int(item.attrs.get("DesiredCapacity") or 0)
    words = {
        "name": item.title,
        "count": len(instances(item)),
        "least": -(-desired * values["min_healthy"] // 100),
    }
    if values["skip_matching"]:
        yield (
            _now("Instances of %(name)s that another template or version made are replaced, of %(count)d in all.")
            % words
        )
    else:
        yield _now("All %(count)d instances of %(name)s are replaced; what is on their disks is gone.") % words
    yield _now("At least %(least)d stay in service meanwhile.") % words


@group.action(
    _("Start instance refresh"),
    verb="start-refresh",
    icon="refresh-cw",
    when={STEADY, UPDATING},
    risk=Risk.INTERRUPTS,
    form=RefreshForm,
    facts=(PART, "Instances", "DesiredCapacity"),
    means=refresh_means,
    iam="autoscaling:StartInstanceRefresh",
    example={"min_healthy": 50, "warmup": 120},
)
def start_refresh(item: Item, values: Mapping[str, Any]) -> Steps:
    here: dict[str, Any] = {"AutoScalingGroupName": item.id}
    listed: list[Any] = list(item.attrs.get(PART) or ())
    yield Step(
        "autoscaling.start_instance_refresh",
        title=_("Replace the instances of %(name)s") % {"name": item.title},
        # A group has one refresh at a time: what is under way afterwards is this one.
        find=Find(
            "autoscaling.describe_instance_refreshes",
            "InstanceRefreshes[?Status=='Pending' || Status=='InProgress'] | [0]",
            here,
        ),
        same=Same(
            "autoscaling.describe_instance_refreshes",
            {**here, "MaxRecords": 10},
            "InstanceRefreshes[].InstanceRefreshId",
            [each["InstanceRefreshId"] for each in listed],
            what=_("The group's refreshes"),
            unordered=True,
        ),
        undo=Step("autoscaling.cancel_instance_refresh", title=_("Cancel the refresh"), repeat="safe", **here),
        touches=[(item.kind, [item.id])],
        AutoScalingGroupName=item.id,
        Strategy="Rolling",
        Preferences={
            "MinHealthyPercentage": values["min_healthy"],
            "MaxHealthyPercentage": values["max_healthy"],
            "InstanceWarmup": values["warmup"],
            "SkipMatching": values["skip_matching"],
        },
    )


class CancelForm(forms.Form):
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for item in self.items:
            if not active(item):
                self.add_error(None, _now("%(name)s has no refresh under way.") % {"name": item.title})
        return self.cleaned_data


@group.action(
    _("Cancel instance refresh"),
    verb="cancel-refresh",
    icon="circle-x",
    form=CancelForm,
    facts=(PART,),
    means=lambda item, values: [_now("What was replaced already stays so.")],
    iam="autoscaling:CancelInstanceRefresh",
    on={PART: [{"InstanceRefreshId": "08b91cf7-8fa6-48af-b6a6-d227f40f1b9b", "Status": "InProgress"}]},
)
def cancel_refresh(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "autoscaling.cancel_instance_refresh",
        title=_("Cancel the refresh of %(name)s") % {"name": item.title},
        already=("ActiveInstanceRefreshNotFound",),
        touches=[(item.kind, [item.id])],
        AutoScalingGroupName=item.id,
    )


@group.card(
    ACTIVITY,
    _("Instance refreshes"),
    part=PART,
    verbs=("start-refresh", "edit-template"),
    removes=("cancel-refresh",),
    help=_("All instances replaced, a few at a time: after a new image or launch template."),
    empty=_("There was none in the last six weeks."),
    rank=20,
)
def card(item: Item) -> Shown:
    found = refreshes(item)
    if not found:
        return Shown()
    last = found[0]
    words = {
        "status": WORDS.get(last.get("Status", ""), last.get("Status", "")),
        "done": last.get("PercentageComplete"),
    }
    said = _now("%(status)s: %(done)d %% replaced.") % {**words, "done": words["done"] or 0}
    rows = [
        (
            When(each.get("StartTime")),
            str(WORDS.get(each.get("Status", ""), each.get("Status", ""))),
            _now("%(done)d %%") % {"done": each.get("PercentageComplete") or 0},
            _healthy(each.get("Preferences") or {}),
            one_line(str(each.get("StatusReason") or "")),
        )
        for each in found
    ]
    heads = [_now("Began"), _now("Status"), _now("Replaced"), _now("Healthy at least"), _now("Why")]
    return Shown(words=[said], tone=_TONES.get(last.get("Status", ""), "warn"), heads=heads, rows=rows)


def _healthy(preferences: Mapping[str, Any]) -> str:
    least = preferences.get("MinHealthyPercentage")
    return "" if least is None else f"{least} %"
