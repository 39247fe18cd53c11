"""Schedules: the list, one with its runs, the form with its preview; pause, resume, run now, delete."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.catalog.registry import UnknownKind
from apps.console import flash, schedule_lines, scope, shell, submitting
from apps.console import schedule_page as page
from apps.console.context import is_fragment
from apps.console.operation_lines import lines
from apps.operations import choosing, schedule_form, schedule_preview, schedules, turns
from apps.operations.models import Operation, Run, Schedule
from apps.operations.prepare import Missing
from apps.tenancy import denials
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in


@signed_in
@require_GET
def index(request: SignedRequest) -> HttpResponse:
    """All that the person may see, those first that somebody has to look at."""
    shell.at(request, "schedules")
    scope.serve(request, "")
    found = schedules.standing(request.actor)
    found.sort(key=lambda one: not one.troubled)
    context = {
        "lines": [schedule_lines.line(one, scope.accounts(request)) for one in found],
        "fragment": is_fragment(request),
        "may_create": schedule_lines.may_create(request.actor),
    }
    return render(request, "schedules/list.html", context)


@signed_in
@require_GET
def schedule(request: SignedRequest, id: UUID) -> HttpResponse:
    """One schedule with its runs; as a fragment the part that moves."""
    shell.at(request, "schedules")
    scope.serve(request, "")
    return render(request, "schedules/page.html", _shown(request, find(request, id)))


def find(request: SignedRequest, id: UUID) -> Schedule:
    """Raises Http404, also for another organization's."""
    try:
        return schedules.get(request.actor, id)
    except Missing:
        raise Http404(_("There is no such schedule, or you may not see it.")) from None


def _shown(request: SignedRequest, found: Schedule) -> dict[str, Any]:
    runs = schedules.runs_of(found)
    every = [operation for run in runs for operation in run.operations.all()]
    by_id = {line.operation.id: line for line in lines(request, every)}
    standing = schedules.Standing(found, runs[0] if runs else None)
    paused = found.paused_at is not None
    return {
        "schedule": found,
        "line": schedule_lines.line(standing, scope.accounts(request)),
        "next": [] if paused else _next(found),
        "runs": [
            schedule_lines.RunLine(
                run, schedule_lines.moment(run.due_at, found.zone), [by_id[each.id] for each in _sorted(run)]
            )
            for run in runs
        ],
        "values": schedule_lines.values(found),
        "targets": _targets(request, found),
        "may": {
            verb: schedules.may(request.actor, verb, found.accounts) for verb in ("change", "pause", "run", "delete")
        },
        "key": submitting.new_key(),
        "fragment": is_fragment(request),
    }


def _next(found: Schedule) -> list[schedule_lines.Moment]:
    moments = schedule_preview.next_moments(found.cron, found.zone, turns.clock())
    return [schedule_lines.moment(at, found.zone) for at in moments]


def _sorted(run: Run) -> list[Operation]:
    return sorted(run.operations.all(), key=lambda one: one.created_at)


def _targets(request: SignedRequest, found: Schedule) -> choosing.Chosen | None:
    try:
        choice = choosing.choice_of(found)
    except UnknownKind:
        return None
    return choosing.chosen(request.actor, choice, found.values)


@signed_in
@require_http_methods(["GET", "POST"])
def create(request: SignedRequest) -> HttpResponse:
    return _edit(request, None)


@signed_in
@require_http_methods(["GET", "POST"])
def edit(request: SignedRequest, id: UUID) -> HttpResponse:
    return _edit(request, find(request, id))


def _edit(request: SignedRequest, found: Schedule | None) -> HttpResponse:
    shell.at(request, "schedules")
    scope.serve(request, "")
    if request.method == "GET":
        return _form(request, schedule_form.bind(request.actor, None, schedule=found), found)
    if edited := page.edited(request.POST):
        data, added = edited
        return _form(request, schedule_form.bind(request.actor, data, schedule=found), found, added_rows=added)
    bound = schedule_form.bind(request.actor, request.POST, schedule=found)
    if bound.draft is None:
        return _form(request, bound, found, show_errors=True)
    try:
        with transaction.atomic():
            if found is None:
                saved = schedules.create(request.actor, bound.draft)
            else:
                saved = schedules.change(request.actor, found.id, bound.draft)
    except IntegrityError:
        bound.form.add_error("name", _("There is a schedule of this name."))
        return _form(request, bound, found, show_errors=True)
    except Denied as denied:
        denials.record(request.actor, denied)
        bound.form.add_error("accounts", denied.decision.reason)
        return _form(request, bound, found, show_errors=True)
    flash.ok(request, _("%(name)s is saved. It runs in your name.") % {"name": saved.name})
    return redirect("schedule", id=saved.id)


