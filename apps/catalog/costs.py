"""What a resource or a plan costs a month, in parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from apps.catalog.text import Text

HOURS = Decimal(730)  # a month, as AWS's own calculator counts it


@dataclass(frozen=True, slots=True)
class CostPart:
    """One line of an estimate. `amount` in USD a month; None when there is no price for it."""

    label: Text
    amount: Decimal | None


class Book(Protocol):
    """A dated price list of one Region. Each price is in USD, or None when unknown."""

    @property
    def date(self) -> str:
        """The day that the prices are of."""

    @property
    def region(self) -> str:
        """The Region that they hold in."""

    def instance(self, instance_type: str) -> Decimal | None:
        """An hour of Linux, On-Demand, shared tenancy."""

    def spot(self, instance_type: str) -> Decimal | None:
        """A typical hour as Spot."""

    def storage(self, volume_type: str) -> Decimal | None:
        """A GiB-month of an EBS volume."""

    def iops(self, volume_type: str) -> Decimal | None:
        """One provisioned IOPS for a month (above what is included)."""

    def throughput(self, volume_type: str) -> Decimal | None:
        """One provisioned MiB/s for a month (above what is included)."""

    def public_ipv4(self) -> Decimal | None:
        """An hour of one public IPv4 address."""

    def snapshot(self) -> Decimal | None:
        """A GiB-month of a snapshot."""

    def entry(self, *path: str) -> Decimal | None:
        """Anything else of the list, by where it stands there, such as `("load_balancer", "network")`."""


def total(parts: Iterable[CostPart]) -> Decimal | None:
    """The sum, or None when a part has no price: a sum that leaves something out would mislead."""
    amount = Decimal(0)
    for part in parts:
        if part.amount is None:
            return None
        amount += part.amount
    return amount
