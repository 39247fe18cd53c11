"""A refused act leaves a row, though its own transaction is rolled back."""

from __future__ import annotations

from apps.audit import record as audit
from apps.tenancy.access import Actor, Denied
from apps.tenancy.context import tenant_tx


def record(actor: Actor, denied: Denied) -> None:
    """Write the "denied" row in a transaction of its own: call it after the refused one has ended."""
    decision = denied.decision
    with tenant_tx(actor.tenant_id):
        audit.write(
            tenant_id=actor.tenant_id,
            act=decision.permission,
            result="denied",
            actor=actor.who,
            target=decision.target,
            reason=decision.reason,
        )
