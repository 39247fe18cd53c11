"""The JSON Schema of a column, from botocore's model of the answer that it is read from."""

import re
from typing import Any

from apps.api.openapi.schemas import Schema
from apps.catalog import model
from apps.catalog.metrics import Measure
from apps.catalog.resources import Column, Resource

_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[-?\d*\])*")
_PART = re.compile(r"([A-Za-z_]\w*)|\[(-?\d*)\]")
_TYPES = {
    "string": "string",
    "character": "string",
    "timestamp": "string",
    "blob": "string",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "boolean": "boolean",
    "list": "array",
    "structure": "object",
    "map": "object",
}


def column_schema(resource: Resource, column: Column) -> Schema:
    """What a column's value can be; one that a function computes can be anything."""
    out: Schema = {"title": str(column.label)}
    if column.measure:
        return out | {"type": "number", "description": _measure(column.measure)}
    if kind := _kind(resource, column):
        kinds = list(dict.fromkeys(kind))
        out["type"] = kinds if len(kinds) > 1 else kinds[0]
    description = " ".join(filter(None, (str(column.unit), f"Id: {column.ref}" if column.ref else "")))
    if description:
        out["description"] = description
    return out


def _measure(measure: Measure) -> str:
    metric = measure.metric
    unit = f", in {metric.unit}" if metric.unit else ""
    return f"{metric.name}{unit}: what CloudWatch last reported, by {measure.period} seconds."


def _kind(resource: Resource, column: Column) -> list[str]:
    if not isinstance(column.source, str) or column.exempt:
        return []
    found: list[str] = []
    for call in resource.reads:
        shape = model.operation(f"{resource.client}.{call.operation}").output_shape
        objects, _many = _walk(shape, call.path)
        value, many = _walk(objects, column.source)
        if value is None:
            return []
        found.append("array" if many else _TYPES[value.type_name])
    return found


def _walk(shape: Any, path: str) -> tuple[Any, bool]:
    """The shape at a path, and whether the path makes a list of it; (None, False) for a path that computes."""
    if shape is None or not _PLAIN.fullmatch(path):
        return None, False
    many = False
    for name, index in _PART.findall(path):
        if name:
            shape = getattr(shape, "members", {}).get(name)
        else:
            many = many or not index
            shape = getattr(shape, "member", None)
        if shape is None:
            return None, False
    return shape, many
