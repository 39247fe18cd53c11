"""Operations: `/api/v1/operations/`."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api.addresses import url, with_query
from apps.api.answers import answer
from apps.api.bodies import number, read_object, text_member
from apps.api.endpoint import endpoint
from apps.api.problems import Problem, bad_cursor
from apps.operations import approvals, control, query
from apps.operations.models import Operation, OperationStep, State
from apps.tenancy.access import Actor


def operation_json(request: HttpRequest, found: Operation) -> dict[str, Any]:
    """An operation with its steps."""
    planned = {step["key"]: step for step in found.plan["steps"]}
    counts = query.step_counts([found])
    return {
        **_summary(request, found),
        "targets": found.plan["targets"],
        "progress": counts[found.id],
        "steps": [_step(step, planned[step.key]) for step in query.steps(found)],
    }


def _summary(request: HttpRequest, found: Operation) -> dict[str, Any]:
    """What a list shows of it: all but the plan."""
    return {
        "id": found.id,
        "url": url(request, "operations", str(found.id)),
        "act": found.act,
        "title": found.title,
        "state": found.state,
        "asked_by": {"kind": found.who_kind, "id": found.who_id, "name": found.who_name},
        "accounts": found.accounts,
        "regions": found.regions,
        "result": found.result,
        "error": found.error,
        "left": found.left,
        "plan_hash": found.plan_hash,
        "decision": {
            "decision": found.decision,
            "by": found.decided_by,
            "at": found.decided_at,
            "reason": found.decision_reason,
        }
        if found.decision
        else None,
        "cancel_asked_at": found.cancel_asked_at,
        "created_at": found.created_at,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
    }


def _step(step: OperationStep, planned: dict[str, Any]) -> dict[str, Any]:
    """A step with where it is done, which only the plan tells."""
    return {
        "key": step.key,
        "title": step.title,
        "call": step.call,
        "state": step.state,
        "account": planned["account"],
        "region": planned["region"],
        "attempts": step.attempts,
        "started_at": step.started_at,
        "ended_at": step.ended_at,
        "request_ids": step.request_ids,
        "progress": {name: step.progress.get(name, 0) for name in ("done", "failed")} if step.progress else None,
        "error": step.error,
    }


def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those that the caller asked for, and those that a role lets them see; newest first."""
    limit = number(request, "limit", 50, 500)
    errors = {
        name: [_("There is no parameter %(name)s.") % {"name": name}]
        for name in request.GET
        if name not in {"limit", "cursor", "state"}
    }
    states = tuple(request.GET.getlist("state"))
    if any(state not in State.values for state in states):
        errors["state"] = [_("The value is one of %(values)s.") % {"values": ", ".join(State.values)}]
    if errors:
        raise Problem("query", errors=errors)
    cursor = request.GET.get("cursor", "")
    if cursor and not query.is_cursor(cursor):
        raise bad_cursor()
    page = query.recent(actor, limit=limit, cursor=cursor, states=states)
    counts = query.step_counts(page.operations)
    results = [{**_summary(request, one), "progress": counts[one.id]} for one in page.operations]
    return answer({"results": results, "next": with_query(request, cursor=page.next) if page.next else None})


def show(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """An operation with its steps."""
    found = query.get(actor, id)
    if found is None:
        raise Problem("not-found")
    return answer(operation_json(request, found))


def cancel(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """No further step begins; what was done of an unfinished group is taken back."""
    read_object(request)
    control.cancel(actor, id)
    return _accepted(request, actor, id)


def retry(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Goes on from the step that failed."""
    read_object(request)
    control.retry(actor, id)
    return _accepted(request, actor, id)


def approve(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Lets an operation begin that waits for approval: the body's `plan_hash` is that of the plan which was read."""
    plan_hash = text_member(read_object(request), "plan_hash")
    approvals.approve(actor, id, plan_hash)
    return _accepted(request, actor, id)


def decline(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Ends an operation that waits for approval; the body's `reason` says why."""
    reason = text_member(read_object(request), "reason")
    approvals.decline(actor, id, reason)
    return _accepted(request, actor, id)


def _accepted(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    found = query.get(actor, id)
    if found is None:
        raise Problem("not-found")
    return accepted(operation_json(request, found))


def accepted(operation: dict[str, Any]) -> HttpResponse:
    """202: it was taken on; its address is in the Location header."""
    return answer(operation, status=202, headers={"Location": operation["url"]})


collection = endpoint(get=listing)
member = endpoint(get=show)
cancelling = endpoint(post=cancel)
retrying = endpoint(post=retry)
approving = endpoint(post=approve)
declining = endpoint(post=decline)
