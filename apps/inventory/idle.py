"""What is paid for and buys nothing, across kinds, accounts and Regions: as the kinds declare it, as was last read."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.catalog import registry
from apps.catalog.idle import Beside, Idle, Mention
from apps.catalog.items import Item
from apps.catalog.paths import as_jsonpath
from apps.catalog.resources import Resource
from apps.inventory import rows, where
from apps.inventory.order import BadCursor
from apps.inventory.query import fetch
from apps.inventory.where import Condition
from apps.tenancy.access import Actor, reach

# The dearest first; what has no price stands at the end.
_RANK = "coalesce({0}monthly_cost, -1)"


@dataclass(frozen=True, slots=True)
class Found:
    """A resource that buys nothing, by which declaration. `cost` in USD a month, None where there is no price."""

    resource: Resource
    item: Item
    idle: Idle
    cost: Decimal | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class Sum:
    """How many a declaration finds, what they cost together, and how many of them have no price."""

    resource: Resource
    idle: Idle
    count: int
    cost: Decimal
    unpriced: int


@dataclass(frozen=True, slots=True)
class Listing:
    """`sums` are of all that was asked for, whatever the page; `next` is the cursor of what follows."""

    found: tuple[Found, ...]
    sums: tuple[Sum, ...]
    next: str = ""

    @property
    def count(self) -> int:
        return sum(one.count for one in self.sums)

    @property
    def cost(self) -> Decimal:
        return sum((one.cost for one in self.sums), Decimal(0))

    @property
    def unpriced(self) -> int:
        return sum(one.unpriced for one in self.sums)


def kinds() -> list[Resource]:
    """Those that say which of them are idle."""
    return [resource for resource in registry.resources() if resource.idle]


def listing(
    actor: Actor,
    wanted: Sequence[Resource],
    *,
    accounts: Sequence[Any] = (),
    regions: Sequence[str] = (),
    cursor: str = "",
    size: int = 50,
) -> Listing:
    """One page of these kinds, the dearest first, as far as the actor may read them. In the tenant's transaction, one
    or two statements. Raises BadCursor."""
    after, marks = _after(cursor)
    sql, params = _all(actor, wanted, where.scoped(accounts, regions))
    if not sql:
        return Listing((), ())
    summed = fetch(
        f"""SELECT i.kind, i.rule, count(*), coalesce(sum(i.monthly_cost), 0), count(*) - count(i.monthly_cost)
            FROM ({sql}) i GROUP BY i.kind, i.rule ORDER BY 4 DESC, 1, 2""",
        params,
    )
    page = fetch(
        f"""WITH k AS MATERIALIZED (SELECT * FROM ({sql}) i WHERE {after} ORDER BY {_RANK.format("i.")} DESC, i.id DESC
                LIMIT %s)
            SELECT {rows.COLUMNS}, e.monthly_cost, e.created_at, k.rule, e.id
            FROM k JOIN inventory_entry e ON e.id = k.id ORDER BY {_RANK.format("k.")} DESC, k.id DESC""",
        [*params, *marks, size + 1],
    )
    sums = tuple(
        Sum(kind, kind.idle[rule], *rest) for name, rule, *rest in summed for kind in [registry.resource(name)]
    )
    next = _cursor(page[size - 1][9], page[size - 1][12]) if len(page) > size else ""
    return Listing(tuple(map(_found, page[:size])), sums, next)


def among(actor: Actor, resource: Resource, items: Sequence[Item]) -> dict[tuple[str, str, str], Idle]:
    """Which of these items of a kind buy nothing, by (account, Region, id). In the tenant's transaction."""
    if not resource.idle or not items:
        return {}
    ids = ("e.resource_id = ANY(%s)", [[item.id for item in items]])
    sql, params = _all(actor, [resource], ids)
    if not sql:
        return {}
    statement = f"""SELECT e.account_id::text, e.region, e.resource_id, i.rule
        FROM ({sql}) i JOIN inventory_entry e ON e.id = i.id"""
    found = fetch(statement, params)
    return {(account, region, id): resource.idle[rule] for account, region, id, rule in found}


def _all(actor: Actor, wanted: Sequence[Resource], within: Condition) -> tuple[str, list[Any]]:
    """(id, kind, monthly_cost, rule) of every idle resource of these kinds; nothing where the actor reads none."""
    parts = [_of(actor, resource, within) for resource in wanted if reach(actor, resource.permission)]
    return " UNION ALL ".join(sql for sql, _params in parts), [one for _sql, params in parts for one in params]


def _of(actor: Actor, resource: Resource, within: Condition) -> Condition:
    rules = [_rule(actor, idle) for idle in resource.idle]
    which = " ".join(f"WHEN {sql} THEN {n}" for n, (sql, _params) in enumerate(rules))
    sql, params = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, resource.kind]),
        ("e.monthly_cost IS DISTINCT FROM 0", []),
        where.reached(reach(actor, resource.permission)),
        within,
    )
    told = [one for _sql, own in rules for one in own]
    return (
        f"""SELECT * FROM (SELECT e.id, e.kind, e.monthly_cost, CASE {which} END AS rule
            FROM inventory_entry e WHERE {sql}) r WHERE r.rule IS NOT NULL""",
        [*told, *params],
    )


def _rule(actor: Actor, idle: Idle) -> Condition:
    return where.both(
        ("e.state = ANY(%s)", [sorted(idle.states)]) if idle.states else where.EVERYTHING,
        ("e.created_at < now() - make_interval(days => %s)", [idle.days]) if idle.days else where.EVERYTHING,
        _beside(actor, idle.beside) if idle.beside else where.EVERYTHING,
        *(_unmentioned(actor, mention) for mention in idle.unless_in),
    )


def _beside(actor: Actor, beside: Beside) -> Condition:
    """Of the other resource only what the actor may read counts."""
    sql, params = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, beside.kind]),
        ("e.state = ANY(%s)", [sorted(beside.states)]),
        where.reached(reach(actor, registry.resource(beside.kind).permission)),
    )
    there = f"SELECT e.account_id, e.region, e.resource_id FROM inventory_entry e WHERE {sql}"
    return f"(e.account_id, e.region, e.cells ->> %s) IN ({there})", [beside.column, *params]


def _unmentioned(actor: Actor, mention: Mention) -> Condition:
    """What something uses that the actor may not see is no more idle for that."""
    there = """SELECT e.account_id, e.region, m #>> '{}' FROM inventory_entry e
        CROSS JOIN LATERAL jsonb_path_query(e.attrs, %s::jsonpath) m
        WHERE e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL AND m #>> '{}' IS NOT NULL"""
    params = [as_jsonpath(mention.path), actor.tenant_id, mention.kind]
    return f"(e.account_id, e.region, e.resource_id) NOT IN ({there})", params


def _found(row: tuple[Any, ...]) -> Found:
    resource = registry.resource(row[0])
    return Found(resource, rows.item(row), resource.idle[row[11]], row[9], row[10])


def _cursor(cost: Decimal | None, id: int) -> str:
    return base64.urlsafe_b64encode(f"{-1 if cost is None else cost}~{id}".encode()).decode().rstrip("=")


def _after(cursor: str) -> Condition:
    if not cursor:
        return where.EVERYTHING
    try:
        cost, id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").split("~")
        amount, number = Decimal(cost), int(id)
    except (binascii.Error, ValueError, InvalidOperation):
        raise BadCursor("unreadable") from None
    if not amount.is_finite() or not 0 <= number < 2**63 or abs(amount.adjusted()) > 20:
        raise BadCursor("unreadable")
    return f"({_RANK.format('i.')}, i.id) < (%s, %s)", [amount, number]
