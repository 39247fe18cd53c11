"""CloudWatch's AWS/EC2 metrics of running instances: the last hours in steps of five minutes."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
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
    data = [datum for one in launched if one.machine.state == "running" for datum in _history(one, now)]
    for start in range(0, len(data), BATCH):
        cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=data[start : start + BATCH])
    return len(data)


def _history(one: Launched, now: datetime) -> Iterator[dict[str, Any]]:
    # The same instance looks the same at every start.
    chance = random.Random(one.machine.name)  # noqa: S311  no secret
    level, phase = chance.uniform(0.1, 0.6), chance.uniform(0, 6)
    end = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    steps = int(timedelta(hours=HOURS) / STEP)
    for number in range(steps):
        wave = level + 0.25 * math.sin(phase + number / 5)
        for name, (unit, low, high) in METRICS.items():
            load = min(max(wave + chance.gauss(0, 0.06), 0.02), 1.0)
            yield {
                "MetricName": name,
                "Dimensions": [{"Name": "InstanceId", "Value": one.id}],
                "Timestamp": end - STEP * (steps - 1 - number),
                "Value": round(low + (high - low) * load, 2),
                "Unit": unit,
            }
