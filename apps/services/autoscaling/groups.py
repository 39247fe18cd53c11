"""Auto Scaling groups: what is shown of them, their tags, and deleting them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog import tags
from apps.catalog.items import Item
from apps.catalog.metrics import Measure, Metric
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Part, Related, Resource, Risk, State
from apps.catalog.text import Text
from apps.services.autoscaling import GROUPS

STEADY, UPDATING, DELETING = "Steady", "Updating capacity", "Deleting"
SLOW = 1800  # seconds that instances may take to come or go
_SHOWN = 12  # instances that a sentence names


def instances(item: Item) -> list[dict[str, Any]]:
    return list(item.attrs.get("Instances") or ())


def state(obj: Mapping[str, Any]) -> str:
    """AWS says only that a group is being deleted; whether it has what it should have is told by its instances."""
    if obj.get("Status"):
        return DELETING
    serving = [each for each in obj.get("Instances") or () if each.get("LifecycleState") == "InService"]
    there = sum(int(each.get("WeightedCapacity") or 1) for each in serving)
    return (
        STEADY if there == obj.get("DesiredCapacity") and len(serving) == len(obj.get("Instances") or ()) else UPDATING
    )


def healthy(item: Item) -> int:
    return sum(each.get("HealthStatus") == "Healthy" for each in instances(item))


def unhealthy(item: Item) -> int:
    return len(instances(item)) - healthy(item)


def template(item: Item) -> dict[str, Any]:
    """The launch template that it launches from, also where it mixes types; empty where it has none."""
    mixed = ((item.attrs.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}).get(
        "LaunchTemplateSpecification"
    )
    return dict(item.attrs.get("LaunchTemplate") or mixed or {})


def launches(item: Item) -> str:
    """Such as `web, version 3`."""
    found = template(item)
    if not found:
        return str(item.attrs.get("LaunchConfigurationName") or "")
    words = {"name": found.get("LaunchTemplateName") or found.get("LaunchTemplateId"), "version": found.get("Version")}
    return _now("%(name)s, version %(version)s") % words if words["version"] else str(words["name"])


def subnets(item: Item) -> list[str]:
    return [each.strip() for each in str(item.attrs.get("VPCZoneIdentifier") or "").split(",") if each.strip()]


def suspended(item: Item) -> list[str]:
    return sorted(each["ProcessName"] for each in item.attrs.get("SuspendedProcesses") or ())


def _part(key: str, operation: str, path: str, **params: Any) -> Part:
    return Part(key, operation, lambda obj: {"AutoScalingGroupName": obj["AutoScalingGroupName"], **params}, path)


def _metric(name: str, label: Text, namespace: str = "AWS/AutoScaling", **more: Any) -> Metric:
    return Metric(name, label, namespace, "AutoScalingGroupName", **more)


CPU = _metric("CPUUtilization", _("CPU utilization"), "AWS/EC2", unit="%", top=100.0)

group = Resource(
    kind="autoscaling.group",
    label=_("Auto Scaling group"),
    plural=_("Auto Scaling groups"),
    group=GROUPS,
    icon="boxes",
    fresh=60,
    about=_("An Auto Scaling group keeps as many instances running as are wanted, and replaces those that fail."),
    read=Call("describe_auto_scaling_groups", "AutoScalingGroups[]", by_id="AutoScalingGroupNames"),
    id="AutoScalingGroupName",
    name="AutoScalingGroupName",
    created="CreatedTime",
    arn="AutoScalingGroupARN",
    state=State(state, ok={STEADY}, busy={UPDATING, DELETING}),
    parts=(
        _part("Activities", "describe_scaling_activities", "Activities", MaxRecords=20),
        _part("InstanceRefreshes", "describe_instance_refreshes", "InstanceRefreshes", MaxRecords=10),
        _part("Policies", "describe_policies", "ScalingPolicies"),
    ),
    columns=(
        Column(_("Desired"), "DesiredCapacity", key="desired", number=True),
        Column(_("Minimum"), "MinSize", key="min", number=True),
        Column(_("Maximum"), "MaxSize", key="max", number=True),
        Column(_("Healthy"), healthy, key="healthy", number=True),
        Column(_("Unhealthy"), unhealthy, key="unhealthy", number=True),
        Column(_("Launches from"), launches, key="launches", wide=True),
        Column(_("Zones"), "AvailabilityZones", key="zones", wide=True),
        Column(_("Suspended"), suspended, key="suspended", facet=True, hidden=True),
        Column(_("Health check"), "HealthCheckType", key="health_check", facet=True, hidden=True),
        Column(_("Target groups"), "TargetGroupARNs", key="target_groups", ref="elbv2.target-group", hidden=True),
        Column(_("Subnets"), subnets, key="subnets", ref="ec2.subnet", hidden=True),
        Column(_("Created"), "CreatedTime", key="created", time=True, hidden=True),
    ),
    related=(
        Related("ec2.instance", "Instances[].InstanceId"),
        Related("elbv2.target-group", "TargetGroupARNs"),
        Related("ec2.launch-template", "LaunchTemplate.LaunchTemplateId"),
    ),
    metrics=(
        CPU,
        _metric("GroupDesiredCapacity", _("Desired capacity")),
        _metric("GroupInServiceInstances", _("Instances in service")),
    ),
    measures=(Measure("cpu", _("CPU 1 h"), CPU, when={STEADY, UPDATING}),),
    example={
        "AutoScalingGroupName": "web",
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/web",
        "LaunchTemplate": {"LaunchTemplateId": "lt-0a1b2c3d4e5f60718", "LaunchTemplateName": "web", "Version": "3"},
        "MinSize": 1,
        "MaxSize": 4,
        "DesiredCapacity": 1,
        "AvailabilityZones": ["eu-west-1a"],
        "VPCZoneIdentifier": "subnet-0a1b2c3d4e5f60718",
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 300,
        "TargetGroupARNs": [],
        "SuspendedProcesses": [{"ProcessName": "AZRebalance", "SuspensionReason": "User suspended"}],
        "Instances": [
            {
                "InstanceId": "i-0b1f4c2e9d7a63f10",
                "AvailabilityZone": "eu-west-1a",
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
            }
        ],
        "Policies": [{"PolicyName": "cpu", "PolicyType": "TargetTrackingScaling"}],
    },
)


def _tag(item: Item, key: str, **more: Any) -> dict[str, Any]:
    return {"ResourceId": item.id, "ResourceType": "auto-scaling-group", "Key": key, **more}


def _propagates(item: Item, key: str) -> bool:
    """Whether new instances get the tag: as it was, and of a new tag yes."""
    there: dict[str, Any] = {each["Key"]: each for each in item.attrs.get("Tags") or ()}
    return bool(there.get(key, {}).get("PropagateAtLaunch", True))


def _write(item: Item, changed: list[dict[str, str]]) -> Step:
    return Step(
        "autoscaling.create_or_update_tags",
        title=ngettext("Write %(count)d tag", "Write %(count)d tags", len(changed)) % {"count": len(changed)},
        repeat="safe",
        touches=[(item.kind, [item.id])],
        Tags=[
            _tag(item, each["Key"], Value=each["Value"], PropagateAtLaunch=_propagates(item, each["Key"]))
            for each in changed
        ],
    )


def _remove(item: Item, keys: Sequence[str]) -> Step:
    return Step(
        "autoscaling.delete_tags",
        title=ngettext("Remove %(count)d tag", "Remove %(count)d tags", len(keys)) % {"count": len(keys)},
        touches=[(item.kind, [item.id])],
        Tags=[_tag(item, key) for key in keys],
    )


tags.editable(group, iam=("autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"), write=_write, remove=_remove)


def named(found: Iterable[Mapping[str, Any]]) -> str:
    """Some of these instances by their ids, and how many more there are."""
    ids = [each["InstanceId"] for each in found]
    more = len(ids) - _SHOWN
    first = ", ".join(ids[:_SHOWN])
    return _now("%(ids)s and %(count)d more") % {"ids": first, "count": more} if more > 0 else first


class DeleteForm(forms.Form):
    force = forms.BooleanField(
        label=_("Terminate its instances"),
        required=False,
        help_text=_("Without this, only a group without instances can be deleted."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            protection, there = item.attrs.get("DeletionProtection") or "none", instances(item)
            words = {"name": item.title, "count": len(there)}
            if protection == "prevent-all-deletion" or (protection != "none" and values["force"]):
                self.add_error(None, _now("%(name)s has deletion protection.") % words)
            elif there and not values["force"]:
                said = ngettext(
                    "%(name)s has %(count)d instance: agree that it ends, or scale to 0 first.",
                    "%(name)s has %(count)d instances: agree that they end, or scale to 0 first.",
                    len(there),
                )
                self.add_error("force", said % words)
        return values


def consequences(item: Item) -> Iterable[Text]:
    if found := instances(item):
        yield _now("Terminated with %(name)s: %(instances)s.") % {"name": item.title, "instances": named(found)}


@group.action(
    _("Delete"),
    icon="trash-2",
    when={STEADY, UPDATING},
    risk=Risk.DESTROYS,
    form=DeleteForm,
    facts=("Instances",),
    warn=consequences,
    iam="autoscaling:DeleteAutoScalingGroup",
    example={"force": True},
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "autoscaling.delete_auto_scaling_group",
        title=_("Delete %(name)s") % {"name": item.title},
        until=reaches(item.kind, [item.id], gone=True, timeout=SLOW),
        touches=[("ec2.instance", [each["InstanceId"] for each in instances(item)])],
        AutoScalingGroupName=item.id,
        ForceDelete=values["force"] or None,
    )
