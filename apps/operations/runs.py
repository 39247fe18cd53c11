"""What becomes of a run: its operations end, what they made becomes complete, what is old is deleted."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.catalog.items import Item
from apps.catalog.registry import UnknownKind
from apps.catalog.resources import Kept, Routine
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.inventory import query, sync
from apps.operations import keeping, turns
from apps.operations.keeping import Place
from apps.operations.models import ENDED, UNDER_WAY, Operation, Run, RunState, State
from apps.operations.prepare import Missing, Prepared, prepare_targets
from apps.operations.submit import submit
from apps.operations.turns import AT_ONCE, Unable
from apps.tenancy.access import Actor, Denied
from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)

PATIENCE = timedelta(hours=24)  # until what was made has to be complete
HELD = timedelta(minutes=2)  # in which nobody else looks at a run
SOON, LATER = timedelta(seconds=5), timedelta(minutes=1)


class NotDeleted(Exception):
    """What is old can't be asked to go; the message says why."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was made, by kind and place: `ready` when all of it is complete, `bad` names what never will be."""

    ready: bool
    bad: tuple[str, ...] = ()


def pending(tenant_id: UUID, now: datetime | None = None) -> list[UUID]:
    """The runs whose next step may have come. Inside tenant_tx."""
    rows = Run.objects.filter(tenant_id=tenant_id, state__in=UNDER_WAY, look_at__lte=now or turns.clock())
    return list(rows.values_list("id", flat=True))


def step(tenant_id: UUID, run_id: UUID, now: datetime | None = None) -> Run | None:
    """Looks once how a run stands, and goes on where it can. None when it isn't due or somebody else looks."""
    with tenant_tx(tenant_id):
        now = now or turns.clock()
        mine = Run.objects.filter(tenant_id=tenant_id, id=run_id)
        if not mine.filter(state__in=UNDER_WAY, look_at__lte=now).update(look_at=now + HELD):
            return None
        run = mine.select_related("schedule").get()
        if run.state == RunState.MAKING:
            _making(run, now)
        elif run.state == RunState.KEEPING:
            _keeping(run, now)
    if run.state == RunState.WAITING:
        _waiting(run, now)
    return run


def _making(run: Run, now: datetime) -> None:
    found = list(_operations(run).filter(act=run.schedule.act))
    if any(one.state not in ENDED for one in found):
        _again(run, now, LATER if any(one.state == State.AWAITING for one in found) else SOON)
    elif failed := [one for one in found if one.state != State.SUCCEEDED]:
        words = _("%(count)d of %(all)d operations did not succeed. Nothing old was deleted.")
        _end(run, RunState.FAILED, words % {"count": len(failed), "all": len(found)})
    else:
        run.state = RunState.WAITING
        run.save(update_fields=["state"])


def _waiting(run: Run, now: datetime) -> None:
    """Reads what was made, and the old, from AWS; then either waits on or says what is to be deleted."""
    try:
        routine = registry.routine(run.schedule.act)
    except UnknownKind:
        with tenant_tx(run.tenant_id):
            _end(run, RunState.FAILED, _("The panel does not know any more what to do."))
        return
    with tenant_tx(run.tenant_id):
        made, old = keeping.made(run, routine), _old(run, routine)
        ids = {account for _kind, (account, _region) in (*made, *old)}
        accounts = {str(one.id): one for one in Account.objects.filter(tenant_id=run.tenant_id, id__in=ids)}
    _refresh(accounts, {place: [*made.get(place, ()), *old.get(place, ())] for place in {**made, **old}})
    with tenant_tx(run.tenant_id):
        mine = Run.objects.select_for_update(of=("self",)).select_related("schedule")
        held = mine.filter(tenant_id=run.tenant_id, id=run.id, state=RunState.WAITING, look_at=run.look_at).first()
        if held is None:  # reading took so long that somebody else looked, or the schedule is deleted
            return
        run = held
        look = _look(run.tenant_id, made)
        if look.bad:
            words = _("%(names)s did not become complete. Nothing old was deleted.")
            _end(run, RunState.FAILED, words % {"names": ", ".join(look.bad)})
        elif look.ready:
            _prune(run, routine, now)
        elif now - run.begun_at > PATIENCE:
            _end(run, RunState.FAILED, _("What was made was not complete after 24 hours. Nothing old was deleted."))
        else:
            _again(run, now, min(max((now - run.begun_at) / 10, SOON), timedelta(minutes=5)))


