"""One resource: `/api/v1/<service>/<plural>/<id>/`."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import rows
from apps.api.answers import answer
from apps.api.problems import Problem
from apps.catalog.resources import Resource
from apps.inventory import where
from apps.inventory.query import fetch
from apps.tenancy.access import Actor, reach, require


def show(request: HttpRequest, actor: Actor, resource: Resource, id: str) -> HttpResponse:
    """The whole resource."""
    reaches = reach(actor, resource.permission)
    if not reaches:
        require(actor, resource.permission)
    row = find(request, actor, resource, id)
    return answer(_writer(request, actor, resource).whole(row))


def _writer(request: HttpRequest, actor: Actor, resource: Resource) -> rows.Writer:
    return rows.Writer(request, actor, resource, rows.sources(actor, resource))


def find(request: HttpRequest, actor: Actor, resource: Resource, id: str) -> tuple[Any, ...]:
    """The resource's row. Where several accounts or Regions know the id, the query's `account` and `region` tell which
    is meant. Raises Problem: not-found, ambiguous."""
    found = _select(request, actor, resource, id)
    if not found:
        raise Problem("not-found")
    if len(found) > 1:
        writer = _writer(request, actor, resource)
        raise Problem("ambiguous", candidates=[writer.url(row[0], str(row[3]), row[4]) for row in found])
    return found[0]


def _select(request: HttpRequest, actor: Actor, resource: Resource, id: str) -> list[tuple[Any, ...]]:
    account, region = place(request)
    sql, params = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.resource_id = %s", [actor.tenant_id, resource.kind, id]),
        ("e.gone_at IS NULL", []),
        where.scoped([account] if account else [], [region] if region else []),
        where.reached(reach(actor, resource.permission)),
    )
    return fetch(f"SELECT {rows.whole(resource)} FROM inventory_entry e WHERE {sql} ORDER BY e.id LIMIT 50", params)  # noqa: S608  no value of a caller's


def place(request: HttpRequest) -> tuple[UUID | None, str]:
    """The `account` and `region` of the query. Raises Problem when the account is no UUID."""
    account, region = request.GET.get("account"), request.GET.get("region", "")
    try:
        return UUID(account) if account else None, region
    except ValueError as error:
        raise Problem("query", errors={"account": [_("The value is the id of an account, a UUID.")]}) from error
