"""How a change of an Auto Scaling group is said in Terraform."""

from collections.abc import Mapping
from typing import Any

from apps.services.autoscaling import autoscaling

Params = Mapping[str, Any]


@autoscaling.as_terraform("autoscaling.set_desired_capacity", "aws_autoscaling_group", part="AutoScalingGroupName")
@autoscaling.as_terraform("autoscaling.update_auto_scaling_group", "aws_autoscaling_group", part="AutoScalingGroupName")
def group(params: Params) -> dict[str, Any]:
    template = params.get("LaunchTemplate") or {}
    return {
        "min_size": params.get("MinSize"),
        "max_size": params.get("MaxSize"),
        "desired_capacity": params.get("DesiredCapacity"),
        "{launch_template}": template
        and {
            "id": template.get("LaunchTemplateId"),
            "name": template.get("LaunchTemplateName"),
            "version": template.get("Version"),
        },
    }


@autoscaling.as_terraform("autoscaling.create_or_update_tags", "aws_autoscaling_group_tag")
def tags(params: Params) -> list[dict[str, Any]]:
    return [
        {
            "autoscaling_group_name": tag["ResourceId"],
            "{tag}": {"key": tag["Key"], "value": tag["Value"], "propagate_at_launch": tag["PropagateAtLaunch"]},
        }
        for tag in params["Tags"]
    ]


for _verb in ("suspend", "resume"):
    autoscaling.not_in_terraform(
        f"autoscaling.{_verb}_processes", "suspended_processes says all that are suspended, the call some"
    )
