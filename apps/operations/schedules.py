"""Schedules: who may see, make, change, pause and delete them. All of it is on the record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit import record
from apps.catalog import registry
from apps.live.bus import publish
from apps.operations import authority, replays, timetable, turns
from apps.operations.models import UNDER_WAY, Run, RunState, Schedule
from apps.operations.prepare import Missing
from apps.tenancy import access
from apps.tenancy.access import Actor

NOUN = "operations.schedule"
READ = f"{NOUN}.read"
TROUBLED = (RunState.FAILED, RunState.REFUSED, RunState.MISSED, RunState.EMPTY)


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a person says of a schedule. See the model's fields."""

    name: str
    act: str
    values: Mapping[str, Any]
    tags: Sequence[Mapping[str, str]]
    accounts: Sequence[str]
    regions: Sequence[str]
    timetable: Mapping[str, Any]
    cron: str
    zone: str
    keep_count: int | None
    keep_days: int | None
    grace: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A schedule with its newest run."""

    schedule: Schedule
    last: Run | None

    @property
    def troubled(self) -> bool:
        """Whether somebody has to look: its last run was missed, refused, failed or found nothing."""
        return self.last is not None and self.last.state in TROUBLED and self.schedule.paused_at is None


def visible(actor: Actor) -> QuerySet[Schedule]:
    """One's own, and those in accounts for which a role says so. Inside tenant_tx."""
    rows = Schedule.objects.filter(tenant_id=actor.tenant_id)
    reach = [part for part in access.reach(actor, READ) if not part.tag and not part.region]
    if any(part.account is None for part in reach):
        return rows
    # One over several accounts names what is in each: it is for who may see all of them.
    whole = [str(part.account) for part in reach]
    return rows.filter(authority.own(actor) | (Q(accounts__contained_by=whole) & ~Q(accounts=[])))


def get(actor: Actor, schedule_id: UUID | str, *, lock: bool = False) -> Schedule:
    """Raises Missing when there is none, or it may not be seen."""
    try:
        wanted = UUID(str(schedule_id))
    except ValueError:
        raise Missing([str(schedule_id)]) from None
    rows = visible(actor).filter(id=wanted)
    found = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise Missing([str(schedule_id)])
    return found


def of_run(actor: Actor, run_id: UUID | None) -> Schedule | None:
    """The schedule that a run belongs to, where the actor may see it."""
    return visible(actor).filter(runs__id=run_id).first() if run_id else None


def standing(actor: Actor) -> list[Standing]:
    """All that the actor may see, by name. Two queries."""
    found = list(visible(actor).order_by("name", "id"))
    runs = Run.objects.filter(tenant_id=actor.tenant_id, schedule_id__in=[one.id for one in found])
    newest = {run.schedule_id: run for run in runs.order_by("schedule_id", "-due_at").distinct("schedule_id")}
    return [Standing(one, newest.get(one.id)) for one in found]


def troubled(actor: Actor) -> list[Standing]:
    """Those that somebody has to look at."""
    return [one for one in standing(actor) if one.troubled]


def runs_of(schedule: Schedule, limit: int = 50) -> list[Run]:
    """The newest first."""
    rows = Run.objects.filter(tenant_id=schedule.tenant_id, schedule=schedule).prefetch_related("operations")
    return list(rows.order_by("-due_at")[:limit])


def may(actor: Actor, verb: str, accounts: Sequence[str]) -> access.Decision:
    """Whether the actor may do that to a schedule over these accounts; the first refusal, where there is one."""
    wanted: Sequence[str | None] = accounts or [None]
    decisions = [access.explain(actor, f"{NOUN}.{verb}", account=account) for account in wanted]
    return next((one for one in decisions if not one.allowed), decisions[0])


def _require(actor: Actor, verb: str, accounts: Sequence[str]) -> None:
    if not (decision := may(actor, verb, accounts)).allowed:
        raise access.Denied(decision)


def _require_act(actor: Actor, act: str) -> None:
    permission = registry.routine(act).action.permission
    if not access.anywhere(actor, permission):
        access.require(actor, permission)


def create(actor: Actor, draft: Draft, now: datetime | None = None) -> Schedule:
    """Raises Denied, IntegrityError when the name is taken. Inside tenant_tx."""
    _require(actor, "create", draft.accounts)
    _require_act(actor, draft.act)
    made = Schedule(tenant_id=actor.tenant_id)
    _fill(made, actor, draft, now or turns.clock())
    made.save()
    _told(actor, made, "create", after=asdict(draft))
    return made


