"""Between AWS's objects, catalog Items and rows of `inventory_entry`."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import orjson

from apps.catalog.costs import Book
from apps.catalog.items import Item, Measured
from apps.catalog.paths import getter
from apps.catalog.resources import Resource
from apps.inventory import measured

# What an Item is read from, in the order of `item`.
COLUMNS = "e.kind, e.resource_id, e.name, e.state, e.account_id, e.region, e.zone, e.attrs, e.tags"
_SEARCH = 1000  # bytes: an index row holds less than 2,700
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?\Z|[0-9a-f:]*:[0-9a-f:]+(/\d+)?\Z", re.IGNORECASE)
_CELL = 80  # characters of a cell that a text filter looks in


Key = tuple[str, str]  # Region and id: what tells the resources of a scope apart


@dataclass(frozen=True, slots=True)
class Row:
    """A resource as it is stored, without its scope. `region` is its own. `digest` covers everything else."""

    resource_id: str
    region: str
    name: str
    state: str
    zone: str
    attrs: str
    tags: str
    cells: str
    monthly_cost: Decimal | None
    search: str
    created_at: datetime | None
    digest: bytes

    @property
    def key(self) -> Key:
        return self.region, self.resource_id


def row(resource: Resource, item: Item, book: Book) -> Row:
    """An Item as its row."""
    cells = {column.key: value for column in resource.columns if (value := _cell(column.value(item))) is not None}
    cost = resource.cost(item, book)
    cost = None if cost is None else cost.quantize(Decimal("0.0001"))
    # NUL can't be stored in PostgreSQL's text; AWS lets it through in a few free texts.
    name, state, zone = (
        text.replace("\0", "")[:limit] for text, limit in ((item.name, 512), (item.state, 64), (item.zone, 64))
    )
    created = _time(getter(resource.created)(item.attrs)) if resource.created else None
    attrs, tags, shown = _json(item.attrs), _json(item.tags), _json(cells)
    search = _search(name, item, _copied(resource, cells))
    digest = hashlib.blake2b(digest_size=16)
    for part in (attrs, tags, shown, f"{name}\0{state}\0{zone}\0{cost}\0{created}\0{search}"):
        digest.update(part.encode())
    return Row(item.id, item.region, name, state, zone, attrs, tags, shown, cost, search, created, digest.digest())


def item(values: Sequence[Any], found: Mapping[str, Measured] = MappingProxyType({})) -> Item:
    """The Item of a database row of COLUMNS."""
    kind, id, name, state, account, region, zone, attrs, tags = values[:9]
    return Item(kind, id, name, state, str(account), region, zone, load(attrs), load(tags), found)


def columns(resource: Resource | None) -> str:
    """What `measured_item` reads: COLUMNS and one more."""
    return f"{COLUMNS}, {measured.values(resource)}"


def measured_item(values: Sequence[Any]) -> Item:
    """The Item of a database row of `columns`, with what was measured of it."""
    return item(values, measured.parse(values[9]))


def items(resource: Resource, objects: Iterable[Mapping[str, Any]], account: str, region: str) -> Iterator[Item]:
    """The Items of AWS's objects. What has no id is no resource (some answers carry placeholders)."""
    for obj in objects:
        try:
            yield resource.item(obj, account, region)
        except KeyError:
            continue


def read_items(resource: Resource, objects: Iterable[Mapping[str, Any]], account: str, region: str) -> dict[str, Item]:
    """`items` by id, the last of each."""
    return {item.id: item for item in items(resource, objects, account, region)}


def load(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _json(value: Any) -> str:
    # PostgreSQL's jsonb refuses \u0000; sorted, so that the same object always gives the same digest.
    text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str).decode()
    return text.replace("\\u0000", "") if "\\u0000" in text else text


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, list | tuple | set):
        return [_cell(one) for one in value] or None
    if isinstance(value, Mapping):
        return {str(key): _cell(one) for key, one in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value) or None


def _copied(resource: Resource, cells: Mapping[str, Any]) -> Iterator[str]:
    """What people have at hand when they look for something: addresses, and whatever a column offers to copy."""
    offered = {column.key for column in resource.columns if column.copy}
    for key, value in cells.items():
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, str) and len(one) <= _CELL and (key in offered or _ADDRESS.match(one)):
                yield one


def _search(name: str, item: Item, more: Iterable[str]) -> str:
    """Name and id first: the text sorts by them."""
    parts = [name, item.id, *more]
    parts += [f"{key}={value}" for key, value in item.tags.items() if key != "Name" and not key.startswith("aws:")]
    text = "\n".join(dict.fromkeys(parts)).lower().replace("\0", "")
    return text.encode()[:_SEARCH].decode(errors="ignore")


def _time(value: Any) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return made.replace(tzinfo=UTC) if made and made.tzinfo is None else made
