"""Sorting: by which expressions, and where a cursor stands among them.

Ascending has what is missing first, descending has it last, so that one index serves both ways.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from apps.catalog.resources import Resource
from apps.inventory import measured
from apps.inventory.where import Condition

# The last of each is unique; the first alone may be null. Casts are for a cursor's values.
_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "name": (("e.search", "text"), ("e.id", "bigint")),
    "id": (("e.resource_id", "text"), ("e.id", "bigint")),
    "state": (("e.state", "text"), ("e.search", "text"), ("e.id", "bigint")),
    "zone": (("e.zone", "text"), ("e.search", "text"), ("e.id", "bigint")),
    "region": (("e.region", "text"), ("e.search", "text"), ("e.id", "bigint")),
    "account": (("e.account_id", "uuid"), ("e.search", "text"), ("e.id", "bigint")),
    "cost": (("e.monthly_cost", "numeric"), ("e.id", "bigint")),
    "created": (("e.created_at", "timestamptz"), ("e.id", "bigint")),
}


class BadCursor(ValueError):
    """The cursor isn't one that this order gave."""


@dataclass(frozen=True, slots=True)
class Order:
    """`keys` are (expression, cast); `params` those of one mention of all expressions. `join` is what they need besides
    the entry, `joined` its parameters: they stand after `params` and before a condition's."""

    key: str
    down: bool
    keys: tuple[tuple[str, str], ...]
    params: tuple[Any, ...] = ()
    join: str = ""
    joined: tuple[Any, ...] = ()

    @property
    def selected(self) -> str:
        return ", ".join(f"{expression} AS s{n}" for n, (expression, _) in enumerate(self.keys))

    def by(self, prefix: str = "") -> str:
        """The ORDER BY list over the columns of `selected`."""
        way = "DESC" if self.down else "ASC"
        first = f"{prefix}s0 {way} NULLS {'LAST' if self.down else 'FIRST'}"
        # A column that can't be null is sorted plainly: the planner needs the index's own null order.
        if not self.nullable:
            first = f"{prefix}s0 {way}"
        return ", ".join([first, *(f"{prefix}s{n} {way}" for n in range(1, len(self.keys)))])

    @property
    def nullable(self) -> bool:
        return self.key in {"cost", "created"} or self.key not in _KEYS

    def cursor(self, values: Sequence[Any]) -> str:
        """Opaque text that marks the row with these sort values."""
        mark = orjson.dumps([("-" if self.down else "") + self.key, *(None if v is None else str(v) for v in values)])
        return base64.urlsafe_b64encode(mark).decode().rstrip("=")

    def after(self, cursor: str) -> Condition:
        """What comes after the cursor's row. Raises BadCursor."""
        values = self._marked(cursor)
        than = "<" if self.down else ">"
        first = self.keys[0][0]
        here = list(self.params)
        rest = self.keys[1:]
        later = f"({_row(rest)}) {than} ({_marks(rest)})"
        if values[0] is None:
            same = f"{first} IS NULL AND {later}"
            if self.down:
                return f"({same})", [*here, *values[1:]]
            return f"(({same}) OR {first} IS NOT NULL)", [*here, *values[1:], *here]
        beyond = f"({_row(self.keys)}) {than} ({_marks(self.keys)})"
        if self.down and self.nullable:
            return f"({beyond} OR {first} IS NULL)", [*here, *values, *here]
        return beyond, [*here, *values]

    def _marked(self, cursor: str) -> list[Any]:
        try:
            mark = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, orjson.JSONDecodeError, ValueError):
            raise BadCursor("unreadable") from None
        if (
            not isinstance(mark, list)
            or len(mark) != 1 + len(self.keys)
            or mark[0] != ("-" if self.down else "") + self.key
        ):
            raise BadCursor("of another order")
        if any(value is not None and not isinstance(value, str) for value in mark[1:]):
            raise BadCursor("unreadable")
        return mark[1:]


def order(resource: Resource, sort: str) -> Order:
    """The order that `sort` names, `-` before it for descending; by name when the kind has no such key."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key in _KEYS:
        return Order(key, down, _KEYS[key])
    column = resource.column(key)
    if column is not None and column.measure:
        return Order(key, down, (("m.last", "float8"), ("e.id", "bigint")), (), measured.JOIN, (key,))
    if column is not None:
        return Order(key, down, (("e.cells -> %s", "jsonb"), ("e.id", "bigint")), (key,))
    return Order("name", down, _KEYS["name"])


def _row(keys: Sequence[tuple[str, str]]) -> str:
    return ", ".join(expression for expression, _ in keys)


def _marks(keys: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"%s::{cast}" for _, cast in keys)
