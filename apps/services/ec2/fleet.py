"""What runs of an account in a Region, by type: how it is paid, and what is left for On-Demand prices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from apps.catalog.costs import HOURS, Book
from apps.catalog.items import Item
from apps.services.ec2.reserved import hourly

LINUX = "Linux/UNIX"
Amount = Decimal | None  # None: there is no price, and no sum has one that it is part of


@dataclass
class Line:
    """What runs of one type: how many pay On-Demand prices, how many of these are reserved, how many are Spot.
    `rates` are what the reserved ones cost an hour each; `other` counts what has no Linux price. `planned` are those
    that Savings Plans cover, not always whole ones, and `paid` what these cost an hour; `unrated` that a plan may cover
    some, at a rate that is not known."""

    type: str
    on_demand: int = 0
    spot: int = 0
    other: int = 0
    plain: int = 0  # On-Demand at the Linux price
    rates: list[Amount] = field(default_factory=list)
    planned: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    unrated: bool = False

    @property
    def free(self) -> int:
        """What runs On-Demand at the Linux price and is not reserved: Savings Plans may cover it."""
        return max(0, self.plain - len(self.rates))

    @property
    def count(self) -> int:
        return self.on_demand + self.spot

    def all_on_demand(self, book: Book) -> Amount:
        return self._times(book.instance(self.type), self.count)

    def all_spot(self, book: Book) -> Amount:
        return self._times(book.spot(self.type), self.count)

    def now(self, book: Book) -> Amount:
        """As it is: Reserved as far as it reaches, then Savings Plans, Spot where it is, On-Demand for the rest."""
        if self.unrated:
            return None
        rest = self._times(book.instance(self.type), self.on_demand - len(self.rates) - self.planned)
        reserved = [self._times(rate, 1) for rate in self.rates]
        return add([rest, *reserved, self.paid * HOURS, self._times(book.spot(self.type), self.spot)])

    def _times(self, hour: Amount, count: int | Decimal) -> Amount:
        if count == 0:
            return Decimal(0)
        return None if hour is None or self.other else hour * HOURS * count


def add(amounts: Iterable[Amount]) -> Amount:
    found = list(amounts)
    return None if None in found else sum((each for each in found if each is not None), Decimal(0))


def is_linux(item: Item) -> bool:
    """Whether it is billed at the Linux price, which is the one that the list has."""
    platform = item.attrs.get("PlatformDetails") or ("Windows" if item.attrs.get("Platform") else LINUX)
    return str(platform) == LINUX and (item.attrs.get("Placement") or {}).get("Tenancy") in (None, "default")


def lines(running: Sequence[Item], reservations: Sequence[Item]) -> list[Line]:
    """By type. A Regional reservation covers its own type in any zone, one of a zone only what runs there. AWS spreads
    Regional ones over the sizes of a family, too: that is left out, so that more may be covered than is said."""
    found: dict[str, Line] = {}
    zones: defaultdict[tuple[str, str], int] = defaultdict(int)
    for item in running:
        line = found.setdefault(str(item.attrs.get("InstanceType")), Line(str(item.attrs.get("InstanceType"))))
        if item.attrs.get("InstanceLifecycle") == "spot":
            line.spot += 1
        else:
            line.on_demand += 1
            line.plain += is_linux(item)
            zones[(line.type, item.zone)] += is_linux(item)
        line.other += not is_linux(item)
    for each in sorted(reservations, key=lambda one: not one.zone):  # those of a zone first: they fit fewer
        attrs = each.attrs
        type = str(attrs.get("InstanceType"))
        if each.state != "active" or type not in found or not str(attrs.get("ProductDescription")).startswith(LINUX):
            continue
        there = [zone for (of, zone), count in zones.items() if of == type and count and each.zone in ("", zone)]
        free = int(attrs.get("InstanceCount") or 0)
        for zone in there:
            taken = min(free, zones[(type, zone)])
            zones[(type, zone)] -= taken
            free -= taken
            found[type].rates += [hourly(attrs)] * taken
    return sorted(found.values(), key=lambda line: line.type)
