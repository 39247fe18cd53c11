"""The queue's door to operations: each task fetches nothing and decides nothing."""

from uuid import UUID

from celery import shared_task

from apps.operations import claims, fair, hints
from apps.operations import run as running
from apps.tenancy.context import tenant_ids, tenant_tx

EVERY = 5.0  # seconds between two looks of the dispatcher, as settings say: by then it sends the hint anew


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
