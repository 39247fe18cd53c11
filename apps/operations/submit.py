"""Asking for a plan to be carried out: permission, the row, the record of the intent, the hint to the queue."""

import logging
from uuid import UUID

from django.db import transaction

from apps.audit import record
from apps.catalog.items import Item
from apps.cloud.models import Account
from apps.live.bus import publish
from apps.operations import approvals, fair, hints, prepare, replays
from apps.operations.models import Operation, OperationStep, State
from apps.operations.prepare import Need, Prepared
from apps.tenancy import access
from apps.tenancy.access import Actor

log = logging.getLogger(__name__)


def submit(actor: Actor, prepared: Prepared, *, key: str = "", body_hash: str = "") -> Operation:
    """The operation, now a row in state `queued`, or `awaiting` where an account wants a second person's approval.
    Inside tenant_tx.

    With an idempotency key the first request makes it and every later one with the same body gets the same.
    Raises Denied when a permission is missing, KeyReused when the body differs.
    """
    if prepared.plan is None:
        raise ValueError("only a valid form has a plan")
    if key and (before := replays.operation(actor, key, body_hash)):
        return before
    accounts = authorize(actor, prepared)
    plan = prepared.plan
    who = actor.who
    waits = approvals.needed(prepared.action, accounts.values(), bool(plan.risks))
    operation = Operation.objects.create(
        tenant_id=actor.tenant_id,
        state=State.AWAITING if waits else State.QUEUED,
        act=plan.act,
        title=plan.title[:512],
        plan=plan.to_json(),
        plan_hash=plan.hash,
        accounts=list(dict.fromkeys(step["account"] for step in plan.steps)),
        regions=list(dict.fromkeys(step["region"] for step in plan.steps)),
        who_kind=who.kind,
        who_id=who.id,
        who_name=who.name,
        who_address=who.address,
        who_session=who.session,
        membership_id=actor.membership_id,
        idempotency_key=key,
        body_hash=body_hash,
    )
    OperationStep.objects.bulk_create(
        OperationStep(
            tenant_id=actor.tenant_id,
            operation=operation,
            key=step["key"],
            position=position,
            group=step["group"],
            title=step["title"][:512],
            call=step["call"],
        )
        for position, step in enumerate(plan.steps)
    )
    _record(actor, prepared, operation, accounts)
    publish(actor.tenant_id, "operations", f"operation-{operation.id}")
    if not waits:
        lane = fair.lane(fair.under_way(actor.tenant_id) - 1)
        transaction.on_commit(lambda: hints.run(operation.tenant_id, operation.id, lane=lane))
    return operation


def authorize(actor: Actor, prepared: Prepared) -> dict[str, Account]:
    """Raises Denied unless the actor may do this to every target, or in the place of a wizard, and all that it takes
    besides. Returns the accounts."""
    wanted, plan = prepare.needs(prepared), prepared.plan
    ids = {account for account, _region in (plan.places if plan else [])} | {need.account for need in wanted}
    accounts = {str(found.id): found for found in Account.objects.filter(tenant_id=actor.tenant_id, id__in=ids)}
    for need in wanted:
        _require(actor, need, accounts.get(need.account))
    return accounts


def _require(actor: Actor, need: Need, account: Account | None) -> None:
    access.require(
        actor,
        need.permission,
        account=account.id if account else None,
        region=need.region,
        tags=need.tags,
        path=need.path,
        label=account.name if account else "",
        target=target(need.item, account) if need.item else place(account, need.region),
    )


def target(item: Item, account: Account | None) -> record.Target:
    """A resource as the audit names it; what lies within another by its path."""
    name = account.name if account else ""
    return record.Target(item.kind, item.path or item.id, item.name, item.account, name, item.region)


def place(account: Account | None, region: str) -> record.Target:
    """An account and Region as the audit names them."""
    return record.Target(
        account=str(account.id) if account else "", account_name=account.name if account else "", region=region
    )


def _record(actor: Actor, prepared: Prepared, operation: Operation, accounts: dict[str, Account]) -> None:
    values = {key: value for key, value in prepared.form.cleaned_data.items() if value not in (None, "", [], False)}
    if prepared.items:
        targets = [target(item, accounts.get(item.account)) for item in prepared.items]
    else:
        scope = prepared.scope
        targets = [place(accounts.get(scope.account), scope.region)] if scope else []
    for each in targets:
        record.write(
            tenant_id=UUID(str(actor.tenant_id)),
            act=operation.act,
            result="intent",
            actor=actor.who,
            target=each,
            params=values,
            operation=operation.id,
            plan_hash=operation.plan_hash,
        )
