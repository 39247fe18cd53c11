"""Who may work on an operation: one worker at a time, held by a lease, fenced by an epoch. Time is the database's."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import connection

from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)

LEASE: float = settings.NORTHGATE_LEASE_SECONDS  # a call may take longer, so a heartbeat keeps it
BEAT = LEASE / 4


class LostClaim(Exception):
    """Another worker has the operation by now: nothing may be written any more."""


@dataclass(frozen=True, slots=True)
class Claim:
    tenant_id: UUID
    operation_id: UUID
    epoch: int


def claim(tenant_id: UUID, operation_id: UUID) -> Claim | None:
    """Takes an operation that is due and that nobody holds; None when there is none such."""
    with tenant_tx(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE operations_operation
               SET epoch = epoch + 1, lease_until = clock_timestamp() + make_interval(secs => %s), state = 'running',
                   started_at = coalesce(started_at, clock_timestamp())
               WHERE tenant_id = %s AND id = %s AND state IN ('queued', 'running') AND due_at <= clock_timestamp()
                 AND (lease_until IS NULL OR lease_until < clock_timestamp())
               RETURNING epoch""",
            [LEASE, tenant_id, operation_id],
        )
        row = cursor.fetchone()
    return Claim(tenant_id, operation_id, row[0]) if row else None


def assert_held(held: Claim) -> None:
    """Renews the lease in the current transaction, which locks the row until it ends. Raises LostClaim."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE operations_operation SET lease_until = clock_timestamp() + make_interval(secs => %s)
               WHERE tenant_id = %s AND id = %s AND epoch = %s AND state = 'running' RETURNING 1""",
            [LEASE, held.tenant_id, held.operation_id, held.epoch],
        )
        if cursor.fetchone() is None:
            raise LostClaim(held.operation_id)


def release(held: Claim, delay: float) -> None:
    """Gives the operation back, due again in `delay` seconds. In the current transaction. Raises LostClaim."""
    assert_held(held)
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE operations_operation
               SET lease_until = NULL, due_at = clock_timestamp() + make_interval(secs => %s)
               WHERE tenant_id = %s AND id = %s AND epoch = %s""",
            [delay, held.tenant_id, held.operation_id, held.epoch],
        )


@contextmanager
def heartbeat(held: Claim) -> Iterator[None]:
    """Keeps the lease while an AWS call is under way. A worker that dies stops beating, and its lease runs out."""
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(BEAT):
                with tenant_tx(held.tenant_id):
                    assert_held(held)
        except Exception as error:  # the next write finds out for itself
            log.warning("the lease of %s is not renewed: %s", held.operation_id, error)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def due(tenant_id: UUID, limit: int = 200) -> list[UUID]:
    """Operations of a tenant that are overdue and that nobody holds. Inside tenant_tx."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM operations_operation
               WHERE tenant_id = %s AND state IN ('queued', 'running') AND due_at <= clock_timestamp()
                 AND (lease_until IS NULL OR lease_until < clock_timestamp())
               ORDER BY due_at LIMIT %s""",
            [tenant_id, limit],
        )
        return [row[0] for row in cursor.fetchall()]
