"""The queue's door to operations: each task fetches nothing and decides nothing."""

from uuid import UUID

from celery import shared_task

from apps.operations import claims, fair, hints, runs, turns
from apps.operations import run as running
from apps.tenancy.context import tenant_ids, tenant_tx

EVERY = 5.0  # seconds between two looks of the dispatcher, as settings say: by then it sends the hint anew
TURNS = 10.0  # the same of the dispatcher of schedules


@shared_task(name="operations.run")  # type: ignore[untyped-decorator]
def run(tenant_id: str, operation_id: str) -> None:
    """There may be something to do for this operation."""
    running.run(UUID(tenant_id), UUID(operation_id))


@shared_task(name="operations.dispatch")  # type: ignore[untyped-decorator]
def dispatch() -> None:
    """Sends the hint again for whatever is overdue: a lost queue, a killed worker, a restarted server."""
    for tenant_id in tenant_ids():
        with tenant_tx(tenant_id):
            found = claims.due(tenant_id)
        for place, operation_id in enumerate(found):
            hints.run(tenant_id, operation_id, lane=fair.lane(place), expires=EVERY)


@shared_task(name="operations.dispatch_schedules")  # type: ignore[untyped-decorator]
def dispatch_schedules() -> None:
    """Sends a hint for each schedule that is due, and for each run whose next step may have come."""
    for tenant_id in tenant_ids():
        with tenant_tx(tenant_id):
            schedules, pending = turns.due(tenant_id), runs.pending(tenant_id)
        for id in schedules:
            hints.send("operations.take_turn", tenant_id, id, expires=TURNS)
        for id in pending:
            hints.send("operations.step_run", tenant_id, id, expires=TURNS)


@shared_task(name="operations.take_turn")  # type: ignore[untyped-decorator]
def take_turn(tenant_id: str, schedule_id: str) -> None:
    """A schedule may be due. It reads whole Regions first, so it waits with what reads."""
    turns.take(UUID(tenant_id), UUID(schedule_id))


@shared_task(name="operations.step_run")  # type: ignore[untyped-decorator]
def step_run(tenant_id: str, run_id: str) -> None:
    """A run of a schedule may go on."""
    runs.step(UUID(tenant_id), UUID(run_id))
