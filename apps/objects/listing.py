"""A page of what lies below a prefix: folders and objects, as AWS answers one call. Never the whole of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.catalog.items import Item
from apps.catalog.resources import Column
from apps.cloud import objects
from apps.objects import names
from apps.objects.containers import Container
from apps.objects.names import Ref

SIZES = (50, 100, 200, 500)
NAME = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """`prefix` is the folder; `text` narrows it: by what follows the prefix, for all of AWS's pages, or with `inside`
    by what the name contains, on this page alone. `sort` is a column's key, `-` before it for descending, and orders
    the page; without it the order is AWS's, by key."""

    prefix: str = ""
    text: str = ""
    inside: bool = False
    versions: bool = False
    sort: str = ""
    cursor: str = ""
    size: int = 100

    @property
    def begins(self) -> str:
        """What the keys begin with that AWS is asked for."""
        return self.prefix if self.inside else self.prefix + self.text


@dataclass(frozen=True, slots=True)
class Entry:
    """A row. A folder has no `item`. `latest` and `marker` are of versions."""

    ref: Ref
    label: str
    item: Item | None = None
    latest: bool = True
    marker: bool = False

    @property
    def folder(self) -> bool:
        return self.item is None


@dataclass(frozen=True, slots=True)
class Page:
    """`hidden` rows of the page don't match the text. `next` is the cursor of the following page, or empty."""

    entries: tuple[Entry, ...]
    next: str = ""
    hidden: int = 0


def page(container: Container, query: Query) -> Page:
    """Asks AWS once; not inside a transaction. Says nothing of permissions. Raises CallFailed."""
    found = objects.listing(
        container.account,
        container.region,
        container.name,
        query.begins,
        cursor=query.cursor,
        limit=query.size,
        versions=query.versions,
    )
    folders = [Entry(Ref(prefix, below=True), names.leaf(prefix, query.prefix)) for prefix in found.prefixes]
    every = [*folders, *(entry(container, obj, query) for obj in found.objects)]
    shown = [each for each in every if not query.inside or query.text.casefold() in each.label.casefold()]
    return Page(tuple(_sorted(container, shown, query.sort)), found.next, len(every) - len(shown))


def entry(container: Container, obj: dict[str, Any], query: Query = Query()) -> Entry:
    """A row from AWS's object of a listing."""
    item = container.kind.item(obj, container.item.account, container.region)
    version = str(obj.get("VersionId") or "") if query.versions else ""
    return Entry(
        Ref(item.id, version),
        names.leaf(item.id, query.prefix),
        item,
        latest=bool(obj.get("IsLatest", True)),
        marker=bool(obj.get("DeleteMarker")),
    )


def sortable(container: Container) -> dict[str, Column | None]:
    """What a page can be ordered by."""
    return {NAME: None} | {column.key: column for column in container.kind.columns}


def _sorted(container: Container, entries: list[Entry], sort: str) -> Iterable[Entry]:
    """Folders stay first. Versions of one key stay together unless something else is asked for."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key not in sortable(container):
        return entries
    column = sortable(container)[key]
    folders = sorted(
        (each for each in entries if each.folder), key=lambda each: each.label, reverse=down and not column
    )
    files = [each for each in entries if not each.folder]
    if column is None:
        return [*folders, *sorted(files, key=lambda each: each.label, reverse=down)]
    values: list[tuple[Any, Entry]] = [(column.value(each.item) if each.item else None, each) for each in files]
    known = sorted((pair for pair in values if pair[0] is not None), key=lambda pair: pair[0], reverse=down)
    return [*folders, *(each for _value, each in known), *(each for value, each in values if value is None)]
