"""Reading a scope and keeping what changed.

AWS is read outside any transaction, then one transaction compares and writes. Unchanged rows are not written. A
resource that a targeted refresh saw while the pages were being read is newer than they are, so it is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import IntegrityError

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Resource
from apps.cloud import prices
from apps.cloud.calls import pages
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account
from apps.inventory import parts, scans, store
from apps.inventory.places import Place, place_of
from apps.inventory.rows import Row, items, read_items, row
from apps.live.bus import publish
from apps.tenancy.context import tenant_tx


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync or refresh did. `busy`: another sync has the scope."""

    added: int = 0
    changed: int = 0
    gone: int = 0
    count: int = 0
    error: Explained | None = None
    busy: bool = False

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def sync(account: Account, region: str, kind: str) -> Outcome:
    """Reads one scope whole. Never raises for what AWS answers: a failure stands in the scan and the outcome, and what
    was known stays. Call outside any transaction."""
    resource = registry.resource(kind)
    place = place_of(account, resource, region)
    try:
        with tenant_tx(account.tenant_id):
            claim = scans.claim(place)
        return _sync(account, place, resource, claim) if claim else Outcome(busy=True)
    except IntegrityError:  # the account was removed meanwhile
        return Outcome()


def _sync(account: Account, place: Place, resource: Resource, claim: scans.Claim) -> Outcome:
    try:
        rows = read(account, place.region, resource)
        with tenant_tx(account.tenant_id):
            written = store.replace(place, rows, claim)
            scans.succeeded(place, written.count, resource.fresh)
            if written.any or claim.failing or claim.first:
                publish(place.tenant_id, topic(place.kind))
    except CallFailed as failed:
        return _failed(place, resource, claim, failed.explained)
    except BaseException:
        with tenant_tx(account.tenant_id):
            scans.release(place)
        raise
    return Outcome(written.added, written.changed, written.gone, written.count)


def refresh(account: Account, region: str, kind: str, ids: Sequence[str]) -> Outcome:
    """Reads these resources now and keeps them, ids that AWS doesn't know as gone. A kind that can't be read by id is
    synced whole. Raises CallFailed. Call outside any transaction."""
    resource = registry.resource(kind)
    wanted = list(dict.fromkeys(id for id in ids if id))
    if not wanted:
        return Outcome()
    if all(part.asked for part in resource.parts) and not any(read.by_id for read in resource.reads):
        outcome = sync(account, region, kind)
        if outcome.error:
            raise CallFailed(outcome.error)
        return outcome
    with tenant_tx(account.tenant_id):
        started = scans.clock()
    found = _read_ids(account, region, resource, wanted)
    place = place_of(account, resource, region)
    with tenant_tx(account.tenant_id):
        written = store.merge(
            place, [row(resource, item, prices.book(item.region)) for item in found.values()], wanted, started
        )
        if written.any:
            scans.adjust(place, written.added - written.gone)
            publish(place.tenant_id, topic(kind))
    return Outcome(written.added, written.changed, written.gone, len(found))


def topic(kind: str) -> str:
    """The name under which changes of a kind are published."""
    return "inventory-" + kind.replace(".", "-")


def read(account: Account, region: str, resource: Resource) -> list[Row]:
    """Everything of a kind in a Region, as rows. Only one page of AWS's objects is in memory at a time: as Python
    objects they take ten times what a row does."""
    book = cache(prices.book)
    found: dict[str, Row] = {}
    for call in resource.reads:
        objects = parts.completed(account, region, resource, pages(account, region, call, service=resource.client))
        for item in items(resource, objects, str(account.id), region):
            # The first call that names a resource tells the most about it.
            if item.id not in found:
                found[item.id] = row(resource, item, book(item.region))
    return list(found.values())


def _read_ids(account: Account, region: str, resource: Resource, ids: list[str]) -> dict[str, Item]:
    """Asks for all at once; when AWS refuses because one is unknown, for each on its own."""
    read = next((read for read in resource.reads if read.by_id), None)
    if read is None:
        return _read_parts(account, region, resource, ids)
    try:
        objects: list[Mapping[str, Any]] = list(pages(account, region, read, service=resource.client, ids=ids))
    except CallFailed as failed:
        if not (failed.explained.code in read.missing or failed.explained.kind == "not_found"):
            raise
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2  # one unknown id among hundreds costs a few calls, not hundreds
        halves = (ids[:middle], ids[middle:])
        return {key: item for half in halves for key, item in _read_ids(account, region, resource, half).items()}
    objects = list(parts.completed(account, region, resource, objects))
    # An endpoint that ignores the ids answers everything.
    found = read_items(resource, objects, str(account.id), region)
    return {id: found[id] for id in ids if id in found}


def _read_parts(account: Account, region: str, resource: Resource, ids: list[str]) -> dict[str, Item]:
    """The list costs a call, the parts of each resource some more: they are read for these alone."""
    objects = (obj for read in resource.reads for obj in pages(account, region, read, service=resource.client))
    chosen = [obj for obj in objects if getter(resource.id)(obj) in ids]
    return read_items(resource, parts.completed(account, region, resource, chosen), str(account.id), region)


def _failed(place: Place, resource: Resource, claim: scans.Claim, error: Explained) -> Outcome:
    # What can't succeed soon isn't tried at every look.
    wait = resource.fresh if error.retry else max(resource.fresh, 900)
    with tenant_tx(place.tenant_id):
        scans.failed(place, error, wait)
        if not claim.failing or claim.first:
            publish(place.tenant_id, topic(place.kind))
    return Outcome(error=error)
