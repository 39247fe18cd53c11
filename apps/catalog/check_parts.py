"""Holds the parts of a kind against botocore's models: the calls that read them, their parameters and answers."""

from collections.abc import Iterator
from typing import Any

from apps.catalog import model
from apps.catalog.resources import Part, Resource
from apps.catalog.shapes import follow


def missing(resource: Resource, part: Part, path: str) -> str:
    """The first name of a path below a part that its call doesn't answer."""
    try:
        shape, unknown = follow(model.operation(resource.call_of(part)).output_shape, part.path)
    except model.UnknownCall:
        return ""
    rest = path[len(part.key) :].lstrip(".")
    return "" if unknown or not rest else follow(shape, rest)[1]


def _names(shape: Any, path: str) -> set[str]:
    """The names of what stands at a path."""
    return set(getattr(follow(shape, path)[0], "members", ()))


def problems(resource: Resource) -> Iterator[tuple[str, str, str]]:
    """(code, message, where) of each."""
    for part in resource.parts:
        name = resource.call_of(part)
        try:
            shape = model.operation(name).output_shape
        except model.UnknownCall as error:
            yield "E010", str(error), resource.kind
            continue
        if part.each and not resource.example.get(part.each):
            yield "E048", f"its example has no {part.each}, of which {part.key} is read", resource.kind
            continue
        example: Any = resource.example[part.each][0] if part.each else resource.example
        params = part.params([example] if part.many else example)
        if params is not None and (problem := model.problems(name, params)):
            yield "E012", f"{name}: {problem}", resource.kind
        if unknown := follow(shape, part.path)[1]:
            yield "E013", f"{name} answers no {unknown} (in {part.path})", resource.kind
        elif part.many and (lost := {part.many.match, *part.many.keep} - _names(shape, part.path)):
            yield "E013", f"{name} answers no {', '.join(sorted(lost))} (in {part.path})", resource.kind
        if part.guard and part.key in {card.part for card in resource.cards} | {each.part for each in resource.columns}:
            yield "E056", f"{part.key} takes a permission of its own, so that no card or column can show it", name
        if part.asked and part.key in {column.part for column in resource.columns}:
            yield "E040", f"{part.key} is asked for one at a time, so that no column can show it", name
