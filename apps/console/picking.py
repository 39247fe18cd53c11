"""Choosing a resource from many: options for a searchable select, rows for a table of choices."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.catalog import forms as binding
from apps.catalog import registry
from apps.catalog.costs import HOURS
from apps.catalog.fields import Ref, Rows
from apps.catalog.items import Item
from apps.catalog.resources import Column, Resource
from apps.cloud import prices
from apps.console import controls

FEW, MANY = 8, 60  # rows of a table at first, and when asked for more
_AMOUNT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool
    wide: bool


@dataclass(frozen=True)
class Choice:
    """One row. `match` says what goes with it (`architecture=arm64`), for other fields that must fit."""

    item: Item
    cells: tuple[Cell, ...]
    hour: Decimal | None
    month: Decimal | None
    selected: bool
    match: str


@dataclass(frozen=True)
class Table:
    """A table of choices: `shown` of `total` rows; `hidden` of the kind do not fit `match`."""

    resource: Resource
    columns: tuple[Column, ...]
    rows: tuple[Choice, ...]
    total: int
    hidden: int
    match: str
    q: str
    priced: bool
    region: str
    instead: str = ""  # what was chosen and does not fit; the selected row is as large

    @property
    def more(self) -> int:
        return self.total - len(self.rows)

    @property
    def match_words(self) -> str:
        return self.match.partition("=")[2]


def field_of(form: forms.Form, name: str) -> forms.Field | None:
    """The field of that name in the page; one of a row is `interfaces-0-subnet`."""
    base, _dash, rest = name.partition("-")
    found = form.fields.get(base)
    if not isinstance(found, Rows):
        return form.fields.get(name)
    row = binding.bind(found.row, scope=found.scope)
    return row.fields.get(rest.partition("-")[2])


def answer(request: HttpRequest, field: Ref, region: str) -> HttpResponse:
    """Rows where the field has a table of choices, else options."""
    q = request.GET.get("q", "")[:200]
    if field.picker:
        name = request.GET["field"]
        found = table(
            field,
            region,
            q=q,
            match=request.GET.get("match", ""),
            chosen=request.GET.get("chosen") or request.GET.get(name, ""),
            limit=MANY if "more" in request.GET else FEW,
        )
        return render(request, "fields/table_rows.html", {"table": found, "name": name, "urls": {"options": ""}})
    return render(request, "fields/options.html", {"options": search(field, q)})


def search(field: Ref, q: str) -> list[controls.Option]:
    """At most 100 options whose name, id or facts contain every word."""
    words = q.lower().split()
    found = []
    for item in controls.offered(field):
        option = controls.option(item, field.anywhere)
        text = f"{option.label} {option.value} {option.sub}".lower()
        if all(word in text for word in words):
            found.append(option)
        if len(found) == controls.MOST_OPTIONS:
            break
    return found


def table(field: Ref, region: str, *, q: str = "", match: str = "", chosen: str = "", limit: int = FEW) -> Table:
    """The choices that fit `match` (`column=value`) and the search: words, and amounts such as "4 vCPU, 8 GiB"."""
    kind = registry.resource(field.kind)
    every = controls.offered(field)
    fit = [item for item in every if fits(kind, item, match)]
    book = prices.book(region)
    monthly = {item.id: kind.cost(item, book) for item in fit} if kind.monthly_cost else {}
    instead = ""
    if chosen and not any(item.id == chosen for item in fit):
        instead, chosen = chosen, twin(kind, every, fit, chosen, monthly)
    found = [item for item in fit if item.id == chosen or wanted(kind, item, q)]
    found.sort(key=lambda item: (item.id != chosen, *rank(kind, item, monthly.get(item.id))))
    columns = tuple(column for column in kind.columns if not (column.hidden or column.wide or column.ref))
    rows = tuple(_choice(kind, columns, item, monthly.get(item.id), chosen) for item in found[:limit])
    return Table(kind, columns, rows, len(found), len(every) - len(fit), match, q, bool(monthly), region, instead)


def twin(
    kind: Resource, every: Sequence[Item], fit: Sequence[Item], chosen: str, monthly: dict[str, Decimal | None]
) -> str:
    """The cheapest of those that fit whose numbers are the same; empty when there is none."""
    before = next((item for item in every if item.id == chosen), None)
    numbers = [column for column in kind.columns if column.number]
    if before is None or not numbers:
        return ""
    alike = [item for item in fit if all(column.value(item) == column.value(before) for column in numbers)]
    return min(alike, key=lambda item: rank(kind, item, monthly.get(item.id))).id if alike else ""


def fits(kind: Resource, item: Item, match: str) -> bool:
    key, equals, value = match.partition("=")
    column = kind.column(key) if equals and value else None
    if column is None:
        return True
    has = column.value(item)
    return value in has if isinstance(has, list | tuple) else has is None or str(has) == value


def wanted(kind: Resource, item: Item, q: str) -> bool:
    """Every amount with a unit equals that column; every other word stands in the name, the id or a text."""
    if not q.strip():
        return True
    units = {str(column.unit or column.label).lower(): column for column in kind.columns if column.number}

    def amount(found: re.Match[str]) -> str:
        column = units.get(found[2].lower()) or units.get(
            {"gb": "gib", "vcpus": "vcpu", "cpu": "vcpu"}.get(found[2].lower(), "")
        )
        if column is None:
            return found[0]
        amounts.append((column, float(found[1])))
        return " "

    amounts: list[tuple[Column, float]] = []
    words = _AMOUNT.sub(amount, q).replace(",", " ").lower().split()
    if any(column.value(item) != value for column, value in amounts):
        return False
    texts = [column.value(item) for column in kind.columns if not column.number] if words else []
    text = f"{item.id} {item.name} {' '.join(map(str, texts))}".lower()
    return all(word in text for word in words)


def rank(kind: Resource, item: Item, monthly: Decimal | None) -> tuple[Any, ...]:
    """Priced ones by price, else the newest first, else by name."""
    if kind.monthly_cost:
        return monthly is None, monthly or 0, item.id
    created = str(item.attrs.get(kind.created, "")) if kind.created else ""
    return (tuple(-ord(char) for char in created), item.name)


def newest(items: Iterable[Item], kind: Resource, prefixes: tuple[str, ...]) -> list[Item]:
    """The newest item of each architecture whose name starts with one of these; see `matches`."""
    best: dict[str, Item] = {}
    for item in items:
        if item.name.startswith(prefixes):
            before = best.get(matches(kind, item))
            if before is None or _age(kind, item) > _age(kind, before):
                best[matches(kind, item)] = item
    return [best[key] for key in sorted(best, reverse=True)]


def _age(kind: Resource, item: Item) -> tuple[str, str]:
    return str(item.attrs.get(kind.created, "")), item.name


def matches(kind: Resource, item: Item) -> str:
    """What other fields must fit when this is chosen: the value of its `architecture` column, where it has one."""
    column = kind.column("architecture")
    value = column.value(item) if column else None
    return f"architecture={value}" if isinstance(value, str) else ""


def _choice(kind: Resource, columns: Sequence[Column], item: Item, monthly: Decimal | None, chosen: str) -> Choice:
    cells = tuple(Cell(_text(column, column.value(item)), column.number, column.wide) for column in columns)
    hour = None if monthly is None else monthly / HOURS
    return Choice(item, cells, hour, monthly, item.id == chosen, matches(kind, item))


def _text(column: Column, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if column.time:
        return str(value)[:10]
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{shown} {column.unit}".strip()
