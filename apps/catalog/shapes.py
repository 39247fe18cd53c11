"""Declarations against the shapes of botocore's models: what a path leads to, and parameters filled with examples."""

from collections.abc import Mapping
from typing import Any

from apps.catalog import model, sweeps
from apps.catalog.paths import getter


def example_things(over: Mapping[str, Any]) -> list[Any]:
    """What a sweep's listing would answer, by its model: one thing of each sort."""
    return getter(over["path"])(model.sample(model.operation(over["call"]).output_shape)) or []


def example_params(step: Mapping[str, Any]) -> Any:
    """A step's parameters with an example in place of whatever is known only when it runs."""
    params = step["params"]
    if over := step.get("over"):
        things = example_things(over)
        into = "" if list(sweeps.eaches(params)) else over["into"]
        params = sweeps.call_params(into, _unmoved(params), things)
    return fill(params, model.operation(step["call"]).input_shape)


def _unmoved(value: Any) -> Any:
    """Examples have no beginning that they could be moved from."""
    if isinstance(value, Mapping):
        return {**value, "old": "", "new": ""} if "$each" in value else {k: _unmoved(v) for k, v in value.items()}
    return [_unmoved(each) for each in value] if isinstance(value, list) else value


def follow(shape: Any, path: str) -> tuple[Any, str]:
    """Walks a path of names, `[]` and `[n]` through a shape. Returns the shape it leads to and the first name that is
    not there (empty when all are)."""
    for part in path.replace("[", ".[").split("."):
        if part.startswith("["):
            if shape.type_name != "list":
                return shape, part
            shape = shape.member
        elif part:
            members = getattr(shape, "members", {})
            if part not in members:
                return shape, part
            shape = members[part]
    return shape, ""


def fill(value: Any, shape: Any) -> Any:
    """The parameters with each reference replaced by a value of the type that belongs there."""
    if isinstance(value, Mapping) and {"$ref", "$operation", "$minted"} & value.keys():
        kind = getattr(shape, "type_name", "string")
        if kind == "list":
            return [fill(value, shape.member)]
        return {"integer": 1, "long": 1, "boolean": True, "structure": {}}.get(kind, "example")
    if isinstance(value, Mapping):
        members = getattr(shape, "members", {})
        return {key: fill(each, members.get(key, shape)) for key, each in value.items()}
    if isinstance(value, list) and getattr(shape, "type_name", "") == "list":
        return [fill(each, shape.member) for each in value]
    return value
