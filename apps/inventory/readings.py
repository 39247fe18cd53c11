"""Readings that take a permission of their own. What may hold secrets is on the record before AWS is asked for it: no
record, no reading."""

from datetime import timedelta

import jmespath
from django.db.models.functions import Now

from apps.audit import record
from apps.audit.models import AuditEvent
from apps.catalog.items import Item
from apps.catalog.resources import Resource, Tab
from apps.cloud.calls import call
from apps.cloud.models import Account
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx

_TIMEOUT = 15  # seconds: somebody waits for it
_AGAIN = timedelta(minutes=10)  # in which a form that is drawn anew as somebody types is one reading


def text(actor: Actor, account: Account, resource: Resource, item: Item, tab: Tab) -> str:
    """What AWS answers now at the tab's path, as the tab reads it. Call outside any transaction. Raises Denied,
    CallFailed."""
    permit(actor, account, item, tab.permission, recorded=tab.secret)
    answer = call(account, item.region, tab.call, tab.params(item), timeout=_TIMEOUT)
    found = jmespath.search(tab.path, answer.data) or ""
    return tab.read(found) if tab.read and found else str(found)


def permit(actor: Actor, account: Account, item: Item, verb: str, *, recorded: bool, again: bool = False) -> None:
    """Requires `<kind>.<verb>` on the resource and, where it is to be recorded, commits the row of it. With `again` a
    row of the same session that is not ten minutes old counts. Raises Denied."""
    act, target = f"{item.kind}.{verb}", _target(item, account)
    with tenant_tx(actor.tenant_id):
        access.require(
            actor,
            act,
            account=item.account,
            region=item.region,
            tags=item.tags,
            label=account.name,
            target=target,
        )
        if recorded:
            note(actor, act, target, again=again)


def note(actor: Actor, act: str, target: record.Target, *, again: bool = False) -> None:
    """Puts a reading on the record. With `again` a row of the same session that is not ten minutes old counts. Inside
    tenant_tx."""
    if not (again and _just_read(actor, act, target)):
        record.write(tenant_id=actor.tenant_id, act=act, result="ok", actor=actor.who, target=target)


def _target(item: Item, account: Account) -> record.Target:
    return record.Target(
        kind=item.kind,
        id=item.id,
        name=item.title,
        account=item.account,
        account_name=account.name,
        region=item.region,
    )


def _just_read(actor: Actor, act: str, target: record.Target) -> bool:
    who = actor.who
    found = AuditEvent.objects.filter(
        tenant_id=actor.tenant_id,
        act=act,
        result="ok",
        who_kind=who.kind,
        who_id=who.id,
        who_session=who.session,
        target_id=target.id,
        target_account=target.account,
        target_region=target.region,
    )
    return found.filter(at__gt=Now() - _AGAIN).exists()
