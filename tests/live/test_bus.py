import asyncio
import logging
from uuid import uuid4

import pytest
from django.db import transaction

from apps.live import bus


async def names(tenant_id, count: int, then) -> list[str | None]:
    """The first `count` that come after `then` has run, once the subscription stands."""
    got: list[str | None] = []
    stream = bus.subscribe(tenant_id, keep_alive=0.2)
    async for name in stream:
        if name is None and then is not None:
            await asyncio.to_thread(then)
            then = None
        elif then is None:
            got.append(name)
            if len(got) == count:
                break
    await stream.aclose()
    return got


def test_names_arrive_in_order(panel_env):
    tenant = uuid4()
    got = asyncio.run(names(tenant, 3, lambda: bus.publish(tenant, "operations", "operation-1", "accounts")))
    assert got == ["operations", "operation-1", "accounts"]


def test_silence_gives_signs_of_life(panel_env):
    assert asyncio.run(names(uuid4(), 2, lambda: None)) == [None, None]


def test_another_tenants_names_do_not_arrive(panel_env):
    assert asyncio.run(names(uuid4(), 1, lambda: bus.publish(uuid4(), "operations"))) == [None]


def test_they_wait_for_the_commit_and_a_rollback_sends_none(people):
    sent = []

    def act() -> None:
        with transaction.atomic():
            bus.publish(people.tenant_id, "rolled-back")
            transaction.set_rollback(True)
        with transaction.atomic():
            bus.publish(people.tenant_id, "committed")
            sent.append("before")

    assert asyncio.run(names(people.tenant_id, 1, act)) == ["committed"]
    assert sent == ["before"]


def test_without_redis_publishing_is_logged_and_streams_end(panel_env, settings, caplog):
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    with caplog.at_level(logging.WARNING, "apps.live.bus"):
        bus.publish(uuid4(), "operations")
        assert asyncio.run(_all(bus.subscribe(uuid4()))) == []
    assert "live update lost" in caplog.text
    assert "live stream ended" in caplog.text


async def _all(stream) -> list[str | None]:
    return [name async for name in stream]


def test_a_cancelled_stream_closes_its_connection(panel_env):
    tenant = uuid4()

    async def cancel() -> int:
        task = asyncio.create_task(_all(bus.subscribe(tenant, keep_alive=60)))
        while listeners(tenant) == 0:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        for _look in range(2000):  # Redis hears of it a little later
            if listeners(tenant) == 0:
                break
            await asyncio.sleep(0.01)
        return listeners(tenant)

    assert asyncio.run(cancel()) == 0


def listeners(tenant) -> int:
    return bus._client(bus.settings.REDIS_URL).pubsub_numsub(bus.channel(tenant))[0][1]
