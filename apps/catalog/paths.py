"""Paths into an AWS answer, in JMESPath. The plain ones (`Placement.Tenancy`, `Attachments[0].State`) are compiled
to dictionary look-ups, which cost a tenth: a list page evaluates some hundreds of them."""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import jmespath

_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[-?\d+\])*\Z")
_PART = re.compile(r"([A-Za-z_]\w*)|\[(-?\d+)\]")

Getter = Callable[[Any], Any]


@cache
def getter(path: str) -> Getter:
    """A function from an object to what stands at `path` in it, or None."""
    if not _PLAIN.match(path):
        return jmespath.compile(path).search  # type: ignore[no-any-return]
    steps: list[str | int] = [name or int(index) for name, index in _PART.findall(path)]

    def get(found: Any) -> Any:
        for step in steps:
            if isinstance(step, str):
                found = found.get(step) if isinstance(found, dict) else None
            else:
                found = found[step] if isinstance(found, list) and -len(found) <= step < len(found) else None
            if found is None:
                return None
        return found

    return get


def ordered(value: Any) -> Any:
    """The same with each list in one order, whatever the order it came in."""
    if isinstance(value, dict):
        return {key: ordered(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted(map(ordered, value), key=lambda each: json.dumps(each, sort_keys=True, default=str))
    return value


def veiled(value: Any, names: tuple[str, ...]) -> Any:
    """The same without what stands under these names, wherever that is: true in its place."""
    if isinstance(value, dict):
        return {key: bool(each) if key in names else veiled(each, names) for key, each in value.items()}
    return [veiled(each, names) for each in value] if isinstance(value, list) else value


def first(path: str) -> str:
    """The name that a path begins with: `A` of `A.B` and of `A[].B`."""
    return path.partition(".")[0].partition("[")[0]


def as_jsonpath(path: str) -> str:
    """The same path for PostgreSQL: `A[].B` becomes `$.A[*].B`. Only field names, `[n]` and `[]` can be said there."""
    return "$." + path.replace("[]", "[*]")
