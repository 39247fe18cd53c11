"""Operations: the list, one with its steps, the dock; cancel and retry. Pages refetch when an event names them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog import code, registry
from apps.cloud.explain import Explained
from apps.console import flash, refs, scope, shell
from apps.console.context import is_fragment
from apps.console.operation_lines import StepLine, duration, lines
from apps.operations import approvals, authority, control, disclosure, query, schedules
from apps.operations.models import Operation, OperationStep, State
from apps.operations.prepare import Missing
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest, signed_in

FILTERS = (
    ("", gettext_lazy("All"), ()),
    ("awaiting", gettext_lazy("Waiting for approval"), ("awaiting",)),
    ("under-way", gettext_lazy("Under way"), ("queued", "running")),
    ("attention", gettext_lazy("Needs attention"), ("attention",)),
    ("failed", gettext_lazy("Failed"), ("failed",)),
    ("succeeded", gettext_lazy("Succeeded"), ("succeeded",)),
    ("cancelled", gettext_lazy("Cancelled"), ("cancelled", "declined")),
)
LINGERS = timedelta(seconds=60)  # how long the dock shows one that ended


@signed_in
@require_GET
def operations(request: SignedRequest) -> HttpResponse:
    """The list, newest first: `state` and `mine` narrow it, `after` is the cursor of a further page."""
    shell.at(request, "operations")
    state, mine = request.GET.get("state", ""), request.GET.get("mine") == "1"
    states = next((states for key, _label, states in FILTERS if key == state), ())
    found = query.recent(request.actor, cursor=request.GET.get("after", ""), states=states, mine=mine)
    kept = {key: value for key, value in (("state", state), ("mine", "1" if mine else "")) if value}
    context = {
        "lines": lines(request, found.operations),
        "filters": [
            {
                "label": label,
                "current": key == state,
                "url": "?" + urlencode({k: v for k, v in {**kept, "state": key}.items() if v}),
            }
            for key, label, _states in FILTERS
        ],
        "mine": mine,
        "mine_url": "?" + urlencode({k: v for k, v in kept.items() if k != "mine"} | ({} if mine else {"mine": "1"})),
        "next": "?" + urlencode(kept | {"after": found.next}) if found.next else "",
        "url": request.get_full_path(),
        "narrowed": bool(state or mine),
        "fragment": is_fragment(request),
        "later": "after" in request.GET,
    }
    return render(request, "operations/list.html", context)


@signed_in
@require_GET
def operation(request: SignedRequest, id: UUID) -> HttpResponse:
    """One operation with its steps; as an htmx fragment the part that moves."""
    shell.at(request, "operations")
    return render(request, "operations/page.html", shown(request, find(request, id)))


def find(request: SignedRequest, id: UUID) -> Operation:
    """Raises Http404, also for another organization's."""
    found = query.get(request.actor, id)
    if found is None:
        raise Http404(_("There is no such operation, or you may not see it."))
    return found


def shown(request: SignedRequest, operation: Operation) -> dict[str, Any]:
    """The context of an operation's page."""
    places = {place.id: place for place in scope.accounts(request)}
    plan = disclosure.plan(request.actor, operation)
    specs = {step["key"]: step for step in plan.steps}
    steps = [_step(row, specs.get(row.key, {}), places) for row in query.steps(operation)]
    return {
        "operation": operation,
        "line": lines(request, [operation])[0],
        "steps": steps,
        "done": sum(1 for step in steps if step.row.state == "done"),
        "took": duration(operation.started_at or operation.created_at, operation.ended_at),
        "error": _explained(operation.error),
        "left": [_left(each, places) for each in operation.left or ()],
        "made": _made(operation),
        "targets": plan.targets,
        "risks": plan.risks,
        "schedule": schedules.of_run(request.actor, operation.run_id),
        "permission": authority.permission(operation.act),
        "snippets": code.render(plan, lambda id: places[id].name if id in places else id),
        "cancel_reason": _why_not(request, operation, "cancel", control.why_not_cancel(operation)),
        "retry_reason": _why_not(request, operation, "retry", control.why_not_retry(operation)),
        "undecidable": approvals.why_not(request.actor, operation),
        "audit_url": f"{reverse('audit')}?{urlencode({'operation': str(operation.id)})}",
        "fragment": is_fragment(request),
    }


def _step(row: OperationStep, spec: dict[str, Any], places: dict[str, scope.Place]) -> StepLine:
    return StepLine(
        row, _explained(row.error), spec.get("region", ""), places.get(spec.get("account", "")), _noun(spec)
    )


def _noun(spec: dict[str, Any]) -> str:
    over = spec.get("over")
    return (over["noun"] or _("items")) if over else ""


