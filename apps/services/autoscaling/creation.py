"""The wizard of an Auto Scaling group, and what its calls count against and are called in Terraform."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Refs
from apps.catalog.plans import OPERATION_TAG, Find, Step, Steps, reaches
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.service import Quota
from apps.catalog.tags import check_unique, tag_rows
from apps.services.autoscaling import autoscaling
from apps.services.autoscaling.capacity import MOST, check_limits
from apps.services.autoscaling.groups import SLOW, STEADY, group
from apps.services.autoscaling.policies import track_step
from apps.services.autoscaling.templates import check_version, specification, template_field, version_field


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=255, help_text=_("It can't be changed later."))
    launch_template = template_field()
    version = version_field()
    subnets = Refs("ec2.subnet", label=_("Subnets"), most=50, help_text=_("Instances are spread over their zones."))
    min = forms.IntegerField(label=_("Minimum"), min_value=0, max_value=MOST, initial=1)
    desired = forms.IntegerField(label=_("Desired instances"), min_value=0, max_value=MOST, initial=1)
    max = forms.IntegerField(label=_("Maximum"), min_value=0, max_value=MOST, initial=2)
    cpu_target = forms.FloatField(
        label=_("Follow the average CPU, %"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=_("Empty: the number changes only by hand."),
    )
    target_groups = Refs(
        "elbv2.target-group",
        label=_("Target groups"),
        required=False,
        most=50,
        help_text=_("Its instances are registered there."),
    )
    elb_health = forms.BooleanField(
        label=_("Replace what fails the load balancer's health check"),
        required=False,
        help_text=_("Otherwise only what fails EC2's status checks."),
    )
    grace = forms.IntegerField(
        label=_("Grace period, seconds"),
        min_value=0,
        max_value=7200,
        initial=300,
        help_text=_("How long a new instance may take before its health counts."),
    )
    protected = forms.BooleanField(label=_("Protect new instances from scaling in"), required=False)
    tags = tag_rows(tags=True, help_text=_("Applied to the group and to the instances that it launches."))

    scope: Scope | None = None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if ":" in name:
            raise forms.ValidationError(_now("A name has no colon; this one is %(name)s.") % {"name": name})
        if self.scope and any(item.id == name for item in self.scope.search(group.kind, name, 200)):
            said = _now("%(name)s exists already in this account and Region.")
            raise forms.ValidationError(said % {"name": name})
        return name

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_version(self, values, self.scope)
        check_limits(self, values)
        words = {key: values.get(key) for key in ("min", "desired", "max")}
        known = None not in words.values() and "max" not in self.errors
        if known and not values["min"] <= values["desired"] <= values["max"]:
            said = _now("Desired, %(desired)d, lies between minimum, %(min)d, and maximum, %(max)d.")
            self.add_error("desired", said % words)
        if values.get("elb_health") and not values.get("target_groups") and "target_groups" not in self.errors:
            self.add_error("elb_health", _now("Without a target group there is no such health check."))
        if self.scope:
            self._check_network(values, self.scope)
        return values

    def _check_network(self, values: Mapping[str, Any], scope: Scope) -> None:
        found = [subnet for id in values.get("subnets") or () if (subnet := scope.get("ec2.subnet", id))]
        vpcs = {subnet.attrs.get("VpcId") for subnet in found}
        if len(vpcs) > 1:
            self.add_error("subnets", _now("The subnets lie in several VPCs: choose those of one."))
        for id in values.get("target_groups") or ():
            target = scope.get("elbv2.target-group", id)
            if target and target.attrs.get("TargetType") not in (None, "instance"):
                words = {"name": target.title, "type": target.attrs["TargetType"]}
                said = _now("%(name)s takes targets of type %(type)s, not instances.")
                self.add_error("target_groups", said % words)
            elif target and vpcs and target.attrs.get("VpcId") not in vpcs:
                words = {"name": target.title, "its": target.attrs.get("VpcId")}
                self.add_error("target_groups", _now("%(name)s is in %(its)s, the subnets are not.") % words)


def defaults(scope: Scope) -> dict[str, Any]:
    """A subnet of each zone of the default VPC."""
    vpc = next((vpc.id for vpc in scope.find("ec2.vpc", IsDefault=True)), "")
    by_zone = {subnet.zone: subnet.id for subnet in scope.find("ec2.subnet", VpcId=vpc)} if vpc else {}
    return {"subnets": list(by_zone.values())}


@group.wizard(
    _("Create Auto Scaling group"),
    verb="create",
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    title=lambda values: _("Create Auto Scaling group %(name)s") % {"name": values["name"]},
    sections=(
        Section("group", _("Group"), ("name", "launch_template", "version", "tags")),
        Section("network", _("Network"), ("subnets",)),
        Section("size", _("Size"), ("min", "desired", "max", "cpu_target")),
        Section("health", _("Load balancing and health"), ("target_groups", "elb_health", "grace", "protected")),
    ),
    initial=defaults,
    iam=(
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling:PutScalingPolicy",
        "ec2:RunInstances",
        "ec2:CreateTags",
        "iam:CreateServiceLinkedRole",
    ),
    help=_("The group itself costs nothing. The instances that it launches cost what their type does."),
    example={
        "name": "api",
        "launch_template": "lt-0a1b2c3d4e5f60718",
        "version": "2",
        "subnets": ["subnet-0a1b2c3d4e5f60718"],
        "min": 1,
        "desired": 2,
        "max": 4,
        "cpu_target": 60,
        "tags": [{"key": "env", "value": "prod"}],
    },
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    name = values["name"]
    own = {"ResourceId": name, "ResourceType": "auto-scaling-group"}
    yield Step(
        "autoscaling.create_auto_scaling_group",
        title=_("Create Auto Scaling group %(name)s") % {"name": name},
        find=Find(
            "autoscaling.describe_auto_scaling_groups",
            "AutoScalingGroups[0]",
            {"Filters": [{"Name": f"tag:{OPERATION_TAG['Key']}", "Values": [OPERATION_TAG["Value"]]}]},
        ),
        until=reaches(group.kind, [name], STEADY, timeout=SLOW),
        undo=Step(
            "autoscaling.delete_auto_scaling_group",
            title=_("Delete %(name)s and its instances") % {"name": name},
            AutoScalingGroupName=name,
            ForceDelete=True,
            until=reaches(group.kind, [name], gone=True, timeout=SLOW),
        ),
        touches=[(group.kind, [name]), ("ec2.instance", None)],
        AutoScalingGroupName=name,
        LaunchTemplate=specification(values),
        MinSize=values["min"],
        MaxSize=values["max"],
        DesiredCapacity=values["desired"],
        VPCZoneIdentifier=",".join(values["subnets"]),
        TargetGroupARNs=values["target_groups"] or None,
        HealthCheckType="ELB" if values["elb_health"] else "EC2",
        HealthCheckGracePeriod=values["grace"],
        NewInstancesProtectedFromScaleIn=values["protected"] or None,
        Tags=[
            *({"Key": row["key"], "Value": row["value"], "PropagateAtLaunch": True, **own} for row in values["tags"]),
            {**OPERATION_TAG, "PropagateAtLaunch": False, **own},
        ],
    )
    if values["cpu_target"]:
        yield track_step(name, "cpu", values["cpu_target"], covered=True, touches=[(group.kind, [name])])
    return {"kind": group.kind, "ids": [name]}


@autoscaling.counted("autoscaling.create_auto_scaling_group")
def groups(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
    used = len(scope.search(group.kind, "", 10000))
    yield Quota("autoscaling", "L-CDE20ADC", _("Auto Scaling groups"), 1, used)


@autoscaling.as_terraform("autoscaling.create_auto_scaling_group", "aws_autoscaling_group", name="AutoScalingGroupName")
def aws_autoscaling_group(params: Mapping[str, Any]) -> dict[str, Any]:
    template = params["LaunchTemplate"]
    return {
        "name": params["AutoScalingGroupName"],
        "min_size": params["MinSize"],
        "max_size": params["MaxSize"],
        "desired_capacity": params["DesiredCapacity"],
        "vpc_zone_identifier": params["VPCZoneIdentifier"].split(","),
        "target_group_arns": params.get("TargetGroupARNs"),
        "health_check_type": params["HealthCheckType"],
        "health_check_grace_period": params["HealthCheckGracePeriod"],
        "protect_from_scale_in": params.get("NewInstancesProtectedFromScaleIn"),
        "{launch_template}": {
            "id": template.get("LaunchTemplateId"),
            "name": template.get("LaunchTemplateName"),
            "version": template["Version"],
        },
        "{tag}": [
            {"key": tag["Key"], "value": tag["Value"], "propagate_at_launch": tag["PropagateAtLaunch"]}
            for tag in params.get("Tags") or ()
            if isinstance(tag["Value"], str)
        ],
    }


@autoscaling.as_terraform("autoscaling.put_scaling_policy", "aws_autoscaling_policy")
def aws_autoscaling_policy(params: Mapping[str, Any]) -> dict[str, Any]:
    tracking = params["TargetTrackingConfiguration"]
    metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
    return {
        "name": params["PolicyName"],
        "autoscaling_group_name": params["AutoScalingGroupName"],
        "policy_type": params["PolicyType"],
        "{target_tracking_configuration}": {
            "{predefined_metric_specification}": {"predefined_metric_type": metric},
            "target_value": tracking["TargetValue"],
            "disable_scale_in": tracking["DisableScaleIn"],
        },
    }
