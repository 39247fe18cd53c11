"""Reading the inventory: lists, single resources, counts. One page is one or two statements, and never an AWS call."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from apps.catalog import registry
from apps.catalog.filters import Filter
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.inventory import rows, where
from apps.inventory.order import Order, order
from apps.inventory.where import Condition
from apps.tenancy.access import Actor, Reach, allowed, reach

COUNTED = 1000  # a filtered list is counted up to here
_LARGEST = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """What to list. Empty `accounts` and `regions`: all that the actor may see. `sort` is a column's key, `-` before it
    for descending. A `cursor` (from `Page.next`) takes the place of `page`, which counts from 1. `join` says how
    filters combine: `and`, `or`."""

    filters: tuple[Filter, ...] = ()
    text: str = ""
    sort: str = "name"
    page: int = 1
    size: int = 50
    accounts: Sequence[UUID | str] = ()
    regions: Sequence[str] = ()
    cursor: str = ""
    join: str = "and"
    count: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """`total` is exact, unless `more`: then there are more than that. None when it wasn't asked for. `next` is the
    cursor of what follows, empty at the end."""

    items: tuple[Item, ...]
    total: int | None = 0
    more: bool = False
    next: str = ""
    page: int = 1
    size: int = 50

    @property
    def has_next(self) -> bool:
        return bool(self.next)

    @property
    def pages(self) -> int | None:
        return None if self.total is None else max(1, -(-self.total // self.size))


def listing(actor: Actor, resource: Resource, query: Query) -> Page:
    """One page of a kind, as far as the actor may `<kind>.read`. In the tenant's transaction. Raises BadCursor."""
    reaches = reach(actor, resource.permission)
    size, page = max(1, min(query.size, _LARGEST)), max(1, query.page)
    if not reaches:
        return Page((), size=size)
    sorting = order(resource, query.sort)
    condition = _condition(actor, resource, query, reaches)
    counted = query.count and not query.cursor and not _counted_by_scans(query, reaches)
    offset = 0 if query.cursor else (page - 1) * size
    columns = rows.columns(resource)
    found = _select(columns, sorting, condition, query.cursor, size + 1, offset, counted=counted)
    shown, next = found[:size], ""
    if len(found) > size:
        next = sorting.cursor(shown[-1][10 : 10 + len(sorting.keys)])
    total, more = None, False
    if counted and found:
        total, more = _capped(found[0][-1])
    elif query.count:
        whole = page == 1 and not query.cursor and not next  # the page is all there is: nothing to count
        total, more = (len(shown), False) if whole else _total(actor, resource, query, condition, reaches)
    return Page(tuple(map(rows.measured_item, shown)), total, more, next, page, size)


def count(actor: Actor, resource: Resource, query: Query) -> tuple[int, bool]:
    """How many there are, and whether that is only the least (see COUNTED)."""
    reaches = reach(actor, resource.permission)
    if not reaches:
        return 0, False
    return _total(actor, resource, query, _condition(actor, resource, query, reaches), reaches)


def get(
    tenant_id: UUID,
    kind: str,
    id: str,
    account: UUID | str | None = None,
    region: str | None = None,
    *,
    gone: bool = False,
) -> Item | None:
    """One resource, or None. With `gone`, also one that no longer exists. Says nothing of permissions: the caller asks
    `allowed` with the item's account, Region and tags."""
    found = get_many(tenant_id, kind, [id], account, region, gone=gone)
    return found[0] if found else None


