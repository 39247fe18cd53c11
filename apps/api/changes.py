"""Asking for a change, or for what it would be: the same way for wizards and actions, for one target and for many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from apps.api.answers import answer
from apps.api.bodies import body_hash, flag, idempotency_key
from apps.api.operations import accepted, operation_json
from apps.api.previews import decide, preview_json
from apps.api.problems import Problem
from apps.catalog.forms import json_errors
from apps.catalog.plans import Plan
from apps.catalog.resources import Action
from apps.operations import preview, replays
from apps.operations.prepare import Prepared
from apps.operations.submit import submit
from apps.tenancy.access import Actor, Denied, anywhere, require
from apps.tenancy.context import tenant_tx


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a change: `body` is all of it, for the idempotency key; `prepare(mint)` makes the plan, `read` asks
    AWS before it for what has to be known, outside any transaction."""

    action: Action
    body: dict[str, Any]
    prepare: Callable[[bool], Prepared]
    read: Callable[[], None] | None = None


def change(request: HttpRequest, actor: Actor, asked: Asked) -> HttpResponse:
    """202 with the operation, or with `plan=1` 200 with the preview. Opens its own transactions."""
    if flag(request, "plan"):
        return _planned(actor, asked, probe=flag(request, "probe"))
    return _submitted(request, actor, asked)


def _planned(actor: Actor, asked: Asked, *, probe: bool) -> HttpResponse:
    if asked.read:
        asked.read()
    with tenant_tx(actor.tenant_id):
        prepared, plan = _valid(asked.prepare(False))
        outline = preview.outline(actor, prepared)
        decision = decide(actor, prepared)
    checks = outline.checks
    if probe:
        # AWS is asked with the tenant's credentials: only for who may do the real thing.
        if not decision.allowed:
            raise Denied(decision)
        checks += preview.probes(actor, plan)
    return answer(preview_json(plan, outline, checks, decision))


def _submitted(request: HttpRequest, actor: Actor, asked: Asked) -> HttpResponse:
    key, digest = idempotency_key(request), body_hash(request, asked.body)
    if not anywhere(actor, asked.action.permission):
        # Said before the values are looked at: nothing about them would help.
        require(actor, asked.action.permission)
    if asked.read:
        with tenant_tx(actor.tenant_id):
            if key and (before := replays.operation(actor, key, digest)):
                return accepted(operation_json(request, before))
        asked.read()
    with tenant_tx(actor.tenant_id):
        if key and (before := replays.operation(actor, key, digest)):
            # Not prepared again: what was valid then may not be now, and a new secret would be nobody's.
            return accepted(operation_json(request, before))
        prepared, _plan = _valid(asked.prepare(True))
        operation = submit(actor, prepared, key=key, body_hash=digest)
        out = operation_json(request, operation)
        if prepared.reveal:
            out["secrets"] = dict(prepared.reveal)
    return accepted(out)


def _valid(prepared: Prepared) -> tuple[Prepared, Plan]:
    if prepared.plan is None:
        raise Problem("invalid", errors=json_errors(prepared.form))
    return prepared, prepared.plan
