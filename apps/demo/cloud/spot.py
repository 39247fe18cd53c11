"""Spot requests: moto forgets those that are cancelled, and says that all of them were made in 2015."""

from datetime import UTC, datetime
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import spot_requests


def install() -> None:
    request: Any = spot_requests.SpotInstanceRequest
    backend: Any = spot_requests.SpotRequestBackend
    make, describe = request.__init__, backend.describe_spot_instance_requests

    def born(self: Any, *args: Any, **kwargs: Any) -> None:
        self.born = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        make(self, *args, **kwargs)

    def known(self: Any, filters: Any = None, spot_instance_ids: list[str] | None = None) -> Any:
        _require(self, spot_instance_ids or [])
        return describe(self, filters, spot_instance_ids)

    def cancel(self: Any, request_ids: list[str]) -> list[Any]:
        _require(self, request_ids)
        found = [self.spot_instance_requests[id] for id in request_ids]
        for each in found:
            running = each.instance.state in {"pending", "running"}
            each.state = "cancelled"
            each._status_code = "request-canceled-and-instance-running" if running else "canceled-before-fulfillment"
        return found

    request.__init__ = born
    request.create_time = property(lambda self: self.born)
    request.status = property(
        lambda self: {"Code": self._status_code, "Message": self.status_message, "UpdateTime": self.born}
    )
    backend.describe_spot_instance_requests = known
    backend.cancel_spot_instance_requests = cancel


def _require(backend: Any, ids: list[str]) -> None:
    for id in ids:
        if id not in backend.spot_instance_requests:
            raise EC2ClientError(
                "InvalidSpotInstanceRequestID.NotFound", f"The spot instance request ID '{id}' does not exist"
            )