def get_many(
    tenant_id: UUID,
    kind: str,
    ids: Sequence[str],
    account: UUID | str | None = None,
    region: str | None = None,
    *,
    gone: bool = False,
) -> list[Item]:
    """Those of the ids that are known, in the order given; what a global kind holds is in every Region."""
    wanted = [id.replace("\0", "") for id in ids]
    condition = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.resource_id = ANY(%s)", [tenant_id, kind, wanted]),
        where.scoped([account] if account else [], [region] if region else []),
        where.EVERYTHING if gone else ("e.gone_at IS NULL", []),
    )
    columns, (sql, params) = rows.columns(_declared(kind)), condition
    statement = f"SELECT {columns} FROM inventory_entry e WHERE {sql} ORDER BY e.gone_at DESC NULLS FIRST, e.id"
    found = [rows.measured_item(row) for row in fetch(statement, params)]
    rank = {id: n for n, id in enumerate(wanted)}
    return sorted(found, key=lambda item: rank[item.id])


def _declared(kind: str) -> Resource | None:
    try:
        return registry.resource(kind)
    except registry.UnknownKind:
        return None


def may_see(actor: Actor, item: Item) -> bool:
    """Whether the actor may read this resource."""
    return allowed(
        actor, registry.resource(item.kind).permission, account=item.account, region=item.region, tags=item.tags
    )


def _condition(actor: Actor, resource: Resource, query: Query, reaches: tuple[Reach, ...]) -> Condition:
    filters = [where.matching(each, resource) for each in query.filters]
    return where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, resource.kind]),
        where.scoped(query.accounts, query.regions),
        where.reached(reaches),
        where.either(filters) if query.join == "or" and filters else where.both(*filters),
        where.text(query.text),
    )


def _select(
    columns: str, sorting: Order, condition: Condition, cursor: str, limit: int, offset: int, *, counted: bool
) -> list[tuple[Any, ...]]:
    """Finds the page's keys in an index, then reads only those rows whole. `counted`: the same pass goes on until it
    knows how many match, up to COUNTED and one more; each row ends with that."""
    sql, params = condition
    if cursor:
        after, more = sorting.after(cursor)
        sql, params = f"{sql} AND {after}", [*params, *more]
    marks = ", ".join(f"k.s{n}" for n in range(len(sorting.keys)))
    keys = f"""SELECT e.id AS entry, {sorting.selected} FROM inventory_entry e {sorting.join} WHERE {sql}
               ORDER BY {sorting.by()} LIMIT %s OFFSET %s"""
    if counted:
        within = f"m AS MATERIALIZED ({keys}), k AS (SELECT * FROM m ORDER BY {sorting.by()} LIMIT %s OFFSET %s)"
        marks, bounds = f"{marks}, (SELECT count(*) FROM m)", [max(offset + limit, COUNTED + 1), 0, limit, offset]
    else:
        within, bounds = f"k AS MATERIALIZED ({keys})", [limit, offset]
    return fetch(
        f"""WITH {within} SELECT {columns}, {marks} FROM k JOIN inventory_entry e ON e.id = k.entry
            ORDER BY {sorting.by("k.")}""",
        [*sorting.params, *sorting.joined, *params, *bounds],
    )


def _counted_by_scans(query: Query, reaches: tuple[Reach, ...]) -> bool:
    """Whether the last readings know how many there are."""
    return not query.filters and not query.text and not any(each.tag for each in reaches)


def _total(
    actor: Actor, resource: Resource, query: Query, condition: Condition, reaches: tuple[Reach, ...]
) -> tuple[int, bool]:
    if _counted_by_scans(query, reaches):
        sql, params = where.both(
            ("e.tenant_id = %s AND e.kind = %s", [actor.tenant_id, resource.kind]),
            where.scoped(query.accounts, query.regions),
            where.reached(reaches),
        )
        return int(fetch(f"SELECT coalesce(sum(e.count), 0) FROM inventory_scan e WHERE {sql}", params)[0][0]), False
    sql, params = condition
    found = fetch(
        f"SELECT count(*) FROM (SELECT 1 FROM inventory_entry e WHERE {sql} LIMIT %s) c", [*params, COUNTED + 1]
    )[0][0]
    return _capped(found)


def _capped(found: int) -> tuple[int, bool]:
    return min(found, COUNTED), found > COUNTED


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of one statement, on the application's connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()  # type: ignore[no-any-return]
