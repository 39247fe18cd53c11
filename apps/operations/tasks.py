"""The queue's door to operations: each task fetches nothing and decides nothing."""

from uuid import UUID

from celery import shared_task

from apps.operations import claims, hints
from apps.operations import run as running
from apps.tenancy.context import tenant_ids, tenant_tx


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
        for operation_id in found:
            hints.run(tenant_id, operation_id)
