"""Conditions on `inventory_entry e` as SQL: filters, free text, and what the actor may see.

A condition is (sql, params); every name in the SQL comes from this file or from a declaration's column keys, and
those go as parameters.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.catalog.filters import Filter
from apps.catalog.resources import Resource
from apps.inventory import measured
from apps.inventory.places import GLOBAL
from apps.tenancy.access import Reach

Condition = tuple[str, list[Any]]

EVERYTHING: Condition = ("TRUE", [])
NOTHING: Condition = ("FALSE", [])
_COLUMNS = {"name": "e.name", "id": "e.resource_id", "state": "e.state", "region": "e.region", "zone": "e.zone"}
_ACCOUNTS = "(SELECT a.id FROM cloud_account a WHERE a.tenant_id = e.tenant_id AND {})"


def both(*conditions: Condition) -> Condition:
    """All of them."""
    return _joined(" AND ", [each for each in conditions if each != EVERYTHING], EVERYTHING)


def either(conditions: Sequence[Condition]) -> Condition:
    """At least one of them."""
    return _joined(" OR ", conditions, NOTHING)


def reached(reach: Iterable[Reach]) -> Condition:
    """The part of the rows on which a permission holds."""
    parts = [_part(each) for each in reach]
    return EVERYTHING if EVERYTHING in parts else either(parts)


def scoped(accounts: Sequence[Any], regions: Sequence[str]) -> Condition:
    """In these accounts and Regions; empty means any. Global kinds are in every Region."""
    in_accounts: Condition = ("e.account_id = ANY(%s::uuid[])", [[str(one) for one in accounts]])
    in_regions: Condition = ("e.region = ANY(%s)", [[*regions, GLOBAL]])
    return both(in_accounts if accounts else EVERYTHING, in_regions if regions else EVERYTHING)


def text(words: str) -> Condition:
    """Each word stands somewhere in what is searched: name, id, addresses, tags."""
    # A third faster than LIKE, and it has no wildcards to escape.
    found: list[Condition] = [("strpos(e.search, %s) > 0", [word]) for word in words.lower().split()[:8]]
    return both(*found)


def matching(filter: Filter, resource: Resource) -> Condition:
    """One token of the filter box of a kind's list."""
    negative = filter.op.startswith("!")
    column = resource.column(filter.key)
    positive = _measure if column is not None and column.measure else _positive
    sql, params = positive(filter, filter.op.lstrip("!"))
    # What has no value isn't equal to anything.
    return (f"({sql}) IS NOT TRUE", params) if negative else (sql, params)


def escaped(part: str) -> str:
    """For LIKE."""
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _part(reach: Reach) -> Condition:
    parts: list[Condition] = []
    if reach.account is not None:
        parts.append(("e.account_id = %s", [reach.account]))
    if reach.region:
        parts.append(("e.region = %s", [reach.region]))
    if reach.tag:
        key, _, value = reach.tag.partition("=")
        parts.append(("e.tags ->> %s = %s", [key, value]))
    return both(*parts)


def _positive(filter: Filter, op: str) -> Condition:
    if filter.key == "account":
        return _account(filter, op)
    if filter.key == "cost":
        return _number("e.monthly_cost", [], filter.value, op)
    if filter.key in _COLUMNS:
        return _compare(_COLUMNS[filter.key], [], filter, op)
    if filter.key.startswith("tag:"):
        return _compare("e.tags ->> %s", [filter.key.removeprefix("tag:")], filter, op)
    return _cell(filter, op)


def _cell(filter: Filter, op: str) -> Condition:
    """A column of the kind: text, number, truth, or a list of which one element is enough."""
    key = filter.key
    plain, params = _compare("e.cells ->> %s", [key], filter, op)
    if op == "=" and filter.values:
        return f"({plain} OR (e.cells -> %s) ?| %s)", [*params, key, filter.values]
    if op in {"<", ">"} and _is_number(filter.value):
        number = "CASE WHEN jsonb_typeof(e.cells -> %s) = 'number' THEN (e.cells ->> %s)::numeric END"
        return _number(number, [key, key], filter.value, op)
    return plain, params


def _measure(filter: Filter, op: str) -> Condition:
    """By the last value; `cpu=` asks for what has none."""
    if not filter.value and op == "=":
        return f"NOT {measured.HAS}", [filter.key]
    if op not in {"<", ">", "="} or not _is_number(filter.value):
        return NOTHING
    return measured.HAS_SUCH.format(op), [filter.key, float(filter.value)]


def _compare(expression: str, params: list[Any], filter: Filter, op: str) -> Condition:
    if op in {"<", ">"}:
        return f"({expression}) {op} %s", [*params, filter.value]
    if not filter.values:  # `owner=` asks for what has none
        return f"coalesce({expression}, '') = ''", params
    if op == "=":
        return f"({expression}) = ANY(%s)", [*params, filter.values]
    before = "%" if op == ":" else ""
    patterns = [f"{before}{escaped(value.lower())}%" for value in filter.values]
    return f"lower({expression}) LIKE ANY(%s)", [*params, patterns]


def _number(expression: str, params: list[Any], value: str, op: str) -> Condition:
    if not value and op == "=":
        return f"{expression} IS NULL", params
    if op not in {"<", ">", "="} or not _is_number(value):
        return NOTHING
    return f"{expression} {op} %s", [*params, Decimal(value)]


def _account(filter: Filter, op: str) -> Condition:
    """By the account's id, number or name."""
    if op == "=":
        wanted = "(a.id::text = ANY(%s) OR a.number = ANY(%s) OR a.name = ANY(%s))"
        return f"e.account_id IN {_ACCOUNTS.format(wanted)}", [filter.values] * 3
    sql, params = _compare("a.name", [], filter, op)
    return f"e.account_id IN {_ACCOUNTS.format(sql)}", params


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _joined(word: str, conditions: Sequence[Condition], empty: Condition) -> Condition:
    if not conditions:
        return empty
    if len(conditions) == 1:
        return conditions[0]
    return "(" + word.join(sql for sql, _ in conditions) + ")", [one for _, params in conditions for one in params]