def change(actor: Actor, schedule_id: UUID | str, draft: Draft, now: datetime | None = None) -> Schedule:
    """From now on it runs in the name of who changed it. Raises Missing, Denied, IntegrityError. Inside tenant_tx."""
    found = get(actor, schedule_id, lock=True)
    for accounts in (found.accounts, draft.accounts):
        _require(actor, "change", accounts)
    _require_act(actor, draft.act)
    before = asdict(draft_of(found)) | {"person": found.who_name}
    _fill(found, actor, draft, now or turns.clock())
    found.save()
    _told(actor, found, "change", before=before, after=asdict(draft) | {"person": found.who_name})
    return found


def _fill(schedule: Schedule, actor: Actor, draft: Draft, now: datetime) -> None:
    for name, value in asdict(draft).items():
        setattr(schedule, name, value)
    schedule.who_kind, schedule.who_id, schedule.who_name = actor.who.kind, actor.who.id, actor.who.name
    schedule.membership_id = actor.membership_id
    schedule.changed_at, schedule.lease_until = now, None
    if schedule.paused_at is None:
        schedule.next_at = timetable.following(schedule.cron, schedule.zone, now)


def draft_of(schedule: Schedule) -> Draft:
    return Draft(**{name: getattr(schedule, name) for name in Draft.__dataclass_fields__})


def pause(actor: Actor, schedule_id: UUID | str) -> Schedule:
    """Nothing is due while it is paused, and nothing counts as missed. Raises Missing, Denied. Inside tenant_tx."""
    found = get(actor, schedule_id, lock=True)
    _require(actor, "pause", found.accounts)
    if found.paused_at is None:
        found.paused_at, found.next_at, found.lease_until = turns.clock(), None, None
        found.save()
        _told(actor, found, "pause")
    return found


def resume(actor: Actor, schedule_id: UUID | str, now: datetime | None = None) -> Schedule:
    """Due again from the next moment on. Raises Missing, Denied. Inside tenant_tx."""
    found = get(actor, schedule_id, lock=True)
    _require(actor, "pause", found.accounts)
    if found.paused_at is not None:
        found.paused_at = None
        found.next_at = timetable.following(found.cron, found.zone, now or turns.clock())
        found.save()
        _told(actor, found, "resume")
    return found


def delete(actor: Actor, schedule_id: UUID | str) -> None:
    """Forgets it and its runs; what it made stays. Raises Missing, Denied. Inside tenant_tx."""
    found = get(actor, schedule_id, lock=True)
    _require(actor, "delete", found.accounts)
    _told(actor, found, "delete", before=asdict(draft_of(found)))
    found.delete()


def run_now(
    actor: Actor,
    schedule_id: UUID | str,
    now: datetime | None = None,
    *,
    told: Sequence[str] = (),
    key: str = "",
    body_hash: str = "",
) -> Run:
    """A run off the timetable, in the actor's own name, of what the panel knows. `told` says what could not be read
    anew (see turns.read). With an idempotency key the first request makes it and every later one answers the same.
    Raises Missing, Denied, KeyReused. Inside tenant_tx."""
    found = get(actor, schedule_id, lock=True)
    _require(actor, "run", found.accounts)
    if key and (before := replays.run(actor, key, body_hash)):
        return before
    _told(actor, found, "run")
    run = turns.begin(found, actor, now or turns.clock(), list(told), by=actor.name)
    run.membership_id, run.idempotency_key, run.body_hash = actor.membership_id, key, body_hash
    run.save(update_fields=["membership_id", "idempotency_key", "body_hash"])
    return run


def under_way(schedule: Schedule) -> bool:
    return Run.objects.filter(tenant_id=schedule.tenant_id, schedule=schedule, state__in=UNDER_WAY).exists()


def _told(actor: Actor, schedule: Schedule, verb: str, **more: Any) -> None:
    record.write(
        tenant_id=actor.tenant_id,
        act=f"{NOUN}.{verb}",
        result="ok",
        actor=actor.who,
        target=turns.target(schedule),
        **more,
    )
    publish(actor.tenant_id, "schedules", f"schedule-{schedule.id}")
