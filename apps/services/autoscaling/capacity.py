"""How many instances a group has and between which limits, which they are, and what became of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.cards import Named, Sheet, Shown, When
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, Until, reaches
from apps.catalog.text import Text
from apps.services.autoscaling.groups import (
    SLOW,
    STEADY,
    UPDATING,
    group,
    healthy,
    instances,
    named,
    suspended,
    unhealthy,
)

INSTANCES, ACTIVITY = Sheet("instances", _("Instances"), rank=5), Sheet("activity", _("Activity"), rank=20)
SIZE = ("MinSize", "MaxSize", "DesiredCapacity", "Instances", "SuspendedProcesses")
MOST = 10_000


def settled(item: Item) -> Until | None:
    """Until it has what it should have; nothing where suspended processes keep it from getting there."""
    if {"Launch", "Terminate"} & set(suspended(item)):
        return None
    return reaches(item.kind, [item.id], STEADY, timeout=SLOW)


def fewer(item: Item, wanted: int) -> Iterable[Text]:
    """What shrinking ends."""
    free = [each for each in instances(item) if not each.get("ProtectedFromScaleIn")]
    count = min(item.attrs["DesiredCapacity"] - wanted, len(free))
    if count > 0:
        words = {"name": item.title, "count": count, "instances": named(free)}
        said = ngettext(
            "%(name)s ends %(count)d of its instances, which AWS chooses: %(instances)s.",
            "%(name)s ends %(count)d of its instances, which AWS chooses: %(instances)s.",
            count,
        )
        yield said % words


class ScaleForm(forms.Form):
    desired = forms.IntegerField(label=_("Desired instances"), min_value=0, max_value=MOST)

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        desired = values.get("desired")
        for item in self.items if desired is not None else ():
            least, most = item.attrs["MinSize"], item.attrs["MaxSize"]
            if not least <= desired <= most:
                words = {"name": item.title, "least": least, "most": most, "desired": desired}
                said = _now("%(name)s has %(least)d to %(most)d instances, not %(desired)d: edit its limits first.")
                self.add_error("desired", said % words)
        return values


def scale_means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    more = values["desired"] - item.attrs["DesiredCapacity"]
    words = {"name": item.title, "count": more}
    if more > 0:
        said = ngettext("%(name)s launches %(count)d instance.", "%(name)s launches %(count)d instances.", more)
        yield said % words
    if "Launch" in suspended(item) and more > 0:
        yield _now("Launch is suspended for %(name)s: nothing is launched before it is resumed.") % words
    if "Terminate" in suspended(item) and more < 0:
        yield _now("Terminate is suspended for %(name)s: nothing ends before it is resumed.") % words


@group.action(
    _("Scale"),
    icon="gauge",
    when={STEADY, UPDATING},
    form=ScaleForm,
    facts=SIZE,
    main=True,
    like=lambda item: {"desired": item.attrs.get("DesiredCapacity")},
    means=scale_means,
    risks=lambda item, values: fewer(item, values["desired"]),
    iam="autoscaling:SetDesiredCapacity",
    example={"desired": 3},
)
def scale(item: Item, values: Mapping[str, Any]) -> Steps:
    was = item.attrs["DesiredCapacity"]
    if values["desired"] == was:
        return
    words = {"name": item.title, "was": was, "desired": values["desired"]}
    yield Step(
        "autoscaling.set_desired_capacity",
        title=_("Scale %(name)s from %(was)d to %(desired)d") % words,
        repeat="safe",
        until=settled(item),
        touches=[(item.kind, [item.id]), ("ec2.instance", None)],
        AutoScalingGroupName=item.id,
        DesiredCapacity=values["desired"],
        HonorCooldown=False,
    )


class LimitsForm(forms.Form):
    min = forms.IntegerField(label=_("Minimum"), min_value=0, max_value=MOST)
    max = forms.IntegerField(label=_("Maximum"), min_value=0, max_value=MOST)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_limits(self, values)
        return values


def check_limits(form: forms.Form, values: Mapping[str, Any]) -> None:
    least, most = values.get("min"), values.get("max")
    if least is not None and most is not None and least > most:
        form.add_error(
            "max", _now("The maximum, %(max)d, is below the minimum, %(min)d.") % {"max": most, "min": least}
        )


def clamped(item: Item, values: Mapping[str, Any]) -> int:
    """What AWS makes of the desired capacity where it lies outside the new limits."""
    return int(min(max(item.attrs["DesiredCapacity"], values["min"]), values["max"]))


def limits_mean(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    was, now = item.attrs["DesiredCapacity"], clamped(item, values)
    if now != was:
        words = {"name": item.title, "was": was, "now": now}
        yield _now("AWS scales %(name)s from %(was)d to %(now)d, as the new limits want.") % words


@group.action(
    _("Edit limits"),
    verb="edit-limits",
    submit=_("Save"),
    icon="sliders-horizontal",
    when={STEADY, UPDATING},
    form=LimitsForm,
    facts=SIZE,
    like=lambda item: {"min": item.attrs.get("MinSize"), "max": item.attrs.get("MaxSize")},
    means=limits_mean,
    risks=lambda item, values: fewer(item, clamped(item, values)),
    iam="autoscaling:UpdateAutoScalingGroup",
    example={"min": 2, "max": 6},
)
def edit_limits(item: Item, values: Mapping[str, Any]) -> Steps:
    was = (item.attrs["MinSize"], item.attrs["MaxSize"])
    if (values["min"], values["max"]) == was:
        return
    words = {"name": item.title, "min": values["min"], "max": values["max"]}
    yield Step(
        "autoscaling.update_auto_scaling_group",
        title=_("Let %(name)s have %(min)d to %(max)d instances") % words,
        repeat="safe",
        until=settled(item) if clamped(item, values) != item.attrs["DesiredCapacity"] else None,
        touches=[(item.kind, [item.id])],
        undo=Step(
            "autoscaling.update_auto_scaling_group",
            title=_("Write the limits back"),
            repeat="safe",
            AutoScalingGroupName=item.id,
            MinSize=was[0],
            MaxSize=was[1],
            DesiredCapacity=item.attrs["DesiredCapacity"],
        ),
        AutoScalingGroupName=item.id,
        MinSize=values["min"],
        MaxSize=values["max"],
    )


@group.card(INSTANCES, _("Instances"), verbs=("scale", "edit-limits"), empty=_("It has no instances."), rank=10)
def instances_card(item: Item) -> Shown:
    found, attrs = instances(item), item.attrs
    words = {
        "count": len(found),
        "desired": attrs.get("DesiredCapacity", 0),
        "min": attrs.get("MinSize", 0),
        "max": attrs.get("MaxSize", 0),
    }
    said = _now("%(count)d instances; %(desired)d are wanted, %(min)d to %(max)d allowed.") % words
    tone = "bad" if unhealthy(item) else "ok" if healthy(item) == words["desired"] else "warn"
    rows = [
        (
            Named("ec2.instance", each["InstanceId"]),
            each.get("InstanceType") or "",
            each.get("AvailabilityZone") or "",
            each.get("LifecycleState") or "",
            each.get("HealthStatus") or "",
            str((each.get("LaunchTemplate") or {}).get("Version") or ""),
            bool(each.get("ProtectedFromScaleIn")),
        )
        for each in found
    ]
    heads = [_now("Instance"), _now("Type"), _now("Zone"), _now("State"), _now("Health"), _now("Template version")]
    return Shown(words=[said], tone=tone, heads=[*heads, _now("Protected")] if rows else (), rows=rows)


@group.card(
    ACTIVITY,
    _("Activities"),
    part="Activities",
    help=_("The last twenty: what it launched and ended, and why."),
    empty=_("AWS tells of none."),
    rank=10,
)
def activities_card(item: Item) -> Shown:
    rows = [
        (
            When(each.get("StartTime")),
            each.get("StatusCode") or "",
            each.get("Description") or "",
            each.get("StatusMessage") or each.get("Cause") or "",
        )
        for each in item.attrs.get("Activities") or ()
    ]
    return Shown(heads=[_now("Began"), _now("Status"), _now("What"), _now("Why")], rows=rows)
