"""A schedule's turn: what is due is asked for once, what can't be any more is said to be missed.

Somebody claims the schedule by a lease, reads AWS anew, and then writes, in one transaction, the run, its operations
and the next moment. So however many look at once, and whoever dies meanwhile, a moment makes one run or none.
"""

import logging
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit import record
from apps.catalog.forms import json_errors
from apps.catalog.items import Item
from apps.catalog.registry import UnknownKind
from apps.catalog.resources import Routine
from apps.catalog.routines import TURN, Turn
from apps.catalog.text import within
from apps.live.bus import publish
from apps.operations import choosing, timetable
from apps.operations.choosing import Choice, Chosen
from apps.operations.models import Operation, Run, RunState, Schedule
from apps.operations.prepare import Missing, prepare_targets
from apps.operations.submit import submit
from apps.tenancy import access
from apps.tenancy.access import Actor, Denied, system
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
RECORDED = 50  # missed moments that get a row of their own, the newest; the oldest of these tells of the rest
AT_ONCE = 50  # targets of one operation


class Unable(Exception):
    """Nothing can be asked for in that person's name; the message says why."""


def clock() -> datetime:
    """Now, as the database says. In a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def due(tenant_id: UUID, now: datetime | None = None) -> list[UUID]:
    """The schedules that are due and that nobody looks after. Inside tenant_tx."""
    return list(_due(tenant_id, now or clock()).values_list("id", flat=True))


def _due(tenant_id: UUID, now: datetime):  # type: ignore[no-untyped-def]
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Schedule.objects.filter(free, tenant_id=tenant_id, next_at__lte=now, paused_at=None)


def take(tenant_id: UUID, schedule_id: UUID, now: datetime | None = None) -> Run | None:
    """Does what is due of a schedule. Returns at once when it isn't, or somebody else has it; else its newest run."""
    with tenant_tx(tenant_id):
        now = now or clock()
        if not _due(tenant_id, now).filter(id=schedule_id).update(lease_until=now + LEASE):
            return None
        held = Schedule.objects.get(tenant_id=tenant_id, id=schedule_id)
    told = _read(held, now)
    with tenant_tx(tenant_id):
        mine = Schedule.objects.select_for_update().filter(tenant_id=tenant_id, id=schedule_id)
        row = mine.filter(lease_until=held.lease_until, next_at=held.next_at, changed_at=held.changed_at).first()
        if row is None or row.next_at is None:  # somebody changed it meanwhile: they let go of it, too
            mine.filter(lease_until=held.lease_until).update(lease_until=None)
            return None
        return _settle(row, now, told)


def _read(schedule: Schedule, now: datetime) -> list[str]:
    """Reads anew what the run will choose from; not for moments that are missed anyway."""
    moments, _dropped = timetable.past(schedule.cron, schedule.zone, schedule.next_at or now, now, 1)
    return [] if now - moments[-1] > timedelta(minutes=schedule.grace) else read(schedule)


def read(schedule: Schedule) -> list[str]:
    """Reads anew wherever the schedule looks; answers what could not be. Calls AWS: outside any transaction."""
    try:
        choice = choosing.choice_of(schedule)
    except UnknownKind:
        return []
    with tenant_tx(schedule.tenant_id):
        accounts = choosing.accounts_of(schedule.tenant_id, choice)
    return choosing.read_anew(accounts, choice)


def _settle(schedule: Schedule, now: datetime, told: list[str]) -> Run:
    """The last moment that came makes a run if it is not too late for it; those before it were missed."""
    assert schedule.next_at
    moments, dropped = timetable.past(schedule.cron, schedule.zone, schedule.next_at, now, RECORDED)
    late = now - moments[-1] > timedelta(minutes=schedule.grace)
    missed = moments if late else moments[:-1]
    run: Run | None = None
    for moment in missed:
        reason = _("Nobody looked when it was due, and it was too late for it afterwards.")
        if dropped and moment == moments[0]:
            reason += " " + _("So it was %(count)d times before this.") % {"count": dropped}
        run = _note(schedule, moment, RunState.MISSED, reason)
    if not late:
        try:
            asker = person(schedule)
        except Unable as unable:
            run = _note(schedule, moments[-1], RunState.REFUSED, str(unable))
        else:
            run = begin(schedule, asker, moments[-1], told)
    assert run
    following = timetable.following(schedule.cron, schedule.zone, now)
    Schedule.objects.filter(tenant_id=schedule.tenant_id, id=schedule.id).update(next_at=following, lease_until=None)
    return run


def person(schedule: Schedule) -> Actor:
    """Who saved the schedule last, as they stand now. Raises Unable."""
    id = UUID(schedule.who_id)
    token = schedule.who_kind == "token"
    found = load_actor(schedule.tenant_id, None if token else id, token_id=id if token else None)
    if found is None or found.membership_id != schedule.membership_id:
        words = _("%(name)s is no longer an active member, or the token is no longer good. Somebody else must save it.")
        raise Unable(words % {"name": schedule.who_name})
    if found.needs_factor:
        words = _("%(name)s has no second factor, which the organization demands.")
        raise Unable(words % {"name": schedule.who_name})
    return found


