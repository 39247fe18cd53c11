"""Instances go on reporting to CloudWatch, every five minutes, those that were launched in the demo too."""

import threading
import time
from datetime import UTC, datetime
from typing import Any

from moto.ec2.models import ec2_backends

from . import metrics
from .seed import client


def start(aws: str) -> None:
    """In the background, for as long as the process runs. `aws` is ministack's address."""
    threading.Thread(target=_keep, args=(aws,), daemon=True).start()


def report(aws: str) -> None:
    """Every running instance reports the step that began last."""
    at = metrics.step_of(datetime.now(UTC))
    for account, region, backend in list(ec2_backends.iter_backends()):
        running = [one for one in list(backend.all_instances()) if one.state == "running"]
        if running:
            cloudwatch = client("cloudwatch", aws, account, region)
            metrics.put(cloudwatch, (datum for one in running for datum in metrics.data(one.id, _name(one), at)))


def _keep(aws: str) -> None:
    step = metrics.STEP.total_seconds()
    while True:
        time.sleep(step - time.time() % step)
        try:
            report(aws)
        except Exception as problem:  # the next step is soon
            print(f"No metrics were written: {problem}", flush=True)


def _name(instance: Any) -> str:
    tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
    return str(tags.get("Name") or instance.id)
