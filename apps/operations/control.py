"""Cancel and retry."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.live.bus import publish
from apps.operations import approvals, authority, hints, query
from apps.operations.models import Operation, OperationStep, State
from apps.operations.prepare import Missing
from apps.tenancy import access
from apps.tenancy.access import Actor


class Impossible(Exception):
    """The operation is in no state for that; the message says why."""


def cancel(actor: Actor, operation_id: UUID | str) -> Operation:
    """Asks a running operation to stop before its next step. Inside tenant_tx.

    What was done of a group that is not finished is taken back; finished groups stay. Raises Missing, Denied,
    Impossible.
    """
    operation = _locked(actor, operation_id, "cancel")
    if reason := why_not_cancel(operation):
        raise Impossible(reason)
    changes: dict[str, Any] = {"cancel_asked_at": Now()}
    if operation.state == State.AWAITING:  # no worker has it, so nobody else would end it
        changes |= {"state": State.CANCELLED, "ended_at": Now()}
        OperationStep.objects.filter(tenant_id=actor.tenant_id, operation_id=operation.id).update(state="skipped")
    Operation.objects.filter(tenant_id=actor.tenant_id, id=operation.id).update(**changes)
    _told(actor, operation, "operations.operation.cancel")
    return operation


def retry(actor: Actor, operation_id: UUID | str) -> Operation:
    """Goes on from the step that failed: what is done stays, what was taken back is done again. Inside tenant_tx.

    Raises Missing, Denied, Impossible. The permission for the act itself is asked anew.
    """
    operation = _locked(actor, operation_id, "retry")
    if reason := why_not_retry(operation):
        raise Impossible(reason)
    authority.require(actor, operation)
    steps = OperationStep.objects.filter(tenant_id=actor.tenant_id, operation_id=operation.id).exclude(state="done")
    again: dict[str, Any] = {
        "state": "planned",
        "attempts": 0,
        "error": None,
        "output": None,
        "progress": {},
        "ended_at": None,
        "started_at": None,
    }
    steps.exclude(state="unknown").update(round=F("round") + 1, **again)
    # What became of an unknown one is settled first, under its old token.
    steps.filter(state="unknown").update(state="started", attempts=0, error=None, ended_at=None)
    waits = approvals.needed_again(operation)
    fresh: dict[str, Any] = {"decision": "", "decided_by": "", "decided_at": None, "decision_reason": ""}
    Operation.objects.filter(tenant_id=actor.tenant_id, id=operation.id).update(
        state=State.AWAITING if waits else State.QUEUED,
        due_at=Now(),
        ended_at=None,
        cancel_asked_at=None,
        error=None,
        left=[],
        lease_until=None,
        **(fresh if waits else {}),
    )
    _told(actor, operation, "operations.operation.retry")
    if not waits:
        transaction.on_commit(lambda: hints.run(operation.tenant_id, operation.id))
    return operation


def why_not_cancel(operation: Operation) -> str:
    """The reason, or nothing when it can be."""
    if operation.ended:
        return _("It has ended.")
    return _("Cancelling was asked for already.") if operation.cancel_asked_at else ""


def why_not_retry(operation: Operation) -> str:
    """The reason, or nothing when it can be."""
    if not operation.ended:
        return _("It is still under way.")
    return _("It succeeded.") if operation.state == State.SUCCEEDED else ""


def _locked(actor: Actor, operation_id: UUID | str, verb: str) -> Operation:
    operation = query.get(actor, operation_id, lock=True)
    if operation is None:
        raise Missing([str(operation_id)])
    if not authority.is_own(actor, operation):
        for account in operation.accounts or [None]:
            access.require(actor, f"operations.operation.{verb}", account=account)
    return operation


def _told(actor: Actor, operation: Operation, act: str) -> None:
    record.write(
        tenant_id=actor.tenant_id,
        act=act,
        result="ok",
        actor=actor.who,
        operation=operation.id,
        plan_hash=operation.plan_hash,
        target=record.Target(kind="operations.operation", id=str(operation.id), name=operation.title),
    )
    publish(actor.tenant_id, "operations", f"operation-{operation.id}")