def begin(schedule: Schedule, actor: Actor, moment: datetime, told: list[str], *, by: str = "") -> Run:
    """The run of a moment and its operations, in the actor's name. Inside tenant_tx."""
    try:
        choice = choosing.choice_of(schedule)
    except UnknownKind:
        return _note(schedule, moment, RunState.REFUSED, _("The panel does not know any more what to do."), by=by)
    permission = choice.routine.action.permission
    if not access.anywhere(actor, permission):
        reason = access.explain(actor, permission).reason
        return _note(schedule, moment, RunState.REFUSED, reason, by=by)
    found = choosing.chosen(actor, choice, schedule.values)
    run = _note(schedule, moment, RunState.MAKING, "", by=by, look_at=moment)
    asked = _ask(actor, schedule, choice.routine, run, found)
    return _concluded(run, schedule, choice, found, asked, told)


@dataclass
class _Asked:
    targets: int = 0
    refused: tuple[str, ...] = ()


def _ask(actor: Actor, schedule: Schedule, routine: Routine, run: Run, found: Chosen) -> _Asked:
    """An operation for each account and Region, and for no more targets than AT_ONCE."""
    asked = _Asked()
    given = {TURN: Turn(str(schedule.id), run.due_at.astimezone(zoneinfo.ZoneInfo(schedule.zone)))}
    for (account, region), items in _places(found.items):
        ids = [item.id for item in items]
        try:
            prepared = prepare_targets(
                actor, routine.action, ids, schedule.values, account=account, region=region, given=given
            )
            if prepared.plan is None:
                problems = [text for texts in json_errors(prepared.form).values() for text in texts]
                asked.refused += (", ".join(problems),)
                continue
            operation = submit(actor, prepared)
        except Missing as missing:
            asked.refused += (_("Not known in one place alone: %(ids)s") % {"ids": ", ".join(missing.ids)},)
            continue
        except Denied as denied:
            record.write(
                tenant_id=schedule.tenant_id,
                act=denied.decision.permission,
                result="denied",
                actor=actor.who,
                target=denied.decision.target,
                reason=denied.decision.reason,
            )
            asked.refused += (denied.decision.reason,)
            continue
        Operation.objects.filter(tenant_id=schedule.tenant_id, id=operation.id).update(run=run)
        asked.targets += len(items)
    return asked


def _places(items: tuple[Item, ...]) -> Iterator[tuple[tuple[str, str], list[Item]]]:
    def place(item: Item) -> tuple[str, str]:
        return item.account, item.region

    for at, group in groupby(sorted(items, key=place), key=place):
        here = list(group)
        yield from ((at, here[n : n + AT_ONCE]) for n in range(0, len(here), AT_ONCE))


def _concluded(run: Run, schedule: Schedule, choice: Choice, found: Chosen, asked: _Asked, told: list[str]) -> Run:
    """The run with what was asked for, or why nothing was."""
    left = [*found.left_out, *asked.refused, *told]
    if found.more:
        left.append(_("There are more than %(most)d; the rest was left out.") % {"most": choosing.MOST})
    run.targets, run.left_out = asked.targets, left
    if not asked.targets:
        kind = within(choice.resource.plural)
        wanted = ", ".join(f"{row['key']}={row['value']}" for row in schedule.tags)
        nothing = _("No %(kind)s with %(tags)s were found.") % {"kind": kind, "tags": wanted}
        refused = bool(left)
        run.state = RunState.REFUSED if refused else RunState.EMPTY
        run.reason = left[0] if refused else nothing
        run.look_at, run.ended_at = None, clock()
    run.save()
    _told(schedule, run)
    return run


def _note(schedule: Schedule, moment: datetime, state: RunState, reason: str, **more: object) -> Run:
    ended = None if state == RunState.MAKING else clock()
    run = Run.objects.create(
        tenant_id=schedule.tenant_id,
        schedule=schedule,
        due_at=moment,
        state=state,
        reason=reason,
        ended_at=ended,
        **more,
    )
    if ended:
        _told(schedule, run)
    return run


def _told(schedule: Schedule, run: Run) -> None:
    """On the record, and to the pages."""
    result = {RunState.MAKING: "intent", RunState.REFUSED: "denied", RunState.EMPTY: "ok"}.get(
        RunState(run.state), "failed"
    )
    record_run(schedule, run, result)


def record_run(schedule: Schedule, run: Run, result: str) -> None:
    """A row of the record about a run. Inside tenant_tx."""
    record.write(
        tenant_id=schedule.tenant_id,
        act="operations.schedule.turn",
        result=result,
        actor=system(schedule.tenant_id).who,
        target=target(schedule),
        params={"due": run.due_at.isoformat(), "targets": run.targets, "left_out": run.left_out, "by": run.by},
        reason=run.reason,
    )
    publish(schedule.tenant_id, "schedules", f"schedule-{schedule.id}")


def target(schedule: Schedule) -> record.Target:
    return record.Target(kind="operations.schedule", id=str(schedule.id), name=schedule.name)
