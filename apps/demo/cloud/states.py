"""Instances take their time: pending, stopping and shutting-down last some seconds, and refuse what AWS refuses."""

import copy
import functools
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import instances

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
# What only a stopped instance lets you change.
WHILE_STOPPED = {"instance_type", "user_data", "ebs_optimized", "kernel", "ramdisk"}
_way: dict[str, tuple[str, float]] = {}


class TimedState(instances.InstanceState):
    """moto sets `name` to where an instance is going; reading it says where the instance is by now."""

    def __init__(self, target: str) -> None:
        self._go(target)

    def _go(self, target: str) -> None:
        self._via, wait = _way[target]
        self._target, self._there_at = target, time.monotonic() + wait

    def arrive(self) -> None:
        """Be there now. The seeder uses it: nobody wants to wait for a fleet of last year to boot."""
        self._there_at = 0.0

    def there_for(self) -> float:
        """Seconds since it is where it was going."""
        return time.monotonic() - self._there_at

    @property
    def name(self) -> str:
        return self._target if time.monotonic() >= self._there_at else self._via

    @name.setter
    def name(self, target: str) -> None:
        if self._target != target:
            self._go(target)

    @property
    def code(self) -> int:
        return CODES[self.name]

    @code.setter
    def code(self, value: int) -> None:
        """Follows from the name."""

    def __copy__(self) -> instances.InstanceState:
        return instances.InstanceState(self.name, self.code)


def install(*, pending: float, stopping: float, shutting: float) -> None:
    """Durations in seconds."""
    _way.update(running=("pending", pending), stopped=("stopping", stopping), terminated=("shutting-down", shutting))
    instance: Any = instances.Instance
    make = instance.__init__

    def born(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        self._state = TimedState("running")

    instance.__init__ = born
    instance.start = _only_when(instance.start, {"stopped", "running", "pending"}, "started")
    instance.stop = _only_when(instance.stop, {"running", "stopped", "stopping"}, "stopped")
    instance.reboot = _only_when(lambda self: None, {"running"}, "rebooted")
    instance.terminate = _once(instance.terminate)
    backend: Any = instances.InstanceBackend
    backend.modify_instance_attribute = _checked_change(backend.modify_instance_attribute)


def settle(backend: Any, instance_id: str, launched: datetime | None) -> None:
    """Let an instance be where it is going, and have been launched at `launched` (UTC, naive)."""
    instance = backend.get_instance(instance_id)
    instance._state.arrive()
    if launched:
        instance.launch_time = launched
        for _, device in instance.get_block_device_mapping:
            device.attach_time = launched


def _refusal(instance: Any, verb: str) -> EC2ClientError:
    return EC2ClientError(
        "IncorrectInstanceState", f"The instance '{instance.id}' is not in a state from which it can be {verb}."
    )


def _only_when(act: Callable[..., Any], states: set[str], verb: str) -> Callable[..., Any]:
    @functools.wraps(act)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.state not in states:
            raise _refusal(self, verb)
        return act(self, *args, **kwargs)

    return guarded


def _once(terminate: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Terminating what is terminated answers its state and does nothing."""

    def guarded(self: Any) -> Any:
        if self.state in {"terminated", "shutting-down"}:
            return copy.copy(self._state)
        return terminate(self)

    return guarded


def _checked_change(modify: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: Any, instance_id: str, key: str, value: Any) -> Any:
        if key in WHILE_STOPPED and self.get_instance(instance_id).state != "stopped":
            raise EC2ClientError(
                "IncorrectInstanceState", f"The instance '{instance_id}' is not in the 'stopped' state."
            )
        return modify(self, instance_id, key, value)

    return guarded
