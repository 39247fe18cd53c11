"""How a schedule and its runs are shown: tone, words, when, on what."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog import registry
from apps.console.operation_lines import Line as OperationLine
from apps.console.scope import Place
from apps.operations import recurrence, schedules
from apps.operations.models import Run, RunState, Schedule
from apps.operations.schedules import Standing
from apps.tenancy import access
from apps.tenancy.access import Actor, Decision

TONES = {
    RunState.MAKING: ("busy", "loader-circle"),
    RunState.WAITING: ("busy", "hourglass"),
    RunState.KEEPING: ("busy", "loader-circle"),
    RunState.SUCCEEDED: ("ok", "circle-check"),
    RunState.FAILED: ("bad", "circle-x"),
    RunState.EMPTY: ("warn", "circle-dashed"),
    RunState.REFUSED: ("bad", "lock"),
    RunState.MISSED: ("warn", "triangle-alert"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as the clock of a schedule's zone shows it. Templates would turn a datetime into UTC."""

    text: str
    zone: str

    def __str__(self) -> str:
        return self.text


def moment(at: datetime, zone: str) -> Moment:
    there = at.astimezone(zoneinfo.ZoneInfo(zone))
    return Moment(dateformat.format(there, "D Y-m-d H:i"), there.tzname() or zone)


@dataclass(frozen=True)
class RunLine:
    """A run in a schedule's history."""

    run: Run
    due: Moment
    operations: Sequence[OperationLine] = ()

    @property
    def tone(self) -> str:
        return TONES[RunState(self.run.state)][0]

    @property
    def glyph(self) -> str:
        return TONES[RunState(self.run.state)][1]

    @property
    def word(self) -> str:
        return str(RunState(self.run.state).label)


@dataclass(frozen=True)
class Line:
    """A schedule in the list."""

    standing: Standing
    label: str
    when: str
    next: Moment | None
    last: RunLine | None
    accounts: tuple[Place, ...]
    kept: str

    @property
    def schedule(self) -> Schedule:
        return self.standing.schedule

    @property
    def chosen(self) -> str:
        return ", ".join(f"{row['key']}={row['value']}" for row in self.schedule.tags)


def line(standing: Standing, places: Sequence[Place]) -> Line:
    schedule = standing.schedule
    last = standing.last
    return Line(
        standing,
        label(schedule),
        recurrence.words(schedule),
        moment(schedule.next_at, schedule.zone) if schedule.next_at else None,
        RunLine(last, moment(last.due_at, schedule.zone)) if last else None,
        tuple(place for place in places if place.id in schedule.accounts),
        kept(schedule),
    )


def label(schedule: Schedule) -> str:
    """What is done; the act's name where it is declared no more."""
    try:
        return str(registry.routine(schedule.act).action.label)
    except registry.UnknownKind:
        return schedule.act


def kept(schedule: Schedule) -> str:
    said = []
    if count := schedule.keep_count:
        said.append(ngettext("the last %(count)d", "the last %(count)d", count) % {"count": count})
    if days := schedule.keep_days:
        said.append(ngettext("%(count)d day", "%(count)d days", days) % {"count": days})
    return _(" and ").join(said)


def values(schedule: Schedule) -> list[tuple[str, str]]:
    """What the act's form was filled in with, in words."""
    try:
        fields = registry.routine(schedule.act).action.form.base_fields
    except registry.UnknownKind:
        return []
    words = {True: _("Yes"), False: _("No")}
    return [
        (str(field.label or name), words.get(value, str(value)) if isinstance(value, bool) else str(value))
        for name, field in fields.items()
        if (value := schedule.values.get(name)) not in (None, "")
    ]


def may_create(actor: Actor) -> Decision:
    """Whether there is any account at all for which the person may make one."""
    permission = f"{schedules.NOUN}.create"
    decision = access.explain(actor, permission)
    return decision if decision.allowed or not access.reach(actor, permission) else Decision(True, permission, "")
