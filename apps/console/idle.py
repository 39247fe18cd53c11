"""What is paid for and buys nothing, across kinds, accounts and Regions: the page, each with what ends it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.catalog.text import Text
from apps.cloud import prices
from apps.console import buttons, refs, rows, scope, shell
from apps.console.buttons import Button
from apps.console.context import is_fragment
from apps.console.scope import Place
from apps.inventory import freshness, idle
from apps.inventory.idle import Found, Sum
from apps.inventory.order import BadCursor
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.decorators import SignedRequest, signed_in


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the page. `cost` in USD a month, None where there is no price."""

    kind: Text
    icon: str
    item: Item
    url: str
    why: Text
    place: Place | None
    cost: Decimal | None
    created: datetime | None
    fix: Button


@dataclass(frozen=True, slots=True)
class Chip:
    """A kind to look at alone, with how many there are and their cost."""

    kind: str
    label: Text
    count: int
    cost: Decimal
    current: bool


@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """The page. As a fragment its #idle alone."""
    shell.at(request, "idle")
    view, actor = scope.view(request), request.actor
    known = idle.kinds()
    readable = [kind for kind in known if access.reach(actor, kind.permission)]
    chosen = [kind for kind in readable if kind.kind == request.GET.get("kind")] or readable
    within: dict[str, Any] = {"accounts": view.accounts, "regions": view.regions}
    try:
        found = idle.listing(actor, chosen, cursor=request.GET.get("after", ""), **within)
    except BadCursor:
        raise Http404(_("There is no such page.")) from None
    sums = found.sums if chosen == readable else idle.listing(actor, readable, size=1, **within).sums
    places = {place.id: place for place in scope.accounts(request)}
    if places:
        for kind in _shown_by(readable):
            freshness.ensure_fresh(actor.tenant_id, kind, regions=view.regions, measures=())
    context = {
        "lines": [_line(actor, one, places) for one in found.found],
        "listing": found,
        "chips": _chips(readable, sums, chosen if chosen != readable else []),
        "total": sum((one.cost for one in sums), Decimal(0)),
        "count": sum(one.count for one in sums),
        "next": found.next,
        "later": bool(request.GET.get("after")),
        "chosen": chosen[0].kind if chosen != readable else "",
        "hidden": [(kind, access.explain(actor, kind.permission).reason) for kind in known if kind not in readable],
        "events": ", ".join(f"inventory-{k.kind.replace('.', '-')} from:body throttle:2s" for k in _shown_by(readable)),
        "fragment": is_fragment(request),
    }
    return render(request, "pages/idle.html", context)


def _shown_by(kinds: list[Resource]) -> list[Resource]:
    """The kinds on which the page depends, each once."""
    found = {kind.kind: kind for kind in kinds}
    for one in [declared for kind in kinds for declared in kind.idle]:
        others = [*([one.beside.kind] if one.beside else []), *(each.kind for each in one.unless_in)]
        found |= {other: registry.resource(other) for other in others}
    return list(found.values())


def _chips(kinds: list[Resource], sums: tuple[Sum, ...], current: list[Resource]) -> list[Chip]:
    def of(kind: Resource) -> Chip:
        own = [one for one in sums if one.resource is kind]
        cost = sum((one.cost for one in own), Decimal(0))
        return Chip(kind.kind, kind.plural, sum(one.count for one in own), cost, kind in current)

    return [of(kind) for kind in kinds]


def line_of(actor: Actor, resource: Resource, item: Item, place: Place | None) -> Line | None:
    """What the page would say of one resource; None where it doesn't stand there."""
    found = idle.among(actor, resource, [item]).get((item.account, item.region, item.id))
    if found is None:
        return None
    cost = resource.cost(item, prices.book(item.region))
    return _line(actor, Found(resource, item, found, cost, None), {place.id: place} if place else {})


def _line(actor: Actor, one: Found, places: Mapping[str, Place]) -> Line:
    item, resource = one.item, one.resource
    place, action = places.get(item.account), resource.actions[one.idle.fix]
    url = f"{rows.base_url(resource)}{quote(refs.of(item), safe='@:')}/"
    (fix,) = buttons.for_actions(actor, [action], item, place.name if place else "")
    return Line(resource.label, resource.icon, item, url, one.idle.why, place, one.cost, one.created, fix)
