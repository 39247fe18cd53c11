"""What is paid for and buys nothing, across kinds: `/api/v1/idle/`, the dearest first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import rows
from apps.api.addresses import with_query
from apps.api.answers import answer
from apps.api.bodies import number
from apps.api.endpoint import endpoint
from apps.api.problems import Problem, bad_cursor
from apps.catalog.resources import Resource
from apps.inventory import idle
from apps.inventory.freshness import ensure_fresh
from apps.inventory.idle import Found, Sum
from apps.inventory.order import BadCursor
from apps.tenancy.access import Actor, allowed, reach, require

OWN = {"kind", "account", "region", "cursor", "limit"}


def show(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A page of them, and what all of them cost together. The database answers, never AWS."""
    readable = [kind for kind in idle.kinds() if reach(actor, kind.permission)]
    if not readable:
        require(actor, idle.kinds()[0].permission)
    wanted, accounts = _asked(request, readable)
    regions, limit = request.GET.getlist("region"), number(request, "limit", 50, 500)
    try:
        found = idle.listing(
            actor, wanted, accounts=accounts, regions=regions, cursor=request.GET.get("cursor", ""), size=limit
        )
    except BadCursor as error:
        raise bad_cursor() from error
    for kind in wanted:
        ensure_fresh(actor.tenant_id, kind, regions=regions, measures=())
    writers = {kind.kind: rows.Writer(request, actor, kind, rows.sources(actor, kind)) for kind in wanted}
    return answer(
        {
            "results": [_item(actor, one, writers) for one in found.found],
            "next": with_query(request, cursor=found.next) if found.next else None,
            "total": {"count": found.count, "monthly_cost": found.cost, "unpriced": found.unpriced},
            "by_reason": [_sum(one) for one in found.sums],
        }
    )


def _asked(request: HttpRequest, readable: list[Resource]) -> tuple[list[Resource], list[UUID]]:
    """The kinds and accounts that the query names. Raises Problem."""
    errors = {name: [_("There is no parameter %(name)s.") % {"name": name}] for name in request.GET if name not in OWN}
    known, named = {kind.kind: kind for kind in readable}, request.GET.getlist("kind")
    if any(name not in known for name in named):
        errors["kind"] = [_("The value is one of %(values)s.") % {"values": ", ".join(known)}]
    accounts = []
    for value in request.GET.getlist("account"):
        try:
            accounts.append(UUID(value))
        except ValueError:
            errors["account"] = [_("The value is the id of an account, a UUID.")]
    if errors:
        raise Problem("query", errors=errors)
    return [known[name] for name in dict.fromkeys(named)] or readable, accounts


def _item(actor: Actor, one: Found, writers: Mapping[str, rows.Writer]) -> dict[str, Any]:
    item, writer, action = one.item, writers[one.resource.kind], one.resource.actions[one.idle.fix]
    may = allowed(actor, action.permission, account=item.account, region=item.region, tags=item.tags)
    return {
        "id": item.id,
        "url": writer.url(item.id, item.account, item.region),
        "kind": one.resource.kind,
        "name": item.name,
        "state": item.state,
        "account": writer.accounts.get(item.account, orjson.Fragment(b"null")),
        "region": item.region,
        "why": one.idle.why,
        "created_at": one.created,
        "monthly_cost": one.cost,
        "fix": writer.link(item.id, item.account, item.region, action) if may and action.possible(item) else None,
    }


def _sum(one: Sum) -> dict[str, Any]:
    told = {"count": one.count, "monthly_cost": one.cost, "unpriced": one.unpriced}
    return {"kind": one.resource.kind, "why": one.idle.why, **told}


collection = endpoint(get=show)
