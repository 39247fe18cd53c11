"""What moto doesn't do for an instance that runs: detailed monitoring, a screenshot of its console, status checks that
take their time and may fail."""

import base64
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instances import Instance
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring

# A JPEG of one dark pixel: what a console shows that has nothing to say.
_DARK = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////"
    "////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)


# Its operating system has hung: a demo without anything that is broken shows nothing.
HUNG = "gitlab-runner-02"


def install(first: float) -> None:
    """`first`: for how many seconds an instance that has come up is still being checked for the first time."""
    monitoring, response = _any(Monitoring), _any(InstanceResponse)
    instance = _any(Instance)
    instance.instance_status = property(lambda self: _checked(self, first, hung=_name(self) == HUNG))
    instance.system_status = property(lambda self: _checked(self, first))
    instance.attached_ebs_status = property(lambda self: _checked(self, first))
    monitoring.monitor_instances = _setting("enabled")
    monitoring.unmonitor_instances = _setting("disabled")
    response.get_console_screenshot = _screenshot


def _name(instance: Any) -> str:
    return str(instance.ec2_backend.tags.get(instance.id, {}).get("Name") or "")


def _checked(instance: Any, first: float, hung: bool = False) -> dict[str, Any]:
    if instance.state != "running":
        return {"Status": "not-applicable"}
    if instance._state.there_for() < first:
        return {"Details": [{"Name": "reachability", "Status": "initializing"}], "Status": "initializing"}
    if hung:
        return {"Details": [{"Name": "reachability", "Status": "failed"}], "Status": "impaired"}
    return {"Details": [{"Name": "reachability", "Status": "passed"}], "Status": "ok"}


def _any(found: Any) -> Any:
    return found


def _setting(state: str) -> Any:
    def answer(self: Any) -> ActionResult:
        ids = self._get_param("InstanceIds", [])
        for one in self.ec2_backend.get_multi_instances_by_id(ids):
            one.monitoring_state = state
        return ActionResult({"InstanceMonitorings": [{"InstanceId": id, "Monitoring": {"State": state}} for id in ids]})

    return answer


def _screenshot(self: Any) -> ActionResult:
    id = self._get_param("InstanceId")
    self.ec2_backend.get_instance(id)
    return ActionResult({"InstanceId": id, "ImageData": base64.b64encode(_DARK).decode()})
