"""What of an operation's plan is shown to whom. Parameters may hold what only few may read: user data, a password.
Where seeing that takes a permission, each time that somebody else is shown it is on the record."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps.audit.record import Target
from apps.audit.redaction import redact
from apps.catalog import plans
from apps.catalog.plans import Plan
from apps.inventory import readings
from apps.operations import approvals, authority
from apps.operations.models import Operation
from apps.tenancy.access import Actor, Denied


def plan(actor: Actor, operation: Operation) -> Plan:
    """The plan, whole for those who asked for it, may decide on it, or might ask for it themselves and see the like
    elsewhere. To others what the record hides is hidden here too. Inside tenant_tx."""
    found, sights = plans.from_json(operation.plan), authority.sights(operation.act)
    if authority.is_own(actor, operation):
        return found
    words = _("(hidden) takes %(permission)s") % {"permission": ", ".join(sights)} if sights else _("(hidden)")
    hidden = tuple(step | {"params": _hidden(redact(step["params"]), words)} for step in found.steps)
    if approvals.why_not(actor, operation) and not _may(actor, operation, sights):
        return replace(found, steps=hidden)
    if any(_redacted(redact(step["params"])) for step in found.steps):
        for act in sights:
            readings.note(actor, act, _target(operation), again=True)
    return found


def _target(operation: Operation) -> Target:
    account, region = (next(iter(each or ()), "") for each in (operation.accounts, operation.regions))
    return Target("operations.operation", str(operation.id), operation.title, account=str(account), region=region)


def _may(actor: Actor, operation: Operation, sights: tuple[str, ...]) -> bool:
    try:
        authority.require(actor, operation, *sights)
    except Denied:
        return False
    return True


def _hidden(value: Any, words: str) -> Any:
    if isinstance(value, Mapping):
        if "redacted" in value:
            return words
        return {key: _hidden(each, words) for key, each in value.items()}
    return [_hidden(each, words) for each in value] if isinstance(value, list) else value


def _redacted(value: Any) -> bool:
    """Whether something was hidden of it."""
    if isinstance(value, Mapping):
        return "redacted" in value or any(map(_redacted, value.values()))
    return isinstance(value, list) and any(map(_redacted, value))
