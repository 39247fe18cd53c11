"""Operations against an AWS that does nothing: from a click to the first call, and how many a worker carries out."""

import http.client
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.conf import settings
from django.db import connection

from apps.catalog import registry
from apps.operations.models import ENDED, Operation
from apps.operations.prepare import prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from bench.house import House, as_json
from bench.queue import MARKS, app, mark
from bench.world import World

VERB = "ec2.instance.reboot"  # one call, and nothing to wait for
PATIENCE = 120  # seconds


def starts(count: int) -> list[float]:
    """Milliseconds from sending a task to an idle worker until it begins: Celery's own."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        found = []
        for _ in range(count):
            sent = time.monotonic_ns()
            mark.delay()
            answer = client.blpop([MARKS], timeout=30)
            found.append((int(answer[1]) - sent) / 1e6)
            time.sleep(0.02)  # idle again
        return found


def clicks(house: House, world: World, count: int) -> list[float]:
    """Milliseconds from sending a POST to the panel until its first AWS call arrives, the worker idle."""
    return [_click(house, world, id) for id in world.ids[:count]]


def _click(house: House, world: World, id: str) -> float:
    as_json(f"{house.url('aws')}/")
    line = http.client.HTTPConnection("127.0.0.1", house.ports["web"], timeout=30)
    line.connect()
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "application/json"}
    sent = time.monotonic_ns()
    line.request("POST", f"/api/v1/ec2/instances/{id}/reboot/", b"{}", headers)
    answer = line.getresponse()
    body = answer.read()
    if answer.status != 202:
        raise RuntimeError(f"the operation was not taken: {answer.status} {body[:300]!r}")
    line.close()
    _finish(world)
    calls = as_json(f"{house.url('aws')}/")
    return (calls[0] - sent) / 1e6


def throughput(world: World, count: int) -> float:
    """Operations a second through one worker that finds `count` of them waiting, by the database's clock."""
    app.control.cancel_consumer(settings.CELERY_TASK_DEFAULT_QUEUE, reply=True)
    first = _moment()
    for n in range(count):
        with tenant_tx(world.tenant_id):
            id = world.ids[n % len(world.ids)]
            submit(world.actor, prepare_targets(world.actor, registry.action(VERB), [id], {}, mint=True))
    app.control.add_consumer(settings.CELERY_TASK_DEFAULT_QUEUE, reply=True)
    _finish(world)
    with tenant_tx(world.tenant_id):
        done = Operation.objects.filter(tenant_id=world.tenant_id, created_at__gt=first, state="succeeded")
        times = list(done.values_list("started_at", "ended_at"))
    if len(times) != count:
        raise RuntimeError(f"{count - len(times)} of {count} operations did not succeed")
    return count / (max(end for _, end in times) - min(start for start, _ in times)).total_seconds()


@contextmanager
def crowd(world: World, count: int) -> Iterator[None]:
    """Meanwhile so many operations of an organization wait, whose accounts AWS throttles."""
    with tenant_tx(world.tenant_id):
        for n in range(count):
            id = world.ids[n % len(world.ids)]
            submit(world.actor, prepare_targets(world.actor, registry.action(VERB), [id], {}, mint=True))
    _met()
    yield
    with tenant_tx(world.tenant_id):
        waiting = Operation.objects.filter(tenant_id=world.tenant_id).exclude(state__in=ENDED)
        if waiting.count() < count * 0.9:
            raise RuntimeError("those who should wait have ended")
        waiting.update(state="cancelled", lease_until=None)


def _met() -> None:
    """Returns once the worker has taken up every hint."""
    queue, lanes = settings.CELERY_TASK_DEFAULT_QUEUE, ("", "\x06\x163", "\x06\x166", "\x06\x169")
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        while any(client.llen(f"{queue}{lane}") for lane in lanes):
            time.sleep(0.05)


def drained(count: int) -> float:
    """Celery's own tasks a second through the same worker."""
    app.control.cancel_consumer(settings.CELERY_TASK_DEFAULT_QUEUE, reply=True)
    for _ in range(count):
        mark.delay()
    app.control.add_consumer(settings.CELERY_TASK_DEFAULT_QUEUE, reply=True)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        marks = sorted(int(client.blpop([MARKS], timeout=30)[1]) for _ in range(count))
    return (count - 1) / ((marks[-1] - marks[0]) / 1e9)


def ready() -> None:
    """Returns once the worker answers and each of its processes has done some work."""
    deadline = time.monotonic() + PATIENCE
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise RuntimeError("the worker does not answer")
    app.control.purge()
    starts(8)


def _finish(world: World) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with tenant_tx(world.tenant_id):
            if not Operation.objects.filter(tenant_id=world.tenant_id).exclude(state__in=ENDED).exists():
                return
        time.sleep(0.01)
    raise RuntimeError("operations did not end: " + json.dumps(_left(world)))


def _left(world: World) -> list[str]:
    with tenant_tx(world.tenant_id):
        left = Operation.objects.filter(tenant_id=world.tenant_id).exclude(state__in=ENDED)
        return [f"{one.id} {one.state}" for one in left[:5]]


def _moment() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def median(values: list[float]) -> float:
    return statistics.median(values)
