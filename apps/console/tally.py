"""Sums over what the person may see: for the overviews. Only what the panel knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.console import freshness, scope
from apps.console.scope import Place, Seen
from apps.inventory.models import Entry
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest


@dataclass
class KindTally:
    """How many there are of a kind, by state, and what they cost a month."""

    count: int = 0
    states: list[tuple[str, str, int]] = field(default_factory=list)  # (state, tone, how many), the most first
    cost: Decimal | None = None


def reached(request: SignedRequest, kinds: Iterable[Resource]) -> Q:
    """The rows of these kinds that the person may see."""
    found = Q(pk__in=[])
    for kind in kinds:
        for part in access.reach(request.actor, kind.permission):
            here = Q(kind=kind.kind)
            if part.account is not None:
                here &= Q(account_id=part.account)
            if part.region:
                here &= Q(region=part.region)
            if part.tag:
                key, _sign, value = part.tag.partition("=")
                here &= Q(tags__contains={key: value})
            found |= here
    return found


def entries(request: SignedRequest, kinds: Iterable[Resource]) -> QuerySet[Entry]:
    """Those of them that exist and are in view."""
    view = scope.view(request)
    rows = Entry.objects.filter(reached(request, kinds), tenant_id=request.actor.tenant_id, gone_at=None).order_by()
    if view.accounts:
        rows = rows.filter(account_id__in=view.accounts)
    return rows.filter(region__in=[*view.regions, "global"]) if view.regions else rows


def by_kind(request: SignedRequest, kinds: Sequence[Resource]) -> dict[str, KindTally]:
    """One query."""
    found = {kind.kind: KindTally() for kind in kinds}
    rows = entries(request, kinds).values_list("kind", "state").annotate(n=Count("id"), cost=Sum("monthly_cost"))
    for name, state, count, cost in rows:
        kind, tally = registry.resource(name), found[name]
        tally.count += count
        if kind.state and state:
            tally.states.append((state, kind.state.tone(state), count))
        if kind.billed and cost is not None:
            tally.cost = (tally.cost or Decimal(0)) + cost
    for tally in found.values():
        tally.states.sort(key=lambda one: -one[2])
    return found


def costs(request: SignedRequest, kinds: Iterable[Resource]) -> dict[str, Decimal]:
    """Estimated USD a month by account. One query."""
    billed = [kind for kind in kinds if kind.monthly_cost and kind.billed]
    sums = entries(request, billed).values_list("account_id").annotate(cost=Sum("monthly_cost"))
    return {str(account): cost for account, cost in sums if cost}


def bars(places: Iterable[Place], sums: dict[str, Decimal]) -> list[dict[str, Any]]:
    """Each account's sum with the width of its bar, the dearest first."""
    most = max(sums.values(), default=Decimal(0)) or Decimal(1)
    rows = [
        {"place": one, "cost": sums[one.id], "width": f"{sums[one.id] / most * 100:.1f}"}
        for one in places
        if one.id in sums
    ]
    return sorted(rows, key=lambda row: row["cost"], reverse=True)


def failed(seen: Iterable[Seen], places: Iterable[Place]) -> list[dict[str, Any]]:
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
