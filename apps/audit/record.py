"""Write the record: a row in the same transaction as the intent or outcome that it records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.audit.models import AuditEvent, Result
from apps.audit.redaction import clean, redact


@dataclass(frozen=True, slots=True)
class Who:
    """Who acts. `kind` is user, token or system; `session` a digest of the session, never its key."""

    kind: str
    id: str
    name: str
    address: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on. `account` is the panel's account id as text, `account_name` its name at that time."""

    kind: str = ""
    id: str = ""
    name: str = ""
    account: str = ""
    account_name: str = ""
    region: str = ""
    arn: str = ""


def write(
    *,
    tenant_id: UUID,
    act: str,
    result: str,
    actor: Who,
    target: Target | None = None,
    params: Mapping[str, Any] | None = None,
    before: Any = None,
    after: Any = None,
    operation: UUID | str | None = None,
    step: str = "",
    plan_hash: str = "",
    request_ids: Iterable[str] = (),
    reason: str = "",
) -> None:
    """INSERT one row in the current transaction.

    act: `service.noun.verb`; result: intent | ok | failed | denied | unknown.
    params, before and after are redacted here, so callers may pass what they have.
    Raises ValueError for an unknown result, RuntimeError outside a transaction, and the database's
    ProgrammingError when the transaction isn't one of this tenant.
    """
    if result not in Result.values:
        raise ValueError(f"unknown audit result {result!r}")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("audit rows are written inside tenant_tx, together with what they record")
    on = target or Target()
    AuditEvent.objects.create(
        tenant_id=tenant_id,
        act=clean(act),
        result=result,
        who_kind=clean(actor.kind),
        who_id=clean(str(actor.id)),
        who_name=clean(actor.name),
        who_address=clean(actor.address),
        who_session=clean(actor.session),
        target_kind=clean(on.kind),
        target_id=clean(str(on.id)),
        target_name=clean(on.name),
        target_account=clean(str(on.account)),
        target_account_name=clean(on.account_name),
        target_region=clean(on.region),
        target_arn=clean(on.arn),
        params=redact(params or {}),
        before=redact(before),
        after=redact(after),
        operation=UUID(str(operation)) if operation else None,
        step=clean(step),
        plan_hash=clean(plan_hash),
        request_ids=[clean(one) for one in request_ids if one],
        reason=clean(reason, secrets=True),
    )
