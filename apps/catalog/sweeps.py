"""Sweeps: a step whose call is made for everything that a listing answers, however much that is.

yield Step("s3.delete_objects", Bucket=name, over=Over("s3.list_objects_v2", "Contents[].{Key: Key}",
           {"Bucket": name}, into="Delete.Objects", at_once=1000, drains=True))
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.paths import getter
from apps.catalog.text import Text


class Each:
    """In the parameters of a step with `over`: what stands at `path` of the thing that the call is made for; with
    `moved`, under another beginning. Where nothing stands there, the parameter is left out."""

    def __init__(self, path: str, old: str = "", new: str = "") -> None:
        self.path, self.old, self.new = path, old, new

    def moved(self, old: str, new: str) -> "Each":
        """The text with `new` in place of its beginning `old`. What is moved must not come to lie below `old`: the
        listing would go on finding it."""
        return Each(self.path, old, new)

    def to_json(self) -> dict[str, str]:
        return {"$each": self.path, "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Over:
    """Makes a step a sweep: its call is made for everything that a listing answers, page by page.

    `path` (JMESPath) leads to the things of a page. With `into`, `at_once` of them at a time become that parameter
    (dotted) of the call; without, the call is made for each, whose values `Each` stands for, some calls at the same
    time. `then` is a Step made for the same thing when its call succeeded: what was copied is deleted, and nothing
    else. `drains` says that what was dealt with is listed no more, so that the listing is gone through again until it
    is empty. `errors` leads to what an answer says of things that failed although the call succeeded: objects with
    Key, Code and Message. `noun` is what the things are called.
    """

    call: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    into: str = ""
    at_once: int = 1
    drains: bool = False
    errors: str = ""
    noun: Text = ""
    then: Any = None


def each(value: Any, thing: Any) -> Any:
    """The parameters of one call of a sweep: with what `Each` stands for. Raises ValueError for a text that does not
    begin with what it is to be moved from."""
    if isinstance(value, Mapping):
        if "$each" not in value:
            filled = {key: each(inner, thing) for key, inner in value.items()}
            return {key: inner for key, inner in filled.items() if inner is not None}
        found = getter(value["$each"])(thing)
        old, new = value["old"], value["new"]
        if not old and not new:
            return found
        if not isinstance(found, str) or not found.startswith(old):
            raise ValueError(f"{found!r} doesn't begin with {old!r}")
        return new + found[len(old) :]
    return [each(inner, thing) for inner in value] if isinstance(value, list) else value


def eaches(value: Any) -> Iterator[Mapping[str, str]]:
    """Every `Each` in parameters, as JSON has it."""
    if isinstance(value, Mapping) and "$each" in value:
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from eaches(inner)


def put(params: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The parameters with a value at a dotted path."""
    name, _dot, rest = path.partition(".")
    return {**params, name: put(params.get(name, {}), rest, value) if rest else value}


def call_params(into: str, params: Mapping[str, Any], things: Sequence[Any]) -> dict[str, Any]:
    """The parameters of a call: with all of the things, or for the one. Raises ValueError as `each`."""
    filled: dict[str, Any] = put(params, into, list(things)) if into else each(params, things[0])
    return filled


def errors(path: str, answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What an answer says of things that failed."""
    return (getter(path)(answer) or ()) if path else ()
