"""Fill the demo cloud: `python -m cloud.seed --ec2 URL --aws URL --born ISO --external-id TEXT`.

Prints one JSON object: what the panel connects with, by account number ("doors"), and how much was made. The order of
calls and moto's random numbers are fixed, so that every start makes the same ids.
"""

import argparse
import json
import time
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

import botocore.session
from botocore.config import Config

from . import alarms, balancing, buckets, identity, machines, metrics, network
from .fleet import SITES, Site

RANDOM_SEED = 20261120
_session = botocore.session.Session()
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@cache
def client(service: str, address: str, account: str, region: str) -> Any:
    """A client of the account's root: to the emulators, that is whoever has the number as access key."""
    config = Config(retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30)
    return _session.create_client(
        service,
        region_name=region,
        endpoint_url=address,
        aws_access_key_id=account,
        aws_secret_access_key="unchecked",  # noqa: S106  the emulators check none of a root
        config=config,
    )


def _at(address: str, site: Site, service: str) -> Any:
    return client(service, address, site.account, site.region)


def main() -> None:
    options = _options()
    began, born = time.monotonic(), datetime.fromisoformat(options.born)
    doors = identity.build(lambda account: client("iam", options.aws, account, "us-east-1"), options.external_id)
    # moto makes its own default account when it is first spoken to; that must not use up seeded numbers.
    client("ec2", options.ec2, "123456789012", "us-east-1").describe_regions()
    _post(f"{options.ec2}/moto-api/seed?a={RANDOM_SEED}")
    total, written, before = 0, [], list[tuple[Site, network.Network, list[machines.Launched]]]()
    with ThreadPoolExecutor(3) as pool:
        objects = pool.submit(
            buckets.build, lambda service, *place: client(service, options.aws, *place), datetime.now(UTC)
        )
        for site in SITES:
            ec2 = client("ec2", options.ec2, site.account, site.region)
            built = network.build(ec2, site)
            launched = machines.launch(ec2, site, built)
            before.append((site, built, launched))
            _settle(options.ec2, launched, born)
            machines.finish(ec2, site, launched)
            _settle(options.ec2, launched, born)
            written.append(_metrics(pool, options.aws, launched))
            alarms.build(partial(_at, options.aws, site), launched)
            total += len(launched)
        # Last, so that what it adds changes the ids of nothing else.
        site, built, launched = before[0]
        balancing.build(lambda service: client(service, options.ec2, site.account, site.region), site, built, launched)
        stored = objects.result()
        data = sum(future.result() for future in written)
    seconds = round(time.monotonic() - began, 1)
    print(json.dumps({"doors": doors, "instances": total, "objects": stored, "metric_data": data, "seconds": seconds}))


def _metrics(pool: ThreadPoolExecutor, address: str, launched: list[machines.Launched]) -> Future[int]:
    one = launched[0]
    cloudwatch = client("cloudwatch", address, one.account, one.region)
    return pool.submit(metrics.write, cloudwatch, launched, datetime.now(UTC))


def _settle(address: str, launched: list[machines.Launched], born: datetime) -> None:
    """Instances of the past don't boot now."""
    _post(
        f"{address}/demo/settle",
        [
            {
                "account": one.account,
                "region": one.region,
                "id": one.id,
                "launched": _launch_time(one, born).isoformat(),
            }
            for one in launched
        ],
    )


def _launch_time(one: machines.Launched, born: datetime) -> datetime:
    """UTC without a zone, as moto keeps it; at an hour of the day that belongs to the name."""
    minutes = sum(one.machine.name.encode()) % 600
    day = born.astimezone(UTC).replace(tzinfo=None, hour=8, minute=0, second=0, microsecond=0)
    return day - timedelta(days=one.machine.days) + timedelta(minutes=minutes)


def _post(url: str, body: Any = None) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method="POST")  # noqa: S310  our own loopback address
    _opener.open(request, timeout=30).read()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("--ec2", "--aws", "--born", "--external-id"):
        parser.add_argument(name, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
