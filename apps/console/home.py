"""The overview: what there is, what runs, what failed, what it costs. Only what the panel knows."""

from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.http import HttpResponse
from django.shortcuts import render

from apps.catalog import registry
from apps.console import freshness, menus, scope, shell
from apps.console.scope import Place, Seen
from apps.inventory.models import Entry
from apps.operations import query as operations
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest, signed_in


@signed_in
def home(request: SignedRequest) -> HttpResponse:
    shell.at(request, "home")
    scope.serve(request, "")
    places, view = scope.accounts(request), scope.view(request)
    seen = [one for one in scope.seen(request) if view.holds(one.account, one.region)]
    shown = [place for place in places if not view.accounts or place.id in view.accounts]
    costs = _costs(request, shown)
    running = operations.recent(request.actor, limit=6, states=("queued", "running", "attention"))
    context = {
        "places": shown,
        "resources": sum(one.count for one in seen if _owned(one.kind)),
        "services": _services(seen),
        "failed": _failed(seen, places),
        "running": running.operations,
        "recent": operations.recent(request.actor, limit=6).operations,
        "costs": _bars(shown, costs),
        "total": sum(costs.values(), Decimal(0)),
        "regions": len({one.region for one in seen if one.count and one.region != "global"}),
    }
    return render(request, "pages/home.html", context)


def _services(seen: list[Seen]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for one in seen:
        counts[one.kind] = counts.get(one.kind, 0) + one.count
    return [
        {
            "service": service,
            "url": menus.service_url(service),
            "total": sum(counts.get(kind.kind, 0) for kind in registry.resources(service.name)),
            "kinds": [(kind.plural, menus.list_url(kind), counts.get(kind.kind, 0)) for kind in menus.kinds(service)],
        }
        for service in registry.services()
    ]


def _owned(kind: str) -> bool:
    """Instance types and their like are an offer of AWS's, not something that is had and paid for."""
    try:
        found = registry.resource(kind)
    except registry.UnknownKind:
        return False
    return found.billed


def _failed(seen: list[Seen], places: tuple[Place, ...]) -> list[dict[str, Any]]:
    """Failed sources joined by account, Region and reason: one throttled account fails a dozen kinds at once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    names = {place.id: place.name for place in places}
    for one in seen:
        if one.error:
            told = freshness.failed(one, names.get(one.account, ""))
            slot = found.setdefault((told.source, told.code), {"failed": told, "kinds": []})
            slot["kinds"].append(_plural(one.kind))
    return list(found.values())


def _plural(kind: str) -> str:
    try:
        return str(registry.resource(kind).plural)
    except registry.UnknownKind:
        return kind


def _costs(request: SignedRequest, places: list[Place]) -> dict[str, Decimal]:
    """Estimated USD a month by account, of what the person may see."""
    seen = Q(pk__in=[])
    for kind in registry.resources():
        for part in access.reach(request.actor, kind.permission) if kind.monthly_cost and _owned(kind.kind) else ():
            here = Q(kind=kind.kind)
            if part.account is not None:
                here &= Q(account_id=part.account)
            if part.region:
                here &= Q(region=part.region)
            if part.tag:
                key, _sign, value = part.tag.partition("=")
                here &= Q(tags__contains={key: value})
            seen |= here
    rows = Entry.objects.filter(
        seen, tenant_id=request.actor.tenant_id, gone_at=None, account_id__in=[place.id for place in places]
    )
    sums = rows.order_by().values_list("account_id").annotate(cost=Sum("monthly_cost"))
    return {str(account): cost for account, cost in sums if cost}


def _bars(places: list[Place], costs: dict[str, Decimal]) -> list[dict[str, Any]]:
    most = max(costs.values(), default=Decimal(0)) or Decimal(1)
    rows = [
        {"place": one, "cost": costs[one.id], "width": f"{costs[one.id] / most * 100:.1f}"}
        for one in places
        if one.id in costs
    ]
    return sorted(rows, key=lambda row: row["cost"], reverse=True)
