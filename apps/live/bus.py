"""Names of what changed, from whoever changed it to the pages that show it. Never content.

Losing a message is harmless (a page also refetches when it reconnects), so Redis being away is logged, not raised.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from functools import cache
from uuid import UUID

import redis
import redis.asyncio
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

KEEP_ALIVE = 15.0  # seconds between two signs of life on a quiet stream
PATIENCE = 1.0  # seconds that a publisher waits for Redis


def publish(tenant_id: UUID, *names: str) -> None:
    """Tell the tenant's pages, after commit, that these names changed: "operations", "inventory-ec2-instance".

    Outside a transaction it is sent at once. Never raises because of Redis.
    """
    if names:
        transaction.on_commit(lambda: _send(tenant_id, names), robust=True)


async def subscribe(tenant_id: UUID, *, keep_alive: float = KEEP_ALIVE) -> AsyncGenerator[str | None, None]:
    """Yield None once the subscription stands, then each name as it is published, and None after silence.

    `keep_alive` is how many seconds of silence; what is published after the first None is certain to arrive.

    Ends (without raising) when Redis is lost: the browser then reconnects, which is also when it refetches.
    Cancelling the consumer or closing the generator closes the Redis connection.
    """
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=PATIENCE)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    try:
        await pubsub.subscribe(channel(tenant_id))
        while True:
            message = await pubsub.get_message(timeout=keep_alive)
            if message is None:
                yield None
                continue
            for name in json.loads(message["data"]):
                yield name
    except (redis.RedisError, OSError) as problem:
        log.warning("live stream ended: %s", problem)
    finally:
        await pubsub.aclose()  # type: ignore[no-untyped-call]
        await client.aclose()


def channel(tenant_id: UUID) -> str:
    """The Redis channel of a tenant."""
    return f"northgate:live:{UUID(str(tenant_id)).hex}"


def _send(tenant_id: UUID, names: tuple[str, ...]) -> None:
    try:
        _client(settings.REDIS_URL).publish(channel(tenant_id), json.dumps(names))
    except (redis.RedisError, OSError) as problem:
        log.warning("live update lost: %s", problem)


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
    )
