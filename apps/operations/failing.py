"""When a worker itself fails: how often it was, and how an operation ends that no worker can bring to its end."""

from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.cloud.explain import Explained
from apps.live.bus import publish
from apps.operations import claims
from apps.operations.claims import Claim
from apps.operations.models import Operation, OperationStep, State
from apps.tenancy.context import tenant_tx

TRIES = 10  # goes that fail before a person must look
_GONE = {"57P01", "57P02", "57P03", "53300"}  # admin shutdown, crash shutdown, cannot connect now, too many connections
UNDER_WAY = ("started", "waiting", "undoing", "unsettling")


def explained() -> Explained:
    """Says nothing of the exception, which may hold anything: that is in the log."""
    return Explained(
        code="WorkerFailed",
        text=_("The panel failed while it carried this out."),
        changed="unknown",
        next=_("The panel's log has the details. Look in the account what was done, then retry."),
    )


def unreachable(error: BaseException) -> bool:
    """Whether PostgreSQL is gone, or on its way up or down: that says nothing about the operation."""
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith("08") or state in _GONE


def pause(tries: int) -> float:
    """Seconds until the next go."""
    return float(min(5 * tries, 60))


def note(held: Claim) -> int:
    """One more go that failed; how many these are since the operation was last asked for. In tenant_tx. Raises
    LostClaim."""
    claims.assert_held(held)
    row = Operation.objects.filter(tenant_id=held.tenant_id, id=held.operation_id)
    before = row.values_list("error", flat=True)[0]
    tries = 1 + int(before.get("tries", 0)) if isinstance(before, dict) else 1
    row.update(error={**explained().to_json(), "tries": tries})
    publish(held.tenant_id, f"operation-{held.operation_id}", "operations")
    return tries


def abandon(held: Claim) -> None:
    """Ends an operation whose plan can't even be read. Nothing is known but the states of its steps."""
    with tenant_tx(held.tenant_id):
        claims.assert_held(held)
        steps = OperationStep.objects.filter(tenant_id=held.tenant_id, operation_id=held.operation_id)
        steps.filter(state__in=UNDER_WAY).update(state="unknown", error=explained().to_json(), ended_at=Now())
        steps.filter(state="planned").update(state="skipped")
        left = [
            {"kind": "", "id": "", "account": "", "region": "", "text": step.title}
            for step in steps.filter(state__in=("done", "unknown")).order_by("position")
        ]
        row = Operation.objects.filter(tenant_id=held.tenant_id, id=held.operation_id)
        row.update(state=State.ATTENTION, error=explained().to_json(), left=left, ended_at=Now(), lease_until=None)
        op = row.get()
        record.write(
            tenant_id=held.tenant_id,
            act=op.act,
            result="unknown",
            actor=record.Who(op.who_kind, op.who_id, op.who_name, op.who_address, op.who_session),
            operation=op.id,
            plan_hash=op.plan_hash,
            reason=explained().text,
        )
        publish(held.tenant_id, f"operation-{held.operation_id}", "operations")
