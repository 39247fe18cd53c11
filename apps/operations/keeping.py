"""What a schedule has made, and which of it is old: only what its own operations made, and still carries its tag.

What belongs together is what one operation made of one target. Of each target the newest that is complete stays
whatever the rules say; a thing whose tag was taken off is nobody's any more, and stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from apps.catalog import registry
from apps.catalog.filters import Filter
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Kept, Routine
from apps.catalog.routines import OPERATION, SCHEDULE, SOURCE
from apps.operations.choosing import listed
from apps.operations.models import ENDED, Operation, OperationStep, Run, Schedule
from apps.tenancy.access import Actor

Place = tuple[str, str]  # account and Region


@dataclass(frozen=True, slots=True)
class Copy:
    """What one operation made of one target."""

    source: str
    items: tuple[Item, ...]
    moment: datetime  # of the run
    good: bool  # complete
    busy: bool  # may become so


def made(run: Run, routine: Routine) -> dict[tuple[str, Place], list[str]]:
    """The ids of what a run's operations made, by kind and place. Inside tenant_tx."""
    found: dict[tuple[str, Place], list[str]] = {}
    operations = Operation.objects.filter(tenant_id=run.tenant_id, run=run)
    for operation, kept, step, ids in _answers(run.tenant_id, operations.values_list("id", flat=True), routine):
        spec = next(each for each in operation.plan["steps"] if each["key"] == step)
        found.setdefault((kept.kind, (spec["account"], spec["region"])), []).extend(ids)
    return found


def _answers(
    tenant_id: UUID, operations: Iterable[UUID], routine: Routine
) -> Iterator[tuple[Operation, Kept, str, list[str]]]:
    """(operation, kept, the step's key, ids) of each call that made something."""
    by_call = {call: (kept, path) for kept in routine.kept for call, path in kept.made.items()}
    rows = OperationStep.objects.filter(
        tenant_id=tenant_id, operation_id__in=list(operations), call__in=list(by_call), state="done"
    )
    for row in rows.select_related("operation").order_by("operation_id", "position"):
        kept, path = by_call[row.call]
        ids = getter(path)(row.output or {})
        yield row.operation, kept, row.key, [ids] if isinstance(ids, str) else list(ids or ())


def candidates(actor: Actor, schedule: Schedule, routine: Routine) -> dict[str, list[tuple[Item, datetime]]]:
    """By kind what carries the schedule's tag and was made by its operations, as far as the actor may see it; each with
    the moment of the run that made it."""
    tag = (Filter(f"tag:{SCHEDULE}", "=", str(schedule.id)),)
    found = {kept.kind: list(listed(actor, registry.resource(kept.kind), tag, (), ())) for kept in routine.kept}
    marks = {_uuid(item.tags.get(OPERATION, "")) for items in found.values() for item in items}
    own = Operation.objects.filter(
        tenant_id=schedule.tenant_id, id__in=[mark for mark in marks if mark], run__schedule=schedule
    )
    moments = {str(id): due for id, due in own.values_list("id", "run__due_at")}
    ids: dict[tuple[str, str], set[str]] = {}
    for operation, kept, _step, more in _answers(schedule.tenant_id, map(UUID, moments), routine):
        ids.setdefault((kept.kind, str(operation.id)), set()).update(more)
    return {
        kind: [
            (item, moments[mark])
            for item in items
            if item.id in ids.get((kind, mark := item.tags.get(OPERATION, "")), ())
        ]
        for kind, items in found.items()
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def doomed(actor: Actor, schedule: Schedule, routine: Routine, now: datetime) -> list[tuple[Kept, list[Item]]]:
    """What is to be deleted now, by kind. Inside tenant_tx."""
    found = candidates(actor, schedule, routine)
    going = _going(schedule)
    out = []
    for kept in routine.kept:
        action = registry.action(kept.act)
        by_source: dict[tuple[str, str, str], list[Copy]] = {}
        for copy in copies(found[kept.kind]):
            first = copy.items[0]
            by_source.setdefault((copy.source, first.account, first.region), []).append(copy)
        old = [one for several in by_source.values() for one in aged(several, schedule, now)]
        items = [item for copy in old for item in copy.items if item.id not in going and action.possible(item)]
        if items:
            out.append((kept, items))
    return out


def _going(schedule: Schedule) -> set[str]:
    """The ids that an earlier deletion of this schedule's still deals with, or waits for approval of."""
    under_way = Operation.objects.filter(tenant_id=schedule.tenant_id, run__schedule=schedule).exclude(state__in=ENDED)
    plans = under_way.exclude(act=schedule.act).values_list("plan", flat=True)
    return {target["id"] for plan in plans for target in plan["targets"]}


def copies(found: Iterable[tuple[Item, datetime]]) -> list[Copy]:
    """The items by what they were made of and by which operation."""
    together: dict[tuple[str, str], list[tuple[Item, datetime]]] = {}
    for item, moment in found:
        mark = item.tags.get(SOURCE, ""), item.tags.get(OPERATION, "")
        together.setdefault(mark, []).append((item, moment))
    return [_copy(source, several) for (source, _operation), several in together.items()]


def _copy(source: str, several: list[tuple[Item, datetime]]) -> Copy:
    items = tuple(item for item, _moment in several)
    state = registry.resource(items[0].kind).state
    tones = [state.tone(item.state) if state else "ok" for item in items]
    return Copy(source, items, several[0][1], all(tone == "ok" for tone in tones), "busy" in tones)


def aged(several: list[Copy], schedule: Schedule, now: datetime) -> list[Copy]:
    """Those of one target that no rule keeps."""
    newest = sorted(several, key=lambda copy: copy.moment, reverse=True)
    good = [copy for copy in newest if copy.good]
    if not good:
        return []
    stay = good[: max(schedule.keep_count or 0, 1)]
    if schedule.keep_days:
        since = now - timedelta(days=schedule.keep_days)
        stay += [copy for copy in good if copy.moment >= since]
    # What failed is worth nothing once there is a later one that is complete.
    return [
        copy for copy in newest if copy not in stay and not copy.busy and (copy.good or copy.moment < good[0].moment)
    ]
