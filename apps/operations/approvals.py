"""Approval: where an account wants it, a second person decides on a plan before anything of it is done.

What is approved is the plan of that hash and nothing else. Nobody decides on what they asked for themselves.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.catalog import registry
from apps.catalog.resources import Action, Risk
from apps.cloud.models import Account, Approval
from apps.live.bus import publish
from apps.operations import authority, hints, query
from apps.operations.models import Operation, OperationStep, State
from apps.operations.prepare import Missing
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.models import Membership

APPROVE = "operations.operation.approve"


class Undecidable(Exception):
    """The actor can't decide on that operation; the message says why."""


def needed(action: Action, accounts: Iterable[Account], risky: bool = False) -> bool:
    """Whether somebody else must approve this act in one of the accounts. `risky` says that its values put something
    at risk: that is approved as what destroys."""
    wanted = {account.approval for account in accounts}
    return Approval.ALL in wanted or (Approval.DESTROYS in wanted and (risky or action.risk is Risk.DESTROYS))


def needed_again(operation: Operation) -> bool:
    """Whether a retry must be approved: as the accounts and the declaration say now. Inside tenant_tx."""
    try:
        action = registry.action(operation.act)
    except registry.UnknownKind:  # no longer declared: the careful answer
        return True
    accounts = Account.objects.filter(tenant_id=operation.tenant_id, id__in=operation.accounts)
    return needed(action, accounts, bool(operation.plan.get("risks")))


def waiting(actor: Actor) -> list[Operation]:
    """Those that the actor may see and that wait for a decision, the oldest first. Inside tenant_tx."""
    return list(query.visible(actor).filter(state=State.AWAITING).order_by("created_at", "id")[:200])


def waiting_count(actor: Actor) -> int:
    """How many wait for a decision of this actor's."""
    if not access.allowed(actor, APPROVE) and not access.reach(actor, APPROVE):
        return 0
    others = query.visible(actor).filter(state=State.AWAITING)
    if actor.membership_id:
        others = others.filter(~Q(membership_id=actor.membership_id) | Q(membership_id=None))
    return others.count()


def why_not(actor: Actor, operation: Operation) -> str:
    """Why this actor can't decide on the operation; nothing when they can."""
    if operation.state != State.AWAITING:
        return _("It does not wait for approval.")
    for account in operation.accounts or [None]:
        decision = access.explain(actor, APPROVE, account=account)
        if not decision.allowed:
            return decision.reason
    if actor.membership_id is not None and operation.membership_id == actor.membership_id:
        return _("Somebody else must decide on what you asked for.")
    return ""


def approve(actor: Actor, operation_id: UUID | str, plan_hash: str) -> Operation:
    """Lets the operation begin. Inside tenant_tx.

    `plan_hash` is that of the plan which the actor saw. Raises Missing, Denied, Undecidable.
    """
    operation = _decidable(actor, operation_id)
    if plan_hash != operation.plan_hash:
        raise Undecidable(_("The plan is not the one that was shown. Look at it again. Nothing was changed."))
    if operation.membership_id and not Membership.objects.filter(tenant_id=actor.tenant_id, id=operation.membership_id):
        raise Undecidable(_("%(name)s is no longer a member. Nothing was changed.") % {"name": operation.who_name})
    if not authority.still_given(operation):
        words = _("%(name)s may no longer do this. Nothing was changed.")
        raise Undecidable(words % {"name": operation.who_name})
    _decide(actor, operation, "approved", "", state=State.QUEUED, due_at=Now())
    transaction.on_commit(lambda: hints.run(operation.tenant_id, operation.id))
    return operation


def decline(actor: Actor, operation_id: UUID | str, reason: str) -> Operation:
    """Ends the operation before anything was done. Inside tenant_tx. Raises Missing, Denied, Undecidable."""
    operation = _decidable(actor, operation_id)
    if not reason.strip():
        raise Undecidable(_("Say why, so that the person who asked knows what to change."))
    OperationStep.objects.filter(tenant_id=actor.tenant_id, operation_id=operation.id).update(state="skipped")
    _decide(actor, operation, "declined", reason.strip()[:500], state=State.DECLINED, ended_at=Now())
    return operation


def _decidable(actor: Actor, operation_id: UUID | str) -> Operation:
    operation = query.get(actor, operation_id, lock=True)
    if operation is None:
        raise Missing([str(operation_id)])
    for account in operation.accounts or [None]:
        access.require(actor, APPROVE, account=account, target=_target(operation))
    if reason := why_not(actor, operation):
        raise Undecidable(reason)
    return operation


def _decide(actor: Actor, operation: Operation, decision: str, reason: str, **changes: object) -> None:
    who = actor.who
    Operation.objects.filter(tenant_id=actor.tenant_id, id=operation.id).update(
        decision=decision, decided_by=who.name, decided_at=Now(), decision_reason=reason, **changes
    )
    record.write(
        tenant_id=actor.tenant_id,
        act="operations.operation.approve" if decision == "approved" else "operations.operation.decline",
        result="ok",
        actor=who,
        operation=operation.id,
        plan_hash=operation.plan_hash,
        target=_target(operation),
        reason=reason,
    )
    publish(actor.tenant_id, "operations", f"operation-{operation.id}")


def _target(operation: Operation) -> record.Target:
    return record.Target(kind="operations.operation", id=str(operation.id), name=operation.title)
