"""Schedules: `/api/v1/schedules/`."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api.addresses import url
from apps.api.answers import answer
from apps.api.bodies import body_hash, flag, idempotency_key, number, read_object
from apps.api.endpoint import calls_aws, endpoint
from apps.api.problems import Problem
from apps.catalog.forms import json_errors
from apps.operations import replays, schedule_form, schedule_preview, schedules, turns
from apps.operations.models import Run, Schedule
from apps.operations.schedules import Draft, Standing
from apps.tenancy.access import Actor, Denied
from apps.tenancy.context import tenant_tx


def schedule_json(request: HttpRequest, standing: Standing) -> dict[str, Any]:
    found = standing.schedule
    return {
        "id": found.id,
        "url": url(request, "schedules", str(found.id)),
        "name": found.name,
        "act": found.act,
        "values": found.values,
        "tags": found.tags,
        "accounts": found.accounts,
        "regions": found.regions,
        "cron": found.cron,
        "zone": found.zone,
        "grace": found.grace,
        "keep_count": found.keep_count,
        "keep_days": found.keep_days,
        "runs_as": {"kind": found.who_kind, "id": found.who_id, "name": found.who_name},
        "created_at": found.created_at,
        "changed_at": found.changed_at,
        "paused_at": found.paused_at,
        "next_at": found.next_at,
        "last_run": run_json(request, standing.last) if standing.last else None,
        "troubled": standing.troubled,
    }


def run_json(request: HttpRequest, run: Run) -> dict[str, Any]:
    operations = sorted(run.operations.all(), key=lambda one: one.created_at)
    return {
        "id": run.id,
        "due_at": run.due_at,
        "begun_at": run.begun_at,
        "ended_at": run.ended_at,
        "state": run.state,
        "reason": run.reason,
        "by": run.by,
        "targets": run.targets,
        "left_out": run.left_out,
        "deleted": run.deleted,
        "operations": [
            {"id": one.id, "url": url(request, "operations", str(one.id)), "act": one.act, "state": one.state}
            for one in operations
        ],
    }


def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All that the caller may see, by name; not paged, since there are few."""
    _no_query(request)
    return answer({"results": [schedule_json(request, one) for one in schedules.standing(actor)], "next": None})


def _no_query(request: HttpRequest, *known: str) -> None:
    if strange := [name for name in request.GET if name not in known]:
        raise Problem("query", errors={name: [_("There is no such parameter.")] for name in strange})


def show(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    return _told(request, schedules.get(actor, id))


def _told(request: HttpRequest, found: Schedule, *, status: int = 200) -> HttpResponse:
    runs = schedules.runs_of(found, 1)
    out = schedule_json(request, Standing(found, runs[0] if runs else None))
    return answer(out, status=status, headers={"Location": out["url"]} if status == 201 else None)


def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new schedule, which runs in the caller's name; with `plan=1` what it would do."""
    _no_query(request, "plan")
    draft = _draft(actor, read_object(request))
    if flag(request, "plan"):
        return answer(_preview(actor, draft, "create"))
    return _told(request, _saved(lambda: schedules.create(actor, draft)), status=201)


def change(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Changes what is given; from then on it runs in the caller's name."""
    _no_query(request, "plan")
    found = schedules.get(actor, id)
    draft = _draft(actor, read_object(request), found)
    if flag(request, "plan"):
        return answer(_preview(actor, draft, "change"))
    return _told(request, _saved(lambda: schedules.change(actor, id, draft)))


def _draft(actor: Actor, body: dict[str, Any], found: Schedule | None = None) -> Draft:
    bound = schedule_form.bind(actor, body, schedule=found)
    if bound.draft is None:
        errors = json_errors(bound.form)
        errors |= {f"values.{name}": texts for name, texts in json_errors(bound.values).items()}
        raise Problem("invalid", errors=errors)
    return bound.draft


def _saved(save: Callable[[], Schedule]) -> Schedule:
    try:
        with transaction.atomic():
            return save()
    except IntegrityError as error:
        raise Problem("invalid", errors={"name": [_("There is a schedule of this name.")]}) from error


def _preview(actor: Actor, draft: Draft, verb: str) -> dict[str, Any]:
    found = schedule_preview.preview(actor, draft, verb=verb)
    return {
        "cron": draft.cron,
        "next": list(found.next),
        "targets": [
            {"kind": one.kind, "id": one.id, "name": one.name, "account": one.account, "region": one.region}
            for one in found.chosen.items
        ],
        "more": found.chosen.more,
        "left_out": list(found.chosen.left_out),
        "copies": found.copies,
        "cost": {
            "currency": "USD",
            "total": found.total,
            "parts": [{"label": part.label, "amount": part.amount} for part in found.cost],
            "price_date": found.price_date,
        },
        "checks": [{"tone": one.tone, "text": one.text, "detail": one.detail} for one in found.checks],
    }


def remove(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Forgets it and its runs; what it made stays."""
    schedules.delete(actor, id)
    return HttpResponse(status=204)


def pause(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    read_object(request)
    return _told(request, schedules.pause(actor, id))


def resume(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    read_object(request)
    return _told(request, schedules.resume(actor, id))


@calls_aws
def run(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """A run off the timetable, in the caller's own name. The same request again under the same key answers the same."""
    key, digest = idempotency_key(request), body_hash(request, read_object(request))
    with tenant_tx(actor.tenant_id):
        found = schedules.get(actor, id)
        if not (decision := schedules.may(actor, "run", found.accounts)).allowed:
            raise Denied(decision)
        if key and (before := replays.run(actor, key, digest)):
            return answer(run_json(request, before), status=202)
    told = turns.read(found)
    with tenant_tx(actor.tenant_id):
        begun = schedules.run_now(actor, id, told=told, key=key, body_hash=digest)
        return answer(run_json(request, begun), status=202)


def runs(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """The newest runs, the last one first."""
    _no_query(request, "limit")
    found = schedules.runs_of(schedules.get(actor, id), number(request, "limit", 50, 500))
    return answer({"results": [run_json(request, one) for one in found], "next": None})


collection = endpoint(get=listing, post=create)
member = endpoint(get=show, patch=change, delete=remove)
pausing = endpoint(post=pause)
resuming = endpoint(post=resume)
running = endpoint(post=run)
history = endpoint(get=runs)
