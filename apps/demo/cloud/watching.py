"""What moto doesn't do for an instance that runs: detailed monitoring, a screenshot of its console."""

import base64
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.monitoring import Monitoring

# A JPEG of one dark pixel: what a console shows that has nothing to say.
_DARK = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////"
    "////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)


def install() -> None:
    monitoring, response = _any(Monitoring), _any(InstanceResponse)
    monitoring.monitor_instances = _setting("enabled")
    monitoring.unmonitor_instances = _setting("disabled")
    response.get_console_screenshot = _screenshot


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
