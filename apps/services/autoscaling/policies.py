"""Scaling policies: what they are, one that follows the CPU, and removing some."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.among import Among
from apps.catalog.cards import Sheet, Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.autoscaling.groups import STEADY, UPDATING, group

SCALING = Sheet("scaling", _("Scaling"), rank=10)
PART = "Policies"
CPU = "ASGAverageCPUUtilization"
METRICS: Mapping[str, Text] = {
    CPU: _("Average CPU, %"),
    "ASGAverageNetworkIn": _("Average network in, bytes an instance"),
    "ASGAverageNetworkOut": _("Average network out, bytes an instance"),
    "ALBRequestCountPerTarget": _("Requests a target"),
}


def policies(item: Item) -> list[dict[str, Any]]:
    return list(item.attrs.get(PART) or ())


def does(policy: Mapping[str, Any]) -> str:
    """What a policy does, in words."""
    if tracking := policy.get("TargetTrackingConfiguration"):
        name = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType", "")
        custom = (tracking.get("CustomizedMetricSpecification") or {}).get("MetricName", "")
        words = {"metric": METRICS.get(name, name or custom), "value": f"{tracking.get('TargetValue', 0):g}"}
        said = _now("Keeps %(metric)s at %(value)s, only by growing.") if tracking.get("DisableScaleIn") else ""
        return (said or _now("Keeps %(metric)s at %(value)s.")) % words
    if steps := policy.get("StepAdjustments"):
        return _now("Changes the capacity in %(count)d steps when an alarm goes off.") % {"count": len(steps)}
    if policy.get("ScalingAdjustment") is not None:
        words = {"by": f"{policy['ScalingAdjustment']:+d}", "how": policy.get("AdjustmentType", "")}
        return _now("Changes the capacity by %(by)s (%(how)s).") % words
    return str(policy.get("PolicyType", ""))


@group.card(
    SCALING,
    _("Scaling policies"),
    part=PART,
    verbs=("track-cpu",),
    removes=("remove-policies",),
    help=_("What changes the desired number by itself."),
    empty=_("None: the number of instances changes only by hand."),
)
def card(item: Item) -> Shown:
    rows = [
        (
            each.get("PolicyName", ""),
            does(each),
            [alarm.get("AlarmName", "") for alarm in each.get("Alarms") or ()],
            each.get("Enabled", True) is not False,
        )
        for each in policies(item)
    ]
    return Shown(heads=[_now("Policy"), _now("What it does"), _now("Alarms"), _now("On")], rows=rows)


class TrackForm(forms.Form):
    name = forms.CharField(label=_("Name of the policy"), max_length=255, initial="cpu")
    target = forms.FloatField(
        label=_("Average CPU, %"),
        min_value=1,
        max_value=100,
        initial=60,
        help_text=_("Instances are launched above it, and ended well below it."),
    )
    only_grow = forms.BooleanField(label=_("Never end instances"), required=False)

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if values.get("name") in {each.get("PolicyName") for each in policies(item)}:
                words = {"name": item.title, "policy": values["name"]}
                self.add_error("name", _now("%(name)s has a policy %(policy)s already.") % words)
        return values


def track_step(name: str, policy: str, target: float, only_grow: bool = False, **more: Any) -> Step:
    words = {"name": name, "target": f"{target:g}"}
    return Step(
        "autoscaling.put_scaling_policy",
        title=_("Keep the CPU of %(name)s at %(target)s %%") % words,
        AutoScalingGroupName=name,
        PolicyName=policy,
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": CPU},
            "TargetValue": target,
            "DisableScaleIn": only_grow,
        },
        **more,
    )


@group.action(
    _("Follow the CPU"),
    verb="track-cpu",
    icon="activity",
    when={STEADY, UPDATING},
    form=TrackForm,
    facts=(PART,),
    means=lambda item, values: [
        _now("AWS makes two alarms for it, and changes the desired number between %(min)d and %(max)d by them.")
        % {"min": item.attrs.get("MinSize", 0), "max": item.attrs.get("MaxSize", 0)}
    ],
    iam="autoscaling:PutScalingPolicy",
    example={"name": "cpu-60", "target": 60},
)
def track_cpu(item: Item, values: Mapping[str, Any]) -> Steps:
    gone = Step(
        "autoscaling.delete_policy",
        title=_("Remove the policy"),
        AutoScalingGroupName=item.id,
        PolicyName=values["name"],
    )
    touched = [(item.kind, [item.id])]
    yield track_step(item.id, values["name"], values["target"], values["only_grow"], undo=gone, touches=touched)


def _known(item: Item, scope: Scope | None) -> Iterable[tuple[str, Text]]:
    return [(each["PolicyName"], f"{each['PolicyName']}\n{does(each)}") for each in policies(item)]


class RemoveForm(forms.Form):
    policies = Among(_known, label=_("Scaling policies"))


@group.action(
    _("Remove scaling policies"),
    verb="remove-policies",
    icon="minus",
    risk=Risk.INTERRUPTS,
    form=RemoveForm,
    facts=(PART,),
    means=lambda item, values: [_now("The number of instances no longer changes by them; it stays as it is now.")],
    iam="autoscaling:DeletePolicy",
    example={"policies": ["cpu"]},
)
def remove_policies(item: Item, values: Mapping[str, Any]) -> Steps:
    for name in values["policies"]:
        if name in {each["PolicyName"] for each in policies(item)}:
            yield Step(
                "autoscaling.delete_policy",
                title=_("Remove the policy %(policy)s") % {"policy": name},
                touches=[(item.kind, [item.id])],
                AutoScalingGroupName=item.id,
                PolicyName=name,
            )