def _explained(data: Any) -> Explained | None:
    return Explained.from_json({"code": "", "text": ""} | data) if isinstance(data, dict) else None


def _why_not(request: SignedRequest, operation: Operation, verb: str, reason: str) -> str:
    """Why an operation can't be cancelled or retried by this person; nothing when it can."""
    if reason:
        return reason
    if authority.is_own(request.actor, operation):
        return ""
    for account in operation.accounts or [None]:
        decision = access.explain(request.actor, f"operations.operation.{verb}", account=account)
        if not decision.allowed:
            return decision.reason
    return ""


def _left(each: dict[str, Any], places: dict[str, scope.Place]) -> dict[str, Any]:
    """Something that an operation left behind, with a link to it."""
    return each | {"url": _url(each), "place": places.get(str(each.get("account", "")))}


def _made(operation: Operation) -> list[dict[str, Any]]:
    """What it made, with links."""
    result = operation.result or {}
    ids = result.get("ids") if isinstance(result, dict) else None
    if operation.state != State.SUCCEEDED or not isinstance(ids, list):
        return []
    places = [(step["account"], step["region"]) for step in operation.plan["steps"]][-1:]
    account, region = places[0] if places else ("", "")
    found = [{"kind": result.get("kind", ""), "id": str(id), "account": account, "region": region} for id in ids]
    return [each | {"url": _url(each)} for each in found]


def _url(each: dict[str, Any]) -> str:
    try:
        kind = registry.resource(str(each.get("kind", "")))
    except registry.UnknownKind:
        return ""
    text = refs.ref(str(each.get("id", "")), str(each.get("account", "")), str(each.get("region", "")))
    return reverse("detail", args=[kind.service, kind.slug, text]) if each.get("id") else ""


@signed_in
@require_GET
def dock(request: SignedRequest) -> HttpResponse:
    """The newest operation under way (or just ended) as a card, and the number of them for the bar."""
    going = query.recent(request.actor, limit=1, states=("queued", "running"), mine=True).operations
    if not going:
        last = query.recent(request.actor, limit=1, mine=True).operations
        going = [one for one in last if one.ended_at and one.ended_at > now() - LINGERS]
    line = lines(request, going)[0] if going else None
    context = {
        "line": line,
        "count": query.running_count(request.actor),
        "waiting": approvals.waiting_count(request.actor),
        "troubled": len(schedules.troubled(request.actor)),
    }
    return render(request, "operations/dock.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def cancel(request: SignedRequest, id: UUID) -> HttpResponse:
    """GET asks, and says what was already done; POST does it."""
    found = find(request, id)
    if request.method == "GET":
        context = shown(request, found)
        finished = [step for step in context["steps"] if step.row.state == "done"]
        swept = [step for step in context["steps"] if step.sweep and step.row.state != "done"]
        return render(request, "operations/cancel.html", context | {"finished": finished, "swept": swept})
    return _controlled(request, found, control.cancel, _("Cancelling. It stops before the next step."))


@signed_in
@require_POST
def retry(request: SignedRequest, id: UUID) -> HttpResponse:
    return _controlled(request, find(request, id), control.retry, _("Under way again, from the step that failed."))


@signed_in
@require_POST
def approve(request: SignedRequest, id: UUID) -> HttpResponse:
    """The plan of the hash that the page showed may be carried out."""
    found = find(request, id)
    shown_hash = request.POST.get("plan", "")
    words = _("Approved. It is under way.")
    return _controlled(request, found, lambda actor, id: approvals.approve(actor, id, shown_hash), words)


@signed_in
@require_http_methods(["GET", "POST"])
def decline(request: SignedRequest, id: UUID) -> HttpResponse:
    """GET asks for the reason; POST ends it. A missing reason is asked for again."""
    found = find(request, id)
    reason = request.POST.get("reason", "")
    if request.method == "GET" or not reason.strip():
        asked = {"operation": found, "missing": request.method == "POST", "fragment": is_fragment(request)}
        return render(request, "operations/decline.html", asked)
    words = _("Declined. Nothing of it was done.")
    return _controlled(request, found, lambda actor, id: approvals.decline(actor, id, reason), words)


def _controlled(request: SignedRequest, found: Operation, act: Any, words: str) -> HttpResponse:
    try:
        act(request.actor, found.id)
    except Missing:
        raise Http404(_("There is no such operation, or you may not see it.")) from None
    except (control.Impossible, approvals.Undecidable) as impossible:
        flash.bad(request, str(impossible))
    else:
        flash.info(request, words)
    return redirect("operation", id=found.id)
