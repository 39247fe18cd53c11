"""Asking AWS what the cards of a sheet need. No transaction is open while AWS answers."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from apps.catalog import registry
from apps.catalog.asking import Ask, Asking, Told
from apps.catalog.cards import Around
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

_AT_ONCE = 8
_TIMEOUT = 15  # seconds: somebody waits for it


def told(actor: Actor, account: Account, resource: Resource, item: Item, sheet: str, around: Around) -> dict[int, Any]:
    """By the number of the card on its sheet what its `asks` came to. Never raises for what AWS answers."""
    found: dict[int, Any] = {}
    known: dict[Any, Any] = {}  # cards that ask the same are told the same
    for number, card in enumerate(resource.sheets.get(sheet, ())):
        if card.asks and card.asks not in known:
            known[card.asks] = _run(actor, account, item, card.asks(item, around))
        if card.asks:
            found[number] = known[card.asks]
    return found


def _run(actor: Actor, account: Account, item: Item, asking: Asking) -> Any:
    answers: list[Told] | None = None
    while True:
        try:
            with tenant_tx(actor.tenant_id):
                wanted = next(asking) if answers is None else asking.send(answers)
                denied = [_denied(actor, account, item, ask) for ask in wanted]
        except StopIteration as done:
            return done.value
        pairs = list(zip(wanted, denied, strict=True))
        with ThreadPoolExecutor(min(_AT_ONCE, len(pairs) or 1), thread_name_prefix="asking") as pool:
            answers = list(pool.map(lambda pair: _ask(account, *pair), pairs))


def _denied(actor: Actor, account: Account, item: Item, ask: Ask) -> str:
    permission = registry.resource(ask.kind).permission
    decision = access.explain(actor, permission, account=item.account, region=ask.region, label=account.name)
    return "" if decision.allowed else decision.reason


def _ask(account: Account, ask: Ask, denied: str) -> Told:
    if denied:
        return Told(refused=denied)
    try:
        return Told(call(account, ask.region, ask.call, ask.params, timeout=_TIMEOUT).data)
    except CallFailed as failed:
        return Told(refused=failed.explained.text, code=failed.explained.code)
    finally:
        connections.close_all()  # the thread's own, if reading the credential took one
