"""Values of resources as a person reads them: plain text, links and moments, without HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Column, Resource
from apps.catalog.text import Text, short
from apps.console import refs

DASH = "–"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column: `text`, or links as (text, url), or a moment, or what was `drawn`. `css` is the cell's
    class."""

    css: str
    text: str = ""
    links: Sequence[tuple[str, str]] = ()
    moment: datetime | None = None
    label: Text = ""
    copy: bool = False
    key: str = ""
    drawn: str = ""


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
    if unit == "USD" and isinstance(value, int | float):
        return money(value)
    if isinstance(value, int):
        text = f"{value:,}"
    elif isinstance(value, float):
        text = f"{value:,.2f}".rstrip("0").rstrip(".")
    elif isinstance(value, dict):
        text = ", ".join(f"{key}={one}" for key, one in value.items())
    else:
        text = str(value)
    return f"{text} {unit}" if unit else text


def money(value: float) -> str:
    """Dollars and cents, and what an hour costs to a hundredth of a cent."""
    whole, _point, cents = f"{value:,.4f}".partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"


def links(kind: str, value: Any, item: Item) -> list[tuple[str, str]]:
    """Links to resources of a kind, by id, in the same account and Region as the item."""
    ids = value if isinstance(value, (list, tuple)) else [value]
    try:
        base = base_url(registry.resource(kind))
    except registry.UnknownKind:
        return [(short(str(id)), "") for id in ids]
    return [
        (short(str(id)), f"{base}{quote(refs.ref(str(id), item.account, item.region), safe='@:')}/") for id in ids if id
    ]


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
