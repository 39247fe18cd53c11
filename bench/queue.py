"""The panel's Celery application with one task more, which tells when it began: Celery's own start latency."""

import time

import redis
from django.conf import settings

from controlpanel.celery import app

MARKS = "bench:marks"


@app.task(name="bench.mark")
def mark() -> None:
    began = time.monotonic_ns()
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.rpush(MARKS, began)
