"""What the panel knows around a resource, for tests of what is said of it without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.catalog import checks, registry
from apps.catalog.items import Item


class Known(checks.ExampleScope):
    """Knows these resources and no others."""

    def __init__(self, *items: Item) -> None:
        self.items = items

    def get(self, kind: str, id: str) -> Item | None:
        return next((item for item in self.items if (item.kind, item.id) == (kind, id)), None)

    def find(self, kind: str, **equals: Any) -> Sequence[Item]:
        return [item for item in self.items if item.kind == kind]


def thing(kind: str, state: str = "", **attrs: Any) -> Item:
    """The kind's example with these attributes."""
    resource = registry.resource(kind)
    item = resource.item({**resource.example, **attrs}, *checks.PLACE)
    return replace(item, state=state) if state else item
