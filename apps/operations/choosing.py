"""Which resources a schedule is about: those that have its tags now, where its person may see them and do the act."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.filters import Filter
from apps.catalog.items import Item
from apps.catalog.resources import Resource, Routine
from apps.cloud.models import Account
from apps.inventory import query, sync
from apps.inventory.places import Place, places
from apps.inventory.query import Query
from apps.operations.prepare import refusal
from apps.tenancy import access
from apps.tenancy.access import Actor

log = logging.getLogger(__name__)

MOST = 500  # targets of one run
AT_ONCE = 8  # places that are read at the same time


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to look, and for which tags. `tags` are rows of `key` and `value`; without accounts or Regions, in all."""

    routine: Routine
    tags: Sequence[Mapping[str, str]]
    accounts: Sequence[str] = ()
    regions: Sequence[str] = ()

    @property
    def resource(self) -> Resource:
        return self.routine.action.resource


@dataclass(frozen=True, slots=True)
class Chosen:
    """The targets by name; `left_out` says of each other why it is none, `more` that there are more than MOST."""

    items: tuple[Item, ...] = ()
    left_out: tuple[str, ...] = ()
    more: bool = False


def chosen(actor: Actor, choice: Choice, values: Mapping[str, Any]) -> Chosen:
    """The targets as the inventory knows them. Inside tenant_tx."""
    filters = tuple(Filter(f"tag:{row['key']}", "=", row["value"]) for row in choice.tags)
    items: list[Item] = []
    left: list[str] = []
    for item in listed(actor, choice.resource, filters, choice.accounts, choice.regions):
        if len(items) == MOST:
            return Chosen(tuple(items), tuple(left), True)
        if why := _why_not(actor, choice.routine, item, values):
            left.append(why)
        else:
            items.append(item)
    return Chosen(tuple(items), tuple(left))


def listed(
    actor: Actor, resource: Resource, filters: tuple[Filter, ...], accounts: Sequence[str], regions: Sequence[str]
) -> Iterator[Item]:
    """All that the actor may see of a kind."""
    cursor = ""
    while True:
        asked = Query(filters, size=500, accounts=accounts, regions=regions, cursor=cursor, count=False)
        page = query.listing(actor, resource, asked)
        yield from page.items
        if not (cursor := page.next):
            return


def _why_not(actor: Actor, routine: Routine, item: Item, values: Mapping[str, Any]) -> str:
    action = routine.action
    if not action.possible(item):
        return refusal(action, item)
    decision = access.explain(actor, action.permission, account=item.account, region=item.region, tags=item.tags)
    if not decision.allowed:
        return _("%(name)s: %(reason)s") % {"name": item.title, "reason": decision.reason}
    return str(routine.unfit(item, values))


def read_anew(accounts: Sequence[Account], choice: Choice) -> list[str]:
    """Reads the kind wherever the choice looks, so that what was tagged a moment ago counts; answers a sentence for
    each place that could not be read. Calls AWS: outside any transaction."""
    names = {account.id: account for account in accounts}

    def read(place: Place) -> str:
        try:
            outcome = sync.sync(names[place.account_id], place.region, place.kind)
        finally:
            connections.close_all()  # the thread's own
        if not outcome.error:
            return ""
        said = {"account": names[place.account_id].name, "region": place.region, "why": outcome.error.text}
        return _("%(account)s, %(region)s could not be read anew: %(why)s") % said

    wanted = places(accounts, [choice.resource], choice.regions)
    connections.close_all()  # whoever waits for these threads keeps none of the connections that they wait for
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted) or 1), thread_name_prefix="schedule") as pool:
        return [text for text in pool.map(read, wanted) if text]


def choice_of(schedule: Any) -> Choice:
    """That of a stored schedule. Raises UnknownKind when its act is declared no more."""
    return Choice(registry.routine(schedule.act), schedule.tags, schedule.accounts, schedule.regions)


def accounts_of(tenant_id: Any, choice: Choice) -> list[Account]:
    """The connected accounts that it looks in. Inside tenant_tx."""
    rows = Account.objects.filter(tenant_id=tenant_id)
    return list(rows.filter(id__in=choice.accounts) if choice.accounts else rows)
