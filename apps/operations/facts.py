"""What an action has to know of stored resources as they are now: parts read anew, before its form and its plan."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from apps.catalog.items import Item
from apps.catalog.plans import canonical
from apps.catalog.resources import Action
from apps.cloud.models import Account
from apps.inventory import parts, readings
from apps.tenancy.access import Actor, Denied
from apps.tenancy.context import tenant_tx

_AT_ONCE = 8

Facts = dict[str, dict[str, Any]]


def read(actor: Actor, action: Action, items: Sequence[Item], *, again: bool = False) -> Facts:
    """By id the parts that the action's `facts` name, None for what a resource has none of. Opens a transaction of its
    own, and asks AWS outside it. What has a guard is on the record first, and what is soft too is left out for whoever
    may not read it; `again` says that the same form is only drawn anew. Raises Denied, CallFailed for the first that
    can't be read."""
    if not action.facts or not action.resource.stored or not items:
        return {}
    with tenant_tx(actor.tenant_id):
        ids = {item.account for item in items}
        found = Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids)
        accounts = {str(account.id): account for account in found}
    there = [item for item in items if item.account in accounts]
    kept: dict[tuple[str, str], set[str]] = {}
    for part in action.guarded:
        for item in there:
            try:
                readings.permit(actor, accounts[item.account], item, part.guard, recorded=True, again=again)
            except Denied:
                if not part.soft:
                    raise
                kept.setdefault((item.account, item.id), set()).add(part.key)

    def now(item: Item) -> dict[str, Any]:
        try:
            wanted = set(action.facts) - kept.get((item.account, item.id), set())
            return parts.again(accounts[item.account], action.resource, item, wanted)
        finally:
            connections.close_all()  # the thread's own, if reading the credential took one

    connections.close_all()  # whoever waits for these threads keeps none of the connections that they wait for
    with ThreadPoolExecutor(min(_AT_ONCE, len(there) or 1), thread_name_prefix="facts") as pool:
        return dict(zip((item.id for item in there), pool.map(now, there), strict=True))


def mark(found: Mapping[str, Any]) -> str:
    """A short text that differs when what was read does: a form carries it, and is refused when it no longer fits."""
    return hashlib.sha256(canonical(found).encode()).hexdigest()[:32] if found else ""
