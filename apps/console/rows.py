"""A list's rows as plain values without HTML: all that a row's template prints, worked out once per row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Column, Resource
from apps.console import refs
from apps.console.scope import Place

DASH = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column: `text`, or links as (text, url), or a moment. `css` is the cell's class."""

    css: str
    text: str = ""
    links: Sequence[tuple[str, str]] = ()
    moment: datetime | None = None
    label: str = ""
    copy: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    ref: str
    dom: str
    url: str
    title: str
    id: str
    state: str
    tone: str
    account: str
    environment: str
    zone: str
    before: Sequence[Cell]
    after: Sequence[Cell]
    cost: str
    stale: bool
    as_of: str


class Painter:
    """Turns a kind's items into rows. Made once per page, so that what is the same for all rows is worked out once."""

    def __init__(
        self,
        resource: Resource,
        columns: Sequence[Column],
        places: Mapping[str, Place],
        stale: Mapping[tuple[str, str], str],
    ) -> None:
        self.resource = resource
        self.before = [(column, _css(column)) for column in columns if not column.wide]
        self.after = [(column, _css(column)) for column in columns if column.wide]
        self.places, self.stale = places, stale
        self.base = base_url(resource)
        self.tones: dict[str, str] = {}

    def row(self, item: Item, cost: Any = None) -> Row:
        ref = refs.of(item)
        place = self.places.get(item.account)
        as_of = self.stale.get((item.account, item.region))
        return Row(
            ref=ref,
            dom=f"row-{ref}",
            url=f"{self.base}{quote(ref, safe='@:')}/",
            title=item.name or item.id,
            id=item.id if item.name and item.name != item.id else "",
            state=item.state,
            tone=self._tone(item.state),
            account=place.name if place else "",
            environment=place.environment if place else "",
            zone=item.zone or ("" if item.region == "global" else item.region),
            before=[cell(column, item, css) for column, css in self.before],
            after=[cell(column, item, css) for column, css in self.after],
            cost=DASH if cost is None else f"${cost:,.2f}",
            stale=as_of is not None,
            as_of=as_of or "",
        )

    def _tone(self, state: str) -> str:
        tone = self.tones.get(state)
        if tone is None:
            tone = self.tones[state] = self.resource.state.tone(state) if self.resource.state else "unknown"
        return tone


def cell(column: Column, item: Item, css: str = "") -> Cell:
    """A column's value of an item, ready to print."""
    value = column.value(item)
    if value is None or value in ("", [], ()):
        return Cell(css, DASH)
    if column.ref:
        return Cell(css, links=links(column.ref, value, item))
    if column.time:
        moment = when(value)
        return Cell(css, moment=moment) if moment else Cell(css, str(value))
    return Cell(css, words(value, str(column.unit)))


def words(value: Any, unit: str = "") -> str:
    """A value in words: yes or no, a list joined, a number with its unit."""
    if value is True:
        return _("Yes")
    if value is False:
        return _("No")
    if isinstance(value, (list, tuple)):
        return ", ".join(words(one, unit) for one in value)
    if isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, float):
        text = f"{value:,.2f}".rstrip("0").rstrip(".")
    elif isinstance(value, dict):
        text = ", ".join(f"{key}={one}" for key, one in value.items())
    else:
        text = str(value)
    return f"{text} {unit}" if unit else text


def links(kind: str, value: Any, item: Item) -> list[tuple[str, str]]:
    """Links to resources of a kind, by id, in the same account and Region as the item."""
    ids = value if isinstance(value, (list, tuple)) else [value]
    try:
        base = base_url(registry.resource(kind))
    except registry.UnknownKind:
        return [(str(id), "") for id in ids]
    return [(str(id), f"{base}{quote(refs.ref(str(id), item.account, item.region), safe='@:')}/") for id in ids if id]


def when(value: Any) -> datetime | None:
    """A moment from what AWS answers: an ISO text, seconds or milliseconds since 1970. None for anything else."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
    try:
        moment = datetime.fromisoformat(str(value).replace("+0000", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def base_url(resource: Resource) -> str:
    """The list's address. Built by hand: reversing it for each cell would cost more than the cell."""
    return f"/{resource.service}/{resource.slug}/"


def _css(column: Column) -> str:
    names = ["num end" if column.number else "", "wide" if column.wide else "", "extra clip"]
    return " ".join(name for name in names if name)


Paint = Callable[[Item], Row]
