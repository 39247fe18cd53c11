"""RunInstances as on AWS: a client token launches once, MaxCount counts, termination protection holds from birth."""

import base64
import threading
from typing import Any

from moto.ec2.exceptions import EC2ClientError, InvalidUserDataError
from moto.ec2.models import instances
from moto.ec2.responses import instances as responses
from moto.ec2.responses.instances import InstanceResponse

# moto's own default where the caller sent none.
NO_TOKEN = "ABCDE"  # noqa: S105  no password
_request = threading.local()
_lock = threading.Lock()
_launched: dict[tuple[str, str, str], tuple[Any, str]] = {}


def install() -> None:
    response: Any = InstanceResponse
    backend: Any = instances.InstanceBackend
    respond, run = response.run_instances, backend.run_instances

    def with_request(self: Any) -> Any:
        """moto's response class drops these two parameters before the backend sees them."""
        _request.maximum = int(self._get_param("MaxCount", 1))
        _request.protected = bool(self._get_param("DisableApiTermination"))
        try:
            return respond(self)
        finally:
            del _request.maximum, _request.protected

    # By moto's own names: RunInstances gives them by place, Spot requests by name.
    def once(
        self: Any, image_id: str, count: int, user_data: Any, security_group_names: list[str], **options: Any
    ) -> Any:
        image, groups = image_id, security_group_names
        count = max(count, getattr(_request, "maximum", count))
        if getattr(_request, "protected", False):
            options["disable_api_termination"] = True
        token = options.get("client_token") or NO_TOKEN
        if token == NO_TOKEN:
            return run(self, image, count, user_data, groups, **options)
        key = (self.account_id, self.region_name, token)
        asked = repr((image, count, user_data, groups, sorted(options.items(), key=lambda pair: pair[0])))
        with _lock:
            before = _launched.get(key)
            if before and before[1] != asked:
                raise EC2ClientError(
                    "IdempotentParameterMismatch",
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
                )
            if before and before[0].id in self.reservations:
                return before[0]
            reservation = run(self, image, count, user_data, groups, **options)
            _launched[key] = (reservation, asked)
            return reservation

    parse = responses.parse_user_data

    def parsed(value: Any) -> Any:
        """moto has decoded what ModifyInstanceAttribute sent already, and wants it encoded all the same."""
        try:
            return parse(value)
        except InvalidUserDataError:
            return parse(base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode())

    responses.parse_user_data = parsed
    response.run_instances = with_request
    backend.run_instances = once
