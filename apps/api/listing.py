"""The list of a kind: filter, sort, cursor, across accounts and Regions."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import orjson
from django.db import DataError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import rows
from apps.api.addresses import with_query
from apps.api.answers import answer
from apps.api.bodies import flag, number
from apps.api.problems import Problem, bad_cursor
from apps.catalog import filters
from apps.catalog.filters import Filter
from apps.catalog.resources import Resource
from apps.inventory import where
from apps.inventory.freshness import ensure_fresh
from apps.inventory.order import BadCursor, Order, order
from apps.inventory.query import fetch
from apps.tenancy.access import Actor, Reach, reach, require

# Parameters that are no filters of one property. A column of such a name is reached by `f` alone.
OWN = frozenset({"q", "f", "join", "account", "region", "sort", "cursor", "limit", "full"})
SORTS = ("name", "id", "state", "account", "region", "zone", "cost", "created")


def show(request: HttpRequest, actor: Actor, resource: Resource) -> HttpResponse:
    """A page of the list, with how current each account and Region is. The database answers, never AWS."""
    reaches = reach(actor, resource.permission)
    if not reaches:
        require(actor, resource.permission)
    limit, full = number(request, "limit", 50, 500), flag(request, "full")
    errors: dict[str, list[str]] = {}
    accounts, regions = _accounts(request, errors), request.GET.getlist("region")
    condition = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, resource.kind]),
        where.scoped(accounts, regions),
        where.reached(reaches),
        _filters(request, resource, errors),
        where.text(request.GET.get("q", "")),
    )
    sorting = _sorting(request, resource, errors)
    if errors:
        raise Problem("query", errors=errors)
    columns = rows.whole(resource) if full else rows.selected(resource)
    found = _select(sorting, condition, request.GET.get("cursor", ""), limit + 1, columns)
    known = rows.sources(actor, resource)
    ensure_fresh(actor.tenant_id, resource, regions=regions)
    writer = rows.Writer(request, actor, resource, known)
    write: Callable[[Any], dict[str, Any]] = writer.whole if full else writer.item
    width = 10 if full else 9
    cursor = sorting.cursor(found[limit - 1][width:]) if len(found) > limit else ""
    return answer(
        {
            "results": [write(row) for row in found[:limit]],
            "next": with_query(request, cursor=cursor) if cursor else None,
            "sources": list(_sources(known, accounts, regions, reaches)),
        }
    )


def _select(sorting: Order, condition: where.Condition, cursor: str, limit: int, columns: str) -> list[tuple[Any, ...]]:
    """Finds the page's keys in an index, then reads only those rows, and of them only `columns`."""
    sql, params = condition
    try:
        if cursor:
            after, more = sorting.after(cursor)
            sql, params = f"{sql} AND {after}", [*params, *more]
        marks = ", ".join(f"k.s{n}" for n in range(len(sorting.keys)))
        # No value of a caller's stands in it: those are parameters.
        statement = f"""WITH k AS MATERIALIZED (
                SELECT e.id AS entry, {sorting.selected} FROM inventory_entry e {sorting.join} WHERE {sql}
                ORDER BY {sorting.by()} LIMIT %s)
            SELECT {columns}, {marks} FROM k JOIN inventory_entry e ON e.id = k.entry ORDER BY {sorting.by("k.")}"""  # noqa: S608
        return fetch(statement, [*sorting.params, *sorting.joined, *params, limit])
    except BadCursor as error:
        raise bad_cursor() from error
    except DataError as error:
        if not cursor:
            raise
        transaction.set_rollback(True)
        raise bad_cursor() from error


def _filters(request: HttpRequest, resource: Resource, errors: dict[str, list[str]]) -> where.Condition:
    """Filters from `f=state!=running` (the browser's tokens) and from `state=running` for each property."""
    wanted: list[Filter] = []
    for name in request.GET:
        if name in OWN:
            continue
        if not filters.known(name, resource):
            errors[name] = [_("There is no parameter %(name)s.") % {"name": name}]
        else:
            wanted += [Filter(name, "=", value) for value in request.GET.getlist(name)]
    for token in request.GET.getlist("f"):
        if parsed := filters.parse([token], resource):
            wanted += parsed
        else:
            errors.setdefault("f", []).append(_("%(token)s is no filter of this list.") % {"token": token})
    join = request.GET.get("join", "and")
    if join not in {"and", "or"}:
        errors["join"] = [_("The value is one of %(values)s.") % {"values": "and, or"}]
    conditions = [where.matching(each, resource) for each in wanted]
    return where.either(conditions) if join == "or" and conditions else where.both(*conditions)


def _sorting(request: HttpRequest, resource: Resource, errors: dict[str, list[str]]) -> Order:
    sort = request.GET.get("sort", "name")
    key = sort.removeprefix("-")
    if key not in SORTS and resource.column(key) is None:
        known = ", ".join([*SORTS, *(column.key for column in resource.listed)])
        errors["sort"] = [_("The value is one of %(values)s.") % {"values": known}]
    return order(resource, sort)


def _accounts(request: HttpRequest, errors: dict[str, list[str]]) -> list[UUID]:
    found = []
    for value in request.GET.getlist("account"):
        try:
            found.append(UUID(value))
        except ValueError:
            errors["account"] = [_("The value is the id of an account, a UUID.")]
    return found


def _sources(
    known: Iterable[rows.Source], accounts: list[UUID], regions: list[str], reaches: tuple[Reach, ...]
) -> Iterable[dict[str, Any]]:
    """How current the list is, of the scopes that are asked for and that the actor sees anything in."""
    wanted = {str(account) for account in accounts}
    for source in known:
        if source.region is None or (wanted and source.account not in wanted):
            continue
        if regions and source.region not in (*regions, "global"):
            continue
        if any(_covers(each, source) for each in reaches):
            error = orjson.Fragment(source.error) if source.error else None
            measures = {"measures": orjson.Fragment(source.measures)} if source.measures else {}
            yield {
                "account": source.account,
                "region": source.region,
                "read_at": source.ok_at,
                "error": error,
                **measures,
            }


def _covers(reached: Reach, source: rows.Source) -> bool:
    in_account = reached.account is None or str(reached.account) == source.account
    return in_account and reached.region in ("", source.region)