def _old(run: Run, routine: Routine) -> dict[tuple[str, Place], list[str]]:
    """What the schedule has, by kind and place, as far as its person may see it."""
    try:
        asker = turns.person(run.schedule)
    except Unable:
        return {}
    found: dict[tuple[str, Place], list[str]] = {}
    for kind, items in keeping.candidates(asker, run.schedule, routine).items():
        for item, _moment in items:
            found.setdefault((kind, (item.account, item.region)), []).append(item.id)
    return found


def _refresh(accounts: dict[str, Account], wanted: dict[tuple[str, Place], list[str]]) -> None:
    """A place that can't be read stays as it was known."""
    for (kind, (account, region)), ids in wanted.items():
        try:
            if account in accounts:
                sync.refresh(accounts[account], region, kind, ids)
        except CallFailed as failed:
            log.info("what a schedule made can't be read: %s", failed)


def _look(tenant_id: UUID, made: dict[tuple[str, Place], list[str]]) -> _Look:
    ready, bad = True, []
    for (kind, (account, region)), ids in made.items():
        state = registry.resource(kind).state
        there = {item.id: item for item in query.get_many(tenant_id, kind, ids, account, region)}
        for id in ids:
            tone = state.tone(there[id].state) if state and id in there else "bad"
            if tone == "bad":
                bad.append(id)
            ready = ready and tone == "ok"
    return _Look(ready, tuple(bad))


def _prune(run: Run, routine: Routine, now: datetime) -> None:
    """Asks for the deletion of what no rule keeps, in the name of the schedule's person."""
    try:
        asker = turns.person(run.schedule)
        for kept, items in keeping.doomed(asker, run.schedule, routine, now):
            for place, several in _by_place(items):
                run.deleted += _delete(run, asker, kept, place, several)
    except (Unable, NotDeleted) as failed:
        words = _("All was made, but what is old is not deleted: %(why)s") % {"why": failed}
        _end(run, RunState.FAILED, words)
        return
    if not run.deleted:
        _end(run, RunState.SUCCEEDED, "")
        return
    run.state, run.look_at = RunState.KEEPING, now
    run.save(update_fields=["state", "look_at", "deleted", "left_out"])


def _by_place(items: Iterable[Item]) -> list[tuple[Place, list[str]]]:
    places: dict[Place, list[str]] = {}
    for item in items:
        places.setdefault((item.account, item.region), []).append(item.id)
    return [(place, ids[n : n + AT_ONCE]) for place, ids in places.items() for n in range(0, len(ids), AT_ONCE)]


def _delete(run: Run, asker: Actor, kept: Kept, place: Place, ids: list[str]) -> int:
    """Asks for their deletion, and answers of how many. What the action refuses one by one (it is used elsewhere) is
    left out, and why is said."""
    action = registry.action(kept.act)

    def prepare(some: list[str]) -> Prepared:
        return prepare_targets(asker, action, some, dict(kept.values), account=place[0], region=place[1])

    try:
        prepared = prepare(ids)
        if prepared.plan is None:
            alone = {id: prepare([id]) for id in ids}
            ids = [id for id, one in alone.items() if one.plan]
            run.left_out += [
                text for one in alone.values() for texts in json_errors(one.form).values() for text in texts
            ]
            if not ids:
                return 0
            prepared = prepare(ids)
        if prepared.plan is None:
            raise NotDeleted("; ".join(text for texts in json_errors(prepared.form).values() for text in texts))
        operation = submit(asker, prepared)
    except Denied as denied:
        raise NotDeleted(denied.decision.reason) from denied
    except Missing as missing:
        raise NotDeleted(", ".join(missing.ids)) from missing
    Operation.objects.filter(tenant_id=run.tenant_id, id=operation.id).update(run=run)
    return len(ids)


def _keeping(run: Run, now: datetime) -> None:
    found = list(_operations(run).exclude(act=run.schedule.act))
    if any(one.state not in ENDED for one in found):
        _again(run, now, LATER if any(one.state == State.AWAITING for one in found) else SOON)
    elif failed := [one for one in found if one.state != State.SUCCEEDED]:
        words = _("All was made, but %(count)d of %(all)d deletions of what is old did not succeed.")
        _end(run, RunState.FAILED, words % {"count": len(failed), "all": len(found)})
    else:
        _end(run, RunState.SUCCEEDED, "")


def _operations(run: Run):  # type: ignore[no-untyped-def]
    return Operation.objects.filter(tenant_id=run.tenant_id, run=run).defer("plan")


def _again(run: Run, now: datetime, pause: timedelta) -> None:
    run.look_at = now + pause
    run.save(update_fields=["look_at"])


def _end(run: Run, state: RunState, reason: str) -> None:
    run.state, run.reason, run.ended_at, run.look_at = state, reason, turns.clock(), None
    run.save()
    turns.record_run(run.schedule, run, "ok" if state == RunState.SUCCEEDED else "failed")