def _form(
    request: SignedRequest,
    bound: schedule_form.Bound,
    found: Schedule | None,
    *,
    show_errors: bool = False,
    **more: Any,
) -> HttpResponse:
    context = _summary(request, bound, found) | {
        "schedule": found,
        "errors": page.problems(bound) if show_errors else (),
        "show_errors": show_errors,
        **more,
    }
    return render(request, "schedules/edit.html", context)


def _summary(request: SignedRequest, bound: schedule_form.Bound, found: Schedule | None) -> dict[str, Any]:
    """What the column beside the form says; of a form that was just opened, as it would be sent."""
    if not bound.form.is_bound:
        data = page.as_posted(bound)
        bound = schedule_form.bind(request.actor, data, schedule=found)
    verb = "change" if found else "create"
    shown = schedule_preview.preview(request.actor, bound.draft, verb=verb) if bound.draft else None
    return {
        "bound": bound,
        "parts": page.parts(bound),
        "preview": shown,
        "next": [schedule_lines.moment(at, bound.draft.zone) for at in shown.next] if shown and bound.draft else [],
        "missing": page.problems(bound),
        "decision": schedules.may(request.actor, verb, bound.draft.accounts if bound.draft else ()),
        "urls": {
            "self": reverse("schedule-edit", args=[found.id]) if found else reverse("schedule-create"),
            "summary": reverse("schedule-preview") + (f"?of={found.id}" if found else ""),
        },
    }


@signed_in
@require_POST
def summary(request: SignedRequest) -> HttpResponse:
    """The summary column for the form as it stands. `of` is the schedule that is being changed."""
    of = request.GET.get("of", "")
    found = _named(request, of) if of else None
    bound = schedule_form.bind(request.actor, request.POST, schedule=found)
    return render(
        request, "schedules/summary.html", _summary(request, bound, found) | {"live": True, "schedule": found}
    )


def _named(request: SignedRequest, text: str) -> Schedule:
    try:
        return find(request, UUID(text))
    except ValueError:
        raise Http404(_("There is no such schedule, or you may not see it.")) from None


# What is done to one


@require_POST
@signed_in
def pause(request: SignedRequest, id: UUID) -> HttpResponse:
    return _done(request, id, schedules.pause, _("Paused. Nothing is due, and nothing counts as missed."))


@require_POST
@signed_in
def resume(request: SignedRequest, id: UUID) -> HttpResponse:
    return _done(request, id, schedules.resume, _("Due again from the next moment on."))


def _done(request: SignedRequest, id: UUID, act: Callable[..., object], words: str) -> HttpResponse:
    act(request.actor, find(request, id).id)
    flash.ok(request, words)
    return redirect("schedule", id=id)


@require_POST
@own_transactions
@signed_in
def run(request: SignedRequest, id: UUID) -> HttpResponse:
    """Reads anew what has the tags, so outside a transaction, and begins a run in the person's own name."""
    with tenant_tx(request.actor.tenant_id):
        found = find(request, id)
        if not (decision := schedules.may(request.actor, "run", found.accounts)).allowed:
            raise Denied(decision)
    told = turns.read(found)
    key, digest = submitting.asked(request)  # a second click is no second run
    with tenant_tx(request.actor.tenant_id):
        made = schedules.run_now(request.actor, id, told=told, key=key, body_hash=digest)
    if not made.reason:  # the page says else what came of it
        flash.ok(request, _("Under way in your name, for %(count)d.") % {"count": made.targets})
    return redirect("schedule", id=id)


@signed_in
@require_POST
def delete(request: SignedRequest, id: UUID) -> HttpResponse:
    """Forgets it; its name must be typed. What it made stays."""
    found = find(request, id)
    if request.POST.get("confirm", "").strip() != found.name:
        flash.bad(request, _("Type %(name)s to confirm. Nothing was changed.") % {"name": found.name})
        return redirect("schedule", id=id)
    schedules.delete(request.actor, id)
    flash.ok(request, _("%(name)s is deleted. What it made is still there.") % {"name": found.name})
    return redirect("schedules")
