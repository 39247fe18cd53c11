"""What moto's Auto Scaling and load balancing leave out: instance refreshes, activities, and that a load balancer that
is deleted uses its target groups no more."""

import time
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.exceptions import AutoscalingClientError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.elbv2.models import ELBv2Backend
from moto.moto_api._internal import mock_random

_PENDING, _ACTIVE = 2.0, ("Pending", "InProgress")


def install(seconds: float) -> None:
    """`seconds`: how long a refresh takes."""
    response: Any = AutoScalingResponse

    def start_instance_refresh(self: Any) -> ActionResult:
        name, found = self._get_param("AutoScalingGroupName"), _refreshes(self, seconds)
        if any(each["Status"] in _ACTIVE for each in found):
            raise AutoscalingClientError("InstanceRefreshInProgress", "An Instance Refresh is already in progress.")
        id = str(mock_random.uuid4())
        found.insert(
            0,
            {
                "InstanceRefreshId": id,
                "AutoScalingGroupName": name,
                "Status": "Pending",
                "StartTime": datetime.now(UTC),
                "PercentageComplete": 0,
                "Preferences": self._get_param("Preferences", {}),
                "began": time.monotonic(),
            },
        )
        return ActionResult({"InstanceRefreshId": id})

    def cancel_instance_refresh(self: Any) -> ActionResult:
        active = [each for each in _refreshes(self, seconds) if each["Status"] in _ACTIVE]
        if not active:
            raise AutoscalingClientError(
                "ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found."
            )
        active[0] |= {"Status": "Cancelled", "EndTime": datetime.now(UTC), "StatusReason": "Cancelled by user."}
        return ActionResult({"InstanceRefreshId": active[0]["InstanceRefreshId"]})

    def describe_instance_refreshes(self: Any) -> ActionResult:
        told = [{k: v for k, v in each.items() if k != "began"} for each in _refreshes(self, seconds)]
        return ActionResult({"InstanceRefreshes": told})

    def describe_scaling_activities(self: Any) -> ActionResult:
        return ActionResult({"Activities": _activities(_group(self))})

    response.start_instance_refresh = start_instance_refresh
    response.cancel_instance_refresh = cancel_instance_refresh
    response.describe_instance_refreshes = describe_instance_refreshes
    response.describe_scaling_activities = describe_scaling_activities
    backend: Any = ELBv2Backend
    delete = backend.delete_load_balancer

    def delete_load_balancer(self: Any, arn: str) -> None:
        delete(self, arn)
        for group in self.target_groups.values():
            group.load_balancer_arns = [each for each in group.load_balancer_arns if each != arn]

    backend.delete_load_balancer = delete_load_balancer


def _group(response: Any) -> Any:
    name = response._get_param("AutoScalingGroupName")
    found = response.autoscaling_backend.autoscaling_groups.get(name)
    if found is None:
        raise AutoscalingClientError("ValidationError", f"AutoScalingGroup name not found - no such group: {name}")
    return found


def _refreshes(response: Any, seconds: float) -> list[dict[str, Any]]:
    """Those of the group, newest first, as far as they have come by now."""
    group = _group(response)
    found: list[dict[str, Any]] = group.__dict__.setdefault("refreshes", [])
    for each in found:
        age = time.monotonic() - each["began"]
        if each["Status"] not in _ACTIVE:
            continue
        if age >= seconds:
            _replace(response.autoscaling_backend, group)
            each |= {"Status": "Successful", "PercentageComplete": 100, "EndTime": datetime.now(UTC)}
        elif age >= min(_PENDING, seconds / 4):
            each |= {"Status": "InProgress", "PercentageComplete": int(100 * age / seconds)}
    return found


def _replace(backend: AutoScalingBackend, group: Any) -> None:
    for one in list(group.instance_states):
        backend.terminate_instance(one.instance.id, False)


def _activities(group: Any) -> list[dict[str, Any]]:
    """That each of its instances was launched."""
    return [
        {
            "ActivityId": f"launched-{one.instance.id}",
            "AutoScalingGroupName": group.name,
            "Description": f"Launching a new EC2 instance: {one.instance.id}",
            "Cause": "An instance was started in response to a difference between desired and actual capacity.",
            "StartTime": one.instance.launch_time,
            "StatusCode": "Successful",
            "Progress": 100,
        }
        for one in group.instance_states
    ]
