"""Waiting for AWS to bring resources to a state: one look at a time, which also refreshes the inventory."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog import plans
from apps.catalog.paths import getter
from apps.catalog.registry import UnknownKind
from apps.cloud.explain import CallFailed, Explained
from apps.inventory import sync
from apps.inventory.models import Entry
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import Later, Stuck
from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look found. `text` says it in words, for the record."""

    reached: bool
    bad: bool = False
    text: str = ""
    error: Explained | None = None


def wait(journal: Journal, row: OperationStep, spec: Mapping[str, Any], done: str, failed: str) -> None:
    """Looks whether what the step waits for has come: its state is then `done` or `failed`. Raises Later while it has
    not, Stuck when nobody can tell."""
    until = spec["until"]
    ids = plans.resolve(until["ids"], journal.outputs)
    try:
        seen = look(journal, spec, until, ids)
    except UnknownKind:
        text = _("What it waits for, %(kind)s, is not known to the panel any more.") % {"kind": until["kind"]}
        raise Stuck(row, Explained(code="UnknownKind", text=text, changed="yes")) from None
    age = journal.age(row)
    if seen.reached:
        journal.outcome(row, spec["call"], "ok", state=done, reason=seen.text)
    elif seen.bad or age > until["timeout"]:
        error = seen.error or too_long(until)
        journal.outcome(row, spec["call"], "failed", state=failed, reason=error.text, error=error.to_json())
    else:
        raise Later(pause(age))


def look(journal: Journal, spec: Mapping[str, Any], until: Mapping[str, Any], ids: Any) -> Seen:
    """Reads the resources from AWS now. A failure to read is not a failure of the step: it is looked again later.
    Raises UnknownKind when what is waited for is declared no more."""
    wanted = [ids] if isinstance(ids, str) else list(ids or ())
    if not wanted:
        return Seen(False, bad=True, error=_nothing(until))
    try:
        account = journal.account(spec)
    except CallFailed as removed:
        return Seen(False, bad=True, error=removed.explained)
    try:
        sync.refresh(account, spec["region"], until["kind"], wanted)
    except CallFailed as failed:
        log.info("waiting for %s: %s", until["kind"], failed)
        return Seen(False)
    states = _states(journal, account.id, spec["region"], until, wanted)
    return judge(until, [states.get(id) for id in wanted])


def judge(until: Mapping[str, Any], states: Sequence[str | None]) -> Seen:
    """`states` are those of the awaited resources, None for one that is not there (yet, or any more)."""
    fine = [state in until["states"] or (state is None and until["gone"]) for state in states]
    shown = ", ".join(sorted({state or _("gone") for state in states}))
    if all(fine):
        return Seen(True, text=shown)
    if any(state in until["bad"] for state in states if state):
        error = Explained(
            code="UnexpectedState",
            text=_("Waited for %(wanted)s, but it came to %(states)s.")
            % {"wanted": ", ".join(until["states"]), "states": shown},
            changed="yes",
            kind="conflict",
            next=_("The system log or the state reason of the resource tells why."),
        )
        return Seen(False, bad=True, text=shown, error=error)
    return Seen(False, text=shown)


def pause(age: float) -> float:
    """Seconds until the next look, given those since the call."""
    return 1.0 if age < 15 else 2.0 if age < 60 else 5.0 if age < 300 else 15.0


def too_long(until: Mapping[str, Any]) -> Explained:
    return Explained(
        code="TimedOut",
        text=_("It did not come to %(states)s within %(seconds)d seconds.")
        % {"states": ", ".join(until["states"]) or _("gone"), "seconds": until["timeout"]},
        changed="yes",
        kind="conflict",
        next=_("AWS may still bring it there; look at the resource, then retry."),
    )


def refresh(journal: Journal, spec: Mapping[str, Any]) -> None:
    """Reads anew what a call touched. The pages catch up by themselves when this fails."""
    for kind, ids in _touched(spec, journal.outputs):
        account = journal.accounts.get(spec["account"])
        if account is None:
            continue
        try:
            if ids is None:
                sync.sync(account, spec["region"], kind)
            else:
                sync.refresh(account, spec["region"], kind, ids)
        except (CallFailed, UnknownKind) as failed:
            log.info("refresh of %s: %s", kind, failed)


def known(journal: Journal, kind: str, ids: Sequence[str]) -> None:
    """Reads what was made as far as the panel doesn't know it yet: whoever is told of it goes on with it at once."""
    spec = list(journal.steps.values())[-1]
    account = journal.accounts.get(spec["account"])
    if account is None:
        return
    with tenant_tx(journal.held.tenant_id):
        rows = Entry.objects.filter(account_id=account.id, kind=kind, resource_id__in=ids, gone_at=None)
        missing = sorted({*ids} - {*rows.values_list("resource_id", flat=True)})
    if missing:
        try:
            sync.refresh(account, spec["region"], kind, missing)
        except (CallFailed, UnknownKind) as failed:
            log.info("reading %s: %s", kind, failed)


def touched(spec: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The resources that a step says it touches or waits for."""
    pairs = [(kind, id) for kind, ids in _touched(spec, outputs) for id in ids or ()]
    if not pairs and spec.get("until"):
        pairs = [(spec["until"]["kind"], id) for id in _ids(spec["until"]["ids"], outputs)]
    return pairs


def _touched(spec: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(kind, None if ids is None else _ids(ids, outputs)) for kind, ids in spec["touches"]]


def _ids(value: Any, outputs: Mapping[str, Any]) -> list[str]:
    try:
        found = plans.resolve(value, outputs)
    except KeyError:
        return []
    return [found] if isinstance(found, str) else [str(id) for id in found or ()]


def _states(
    journal: Journal, account: Any, region: str, until: Mapping[str, Any], ids: Sequence[str]
) -> dict[str, str]:
    """States by id. One that lacks what is waited for besides has come to none, unless to a bad one."""
    with tenant_tx(journal.held.tenant_id):
        rows = Entry.objects.filter(
            tenant_id=journal.held.tenant_id,
            account_id=account,
            region=region,
            kind=until["kind"],
            resource_id__in=ids,
            gone_at=None,
        )
        has = getter(until["has"]) if until.get("has") else None
        if has is None:
            return dict(rows.values_list("resource_id", "state"))
        found = rows.values_list("resource_id", "state", "attrs")
        return {id: state if state in until["bad"] or has(attrs) else "" for id, state, attrs in found}


def _nothing(until: Mapping[str, Any]) -> Explained:
    return Explained(
        code="NothingToWaitFor",
        text=_("The call answered no %(kind)s to wait for.") % {"kind": until["kind"]},
        changed="yes",
    )
