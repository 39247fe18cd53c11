"""How much of a quota a list's resources use, by account and Region: a fragment of its own, since AWS is asked."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connections
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.cloud import limits
from apps.cloud.limits import Limit
from apps.cloud.models import Account
from apps.console import refs, scope
from apps.console.scope import Place
from apps.inventory import capacity as inventory
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

_SHOWN = 5  # places, those that use most of it
_AT_ONCE = 2  # each takes a connection of the process's few
_NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class Use:
    """`used` of `most` in one place; `assumed` where that is AWS's default."""

    place: Place
    region: str
    used: int
    most: int
    assumed: bool

    @property
    def tone(self) -> str:
        return "bad" if self.used >= self.most else "warn" if self.used >= _NEARLY * self.most else "ok"


@own_transactions
@signed_in
def index(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The places in view that use most of it, and how many more there are."""
    resource, actor = refs.resource(service, slug), request.actor
    capacity = resource.capacity
    if capacity is None:
        raise Http404(_("There is no such page."))
    with tenant_tx(actor.tenant_id):
        view, places = scope.view(request), {place.id: place for place in scope.accounts(request)}
        used = inventory.used(actor, resource, view.accounts, view.regions)
        wanted = sorted((place for place in used if place[0] in places), key=lambda place: (-used[place], place))
        ids = {account for account, _region in wanted[:_SHOWN]}
        accounts = {str(one.id): one for one in Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids)}

    def ask(place: tuple[str, str]) -> Limit:
        try:
            return limits.quota(accounts[place[0]], place[1], capacity.code, capacity.service)
        finally:
            connections.close_all()  # the thread's own, if reading the credential took one

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="quotas") as pool:
        found = list(zip(wanted, pool.map(ask, wanted[:_SHOWN]), strict=False))
    uses = [
        Use(places[at[0]], at[1], used[at], int(limit.value), limit.source == "default")
        for at, limit in found
        if limit.value is not None
    ]
    with tenant_tx(actor.tenant_id):
        context = {
            "uses": uses,
            "assumed": any(one.assumed for one in uses),
            "more": len(wanted) - len(found),
            "capacity": capacity,
        }
        return render(request, "resource/capacity.html", context)
