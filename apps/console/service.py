"""A service's overview: how many of each kind and in which state, where they are, what changed, what can be made."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.console import buttons, menus, refs, scope, shell, tally
from apps.console.scope import Seen
from apps.inventory import history
from apps.operations import query as operations
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest, signed_in

LATEST = 8


@signed_in
def index(request: SignedRequest, service: str) -> HttpResponse:
    try:
        found = registry.service(service)
    except registry.UnknownKind:
        raise Http404(_("There is no such page.")) from None
    kinds = menus.kinds(found)
    shell.of_service(request, found)
    places, view = scope.accounts(request), scope.view(request)
    seen = [one for one in scope.seen(request) if view.holds(one.account, one.region)]
    tallies = tally.by_kind(request, kinds)
    sums = tally.costs(request, kinds)
    context = {
        "service": found,
        "kinds": [_kind(request, kind, tallies[kind.kind]) for kind in kinds],
        "made": [button for kind in kinds for button in buttons.wizards(request.actor, kind)],
        "where": _where(seen, places),
        "failed": tally.failed(seen, places),
        "costs": tally.bars(places, sums),
        "total": sum(sums.values()),
        "recent": operations.recent(request.actor, limit=LATEST, service=service).operations,
        "changes": _changes(request, kinds),
        "event": " ".join(f"inventory-{kind.kind.replace('.', '-')} from:body throttle:3s," for kind in kinds),
    }
    return render(request, "pages/service.html", context)


def _kind(request: SignedRequest, kind: Resource, found: tally.KindTally) -> dict[str, Any]:
    url = menus.list_url(kind)
    return {
        "resource": kind,
        "url": url,
        "tally": found,
        "states": [(state, tone, count, f"{url}?f=state%3D{state}") for state, tone, count in found.states[:4]],
        "lacks": "" if access.reach(request.actor, kind.permission) else kind.permission,
    }


def _where(seen: list[Seen], places: tuple[scope.Place, ...]) -> list[dict[str, Any]]:
    """For each account the Regions in which there is something, the fullest first."""
    counts: dict[str, dict[str, int]] = {}
    for one in seen:
        if one.count and registry.resource(one.kind).billed:
            regions = counts.setdefault(one.account, {})
            regions[one.region] = regions.get(one.region, 0) + one.count
    return [
        {"place": place, "regions": sorted(counts[place.id].items(), key=lambda pair: -pair[1])}
        for place in places
        if place.id in counts
    ]


def _changes(request: SignedRequest, kinds: list[Resource]) -> list[dict[str, Any]]:
    """What readings saw come, change and go lately, where the person may see it whole."""
    reaches = {kind.kind: access.reach(request.actor, kind.permission) for kind in kinds}
    by_kind = {kind.kind: kind for kind in kinds}
    places = {place.id: place for place in scope.accounts(request)}
    words = {"appeared": _("appeared"), "changed": _("changed"), "gone": _("is gone")}
    found = []
    for change in history.latest(request.actor.tenant_id, reaches, LATEST):
        kind = by_kind[change.kind]
        ref = refs.ref(change.resource_id, str(change.account_id), change.region)
        state = change.after.get("state") if change.what == "changed" else ""
        found.append(
            {
                "name": change.after.get("name") or change.before.get("name") or change.resource_id,
                "url": reverse("detail", args=[kind.service, kind.slug, ref]),
                "icon": kind.icon,
                "words": state or words.get(change.what, change.what),
                "place": places.get(str(change.account_id)),
                "region": change.region,
                "at": change.at,
            }
        )
    return found
