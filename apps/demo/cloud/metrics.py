"""CloudWatch's AWS/EC2 metrics of running instances, by five minutes: some hours of history, then each step."""

import math
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .machines import Launched

HOURS, STEP = 3, timedelta(minutes=5)
# CloudWatch takes a thousand data per call.
BATCH = 1000
# name: (unit, smallest, largest) of an instance under ordinary load, per five minutes
METRICS = {
    "CPUUtilization": ("Percent", 2.0, 75.0),
    "NetworkIn": ("Bytes", 2e5, 9e7),
    "NetworkOut": ("Bytes", 1e5, 6e7),
    "DiskReadOps": ("Count", 0.0, 900.0),
    "DiskWriteOps": ("Count", 5.0, 2500.0),
    "StatusCheckFailed": ("Count", 0.0, 0.0),
}


def write(cloudwatch: Any, launched: list[Launched], now: datetime) -> int:
    """Write the history of one site's instances that end at `now`; returns how many data."""
    steps = int(timedelta(hours=HOURS) / STEP)
    moments = [step_of(now) - STEP * back for back in range(steps)]
    running = [one for one in launched if one.machine.state == "running"]
    return put(cloudwatch, (datum for one in running for at in moments for datum in data(one.id, one.machine.name, at)))


def put(cloudwatch: Any, found: Iterable[dict[str, Any]]) -> int:
    """Returns how many data."""
    every = list(found)
    for start in range(0, len(every), BATCH):
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=every[start : start + BATCH])
    return len(every)


def step_of(now: datetime) -> datetime:
    """The start of the five minutes that this moment is in."""
    return datetime.fromtimestamp(now.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)


def data(id: str, name: str, at: datetime) -> Iterator[dict[str, Any]]:
    """What an instance reports of one step. It follows from name and time, so that it goes on where history ends."""
    number = int(at.timestamp() / STEP.total_seconds())
    # The same instance looks the same at every start.
    nature, chance = random.Random(name), random.Random(f"{name} {number}")  # noqa: S311  no secrets
    wave = nature.uniform(0.1, 0.6) + 0.25 * math.sin(nature.uniform(0, 6) + number / 5)
    for metric, (unit, low, high) in METRICS.items():
        load = min(max(wave + chance.gauss(0, 0.06), 0.02), 1.0)
        yield {
            "MetricName": metric,
            "Dimensions": [{"Name": "InstanceId", "Value": id}],
            "Timestamp": at,
            "Value": round(low + (high - low) * load, 2),
            "Unit": unit,
        }
