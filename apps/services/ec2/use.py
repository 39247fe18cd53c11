"""Who names a resource, by what the kinds say of themselves (`related`): for whoever takes it away."""

from collections.abc import Iterator
from typing import Any

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Resource
from apps.catalog.scope import Scope


def users(scope: Scope, item: Item) -> Iterator[tuple[Resource, Item]]:
    """What names it, of every kind that says that it does; a terminated instance does so no more."""
    for kind in registry.resources():
        paths = [getter(one.path) for one in kind.related if one.kind == item.kind]
        for other in scope.find(kind.kind) if paths else ():
            itself = (other.kind, other.id) == (item.kind, item.id)
            if not itself and other.state != "terminated" and any(_has(path(other.attrs), item.id) for path in paths):
                yield kind, other


def _has(found: Any, id: str) -> bool:
    return id in found if isinstance(found, list) else found == id


def listed(names: list[str]) -> str:
    """The first of them, and how many more."""
    return ", ".join(names[:5]) + (f" (+{len(names) - 5})" if len(names) > 5 else "")
