"""Telling the queue that there may be work. A lost hint costs a moment: the dispatcher looks for overdue rows."""

import logging
from uuid import UUID

from celery import current_app
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def run(tenant_id: UUID, operation_id: UUID, delay: float = 0, *, lane: int = 0, expires: float | None = None) -> None:
    """Sends the hint, in `delay` seconds, into a lane (see fair). Never raises because of the queue."""
    try:
        current_app.send_task(
            "operations.run",
            args=[str(tenant_id), str(operation_id)],
            countdown=delay or None,
            priority=lane,
            expires=expires,
        )
    except (KombuError, RedisError, OSError) as error:
        log.warning("no hint for operation %s: %s", operation_id, error)


def send(task: str, tenant_id: UUID, id: UUID, *, expires: float) -> None:
    """Sends another task's hint. Never raises because of the queue."""
    try:
        current_app.send_task(task, args=[str(tenant_id), str(id)], expires=expires)
    except (KombuError, RedisError, OSError) as error:
        log.warning("no hint %s for %s: %s", task, id, error)
