"""What of an operation's plan is shown to whom. Parameters may hold what only few may read: user data, a password."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps.audit.redaction import redact
from apps.catalog import plans
from apps.catalog.plans import Plan
from apps.operations import approvals, authority
from apps.operations.models import Operation
from apps.tenancy.access import Actor, Denied


def plan(actor: Actor, operation: Operation) -> Plan:
    """The plan, whole for those who asked for it, may decide on it, or might ask for it themselves. To others what the
    record hides is hidden here too. Inside tenant_tx."""
    found = plans.from_json(operation.plan)
    if authority.is_own(actor, operation) or not approvals.why_not(actor, operation) or _may(actor, operation):
        return found
    return replace(found, steps=tuple(step | {"params": _hidden(redact(step["params"]))} for step in found.steps))


def _may(actor: Actor, operation: Operation) -> bool:
    try:
        authority.require(actor, operation)
    except Denied:
        return False
    return True


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        if "redacted" in value:
            return _("(hidden)")
        return {key: _hidden(each) for key, each in value.items()}
    return [_hidden(each) for each in value] if isinstance(value, list) else value
