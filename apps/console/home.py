"""The overview: what there is, what runs, what failed, what it costs. Only what the panel knows."""

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from apps.catalog import registry
from apps.console import menus, schedule_lines, scope, shell, tally
from apps.console.scope import Seen
from apps.operations import query as operations
from apps.operations import schedules
from apps.tenancy.decorators import SignedRequest, signed_in


@signed_in
def home(request: SignedRequest) -> HttpResponse:
    shell.at(request, "home")
    scope.serve(request, "")
    places, view = scope.accounts(request), scope.view(request)
    seen = [one for one in scope.seen(request) if view.holds(one.account, one.region)]
    shown = [place for place in places if not view.accounts or place.id in view.accounts]
    costs = tally.costs(request, registry.resources())
    running = operations.recent(request.actor, limit=6, states=("queued", "running", "attention"))
    context = {
        "places": shown,
        "resources": sum(one.count for one in seen if _owned(one.kind)),
        "services": _services(seen),
        "failed": tally.failed(seen, places),
        "running": running.operations,
        "troubled": [schedule_lines.line(one, places) for one in schedules.troubled(request.actor)],
        "recent": operations.recent(request.actor, limit=6).operations,
        "costs": tally.bars(shown, costs),
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
