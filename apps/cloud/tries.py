"""botocore tries a call again by itself, and tells of the last try alone. When an earlier one may have taken effect,
what the last one was refused with says nothing about that."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from apps.cloud.explain import explain, explained

_lost: ContextVar[list[bool] | None] = ContextVar("lost", default=None)
_by: ContextVar[float] = ContextVar("by", default=math.inf)
_single: ContextVar[bool] = ContextVar("single", default=False)


@contextmanager
def single() -> Iterator[None]:
    """Within, botocore tries each call once and never sleeps: whoever calls comes back later by itself."""
    before = _single.set(True)
    try:
        yield
    finally:
        _single.reset(before)


def is_single() -> bool:
    return _single.get()


@contextmanager
def sent_by(moment: float) -> Iterator[None]:
    """Within, no call leaves after that moment of `time.monotonic`: somebody else counts on what was sent by then."""
    before = _by.set(moment)
    try:
        yield
    finally:
        _by.reset(before)


def too_late() -> bool:
    return time.monotonic() > _by.get()


@contextmanager
def counted() -> Iterator[list[bool]]:
    """Around one call: the list is empty unless the answer to a try of it was lost."""
    found: list[bool] = []
    before = _lost.set(found)
    try:
        yield found
    finally:
        _lost.reset(before)


def note(
    response: tuple[Any, dict[str, Any]] | None = None, caught_exception: Exception | None = None, **_more: Any
) -> None:
    """botocore's `needs-retry`, which comes after each try."""
    lost = _lost.get()
    if lost is None:
        return
    if caught_exception is not None:
        changed = explain(caught_exception).changed
    else:
        error = response[1].get("Error") if response else None
        changed = explained(str(error.get("Code")), "").changed if error else "no"
    if changed == "unknown":
        lost.append(True)
