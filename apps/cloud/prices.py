"""What things cost: a dated file of list prices, refined by what AWS's Price List API told an account that may ask.

Prices are estimates and carry their date. A page reads memory or the cache; the API is asked only by a background task.
"""

import json
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.core.cache import cache as shared

_FILE = Path(__file__).parent / "prices" / "ec2.json"
_KEPT = 7 * 24 * 3600  # seconds that a learnt price counts
_MEMORY = 60  # seconds that a process doesn't look again
_books: dict[str, "tuple[float, PriceList]"] = {}


@dataclass(frozen=True, slots=True)
class PriceList:
    """A Region's prices in USD, after `apps.catalog.costs.Book`. None: there is no price; it isn't free."""

    region: str
    date: str
    source: str
    prices: dict[str, Any]
    spot_ratio: Decimal

    def instance(self, instance_type: str) -> Decimal | None:
        """An hour of Linux, On-Demand, shared tenancy."""
        return self.entry("instance", instance_type)

    def spot(self, instance_type: str) -> Decimal | None:
        """A typical hour as Spot: a rough share of the On-Demand price."""
        full = self.instance(instance_type)
        return None if full is None else full * self.spot_ratio

    def storage(self, volume_type: str) -> Decimal | None:
        """A GiB-month of an EBS volume."""
        return self.entry("storage", volume_type)

    def iops(self, volume_type: str) -> Decimal | None:
        """One provisioned IOPS for a month (above what is included)."""
        return self.entry("iops", volume_type)

    def throughput(self, volume_type: str) -> Decimal | None:
        """One provisioned MiB/s for a month (above what is included)."""
        return self.entry("throughput", volume_type)

    def public_ipv4(self) -> Decimal | None:
        """An hour of one public IPv4 address."""
        return self.entry("public_ipv4")

    def snapshot(self) -> Decimal | None:
        """A GiB-month of a snapshot."""
        return self.entry("snapshot")

    def entry(self, *path: str) -> Decimal | None:
        """What stands there in the list."""
        found: Any = self.prices
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return Decimal(found) if isinstance(found, str) else None


def book(region: str) -> PriceList:
    """The Region's price list: the file's, with instance prices that `price_api` learnt in the last week. A Region
    that the file lacks has no prices. Reads memory, at most once a minute the cache; never AWS."""
    made_at, listed = _books.get(region, (0.0, None))
    if listed is None or time.monotonic() - made_at > _MEMORY:
        listed = _learnt(_listed(region))
        _books[region] = (time.monotonic(), listed)
    return listed


def learn(region: str, instances: dict[str, str], date: str) -> None:
    """Keeps On-Demand prices by instance type (USD an hour as text) for a week, in front of the file's."""
    shared.set(_slot(region), {"instance": instances, "date": date}, _KEPT)
    _books.pop(region, None)


def _slot(region: str) -> str:
    return f"prices:{region}"


def _learnt(listed: PriceList) -> PriceList:
    try:
        newer = shared.get(_slot(listed.region))
    except Exception:  # a refinement: without the cache the file's prices stand
        newer = None
    if not newer:
        return listed
    instances = {**listed.prices.get("instance", {}), **newer["instance"]}
    return replace(listed, date=newer["date"], prices={**listed.prices, "instance": instances})


def _listed(region: str) -> PriceList:
    listed = _file()
    return PriceList(
        region=region,
        date=listed["date"],
        source=listed["source"],
        prices=listed["regions"].get(region, {}),
        spot_ratio=Decimal(listed["spot_ratio"]),
    )


@cache
def _file() -> dict[str, Any]:
    return json.loads(_FILE.read_text())  # type: ignore[no-any-return]
