"""The three ways to pay for what runs: On-Demand, Reserved and Spot, with the account's own instances and figures."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Sheet, Shown
from apps.catalog.costs import HOURS, Book
from apps.catalog.items import Item
from apps.services.ec2.instances import instance
from apps.services.ec2.reserved import hourly

PAY = Sheet("pay", _("Ways to pay"), rank=30)
MOST = 2000  # of a scope's answer
LINUX = "Linux/UNIX"
Amount = Decimal | None  # None: there is no price, and no sum has one that it is part of


@dataclass
class Line:
    """What runs of one type: how many pay On-Demand prices, how many of these are reserved, how many are Spot.
    `rates` are what the reserved ones cost an hour each; `other` counts what has no Linux price."""

    type: str
    on_demand: int = 0
    spot: int = 0
    other: int = 0
    rates: list[Amount] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.on_demand + self.spot

    def all_on_demand(self, book: Book) -> Amount:
        return self._times(book.instance(self.type), self.count)

    def all_spot(self, book: Book) -> Amount:
        return self._times(book.spot(self.type), self.count)

    def now(self, book: Book) -> Amount:
        """As it is: Reserved as far as it reaches, Spot where it is, On-Demand for the rest."""
        rest = self._times(book.instance(self.type), self.on_demand - len(self.rates))
        return add([rest, *(self._times(rate, 1) for rate in self.rates), self._times(book.spot(self.type), self.spot)])

    def _times(self, hour: Amount, count: int) -> Amount:
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


def dollars(amount: Amount) -> str:
    return _now("unknown") if amount is None else f"${amount:,.2f}"


@instance.card(
    PAY,
    _("What runs in this account and Region"),
    around=True,
    rank=20,
    help=_(
        "USD a month of 730 hours for compute alone, at list prices for Linux and shared tenancy; Savings Plans are not"
        " counted."
    ),
)
def fleet_card(item: Item, around: Around) -> Shown:
    book = around.book
    if book is None:
        return Shown()
    running = around.scope.find("ec2.instance", state="running")
    found = lines(running, around.scope.find("ec2.reserved-instance", state="active"))
    rows = [_row(line, book) for line in found]
    sums = [add(amounts) for amounts in zip(*(_amounts(line, book) for line in found), strict=True)] or [Decimal(0)] * 3
    count = sum(line.count for line in found)
    covered, on_demand = sum(len(line.rates) for line in found), sum(line.on_demand for line in found)
    rows.append([_now("Together"), count, f"{covered} / {on_demand}", *map(dollars, sums)])
    words = list(_words(sums, covered, on_demand, len(running), any(line.other for line in found)))
    heads = [_now("Type"), _now("Running"), _now("Reserved"), _now("As it is"), _now("All On-Demand"), _now("All Spot")]
    return Shown(words=words, heads=heads, rows=rows)


def _amounts(line: Line, book: Book) -> tuple[Amount, Amount, Amount]:
    return line.now(book), line.all_on_demand(book), line.all_spot(book)


def _row(line: Line, book: Book) -> list[object]:
    return [line.type, line.count, f"{len(line.rates)} / {line.on_demand}", *map(dollars, _amounts(line, book))]


def _words(sums: Sequence[Amount], covered: int, on_demand: int, running: int, other: bool) -> Iterable[str]:
    now, full, spot = sums
    if now is not None and full is not None:
        said = _now("As it is, this costs %(now)s a month; all of it On-Demand would cost %(full)s.")
        yield said % {"now": dollars(now), "full": dollars(full)}
    if spot is not None:
        yield _now(
            "All of it as Spot would cost about %(spot)s, by a typical share of the On-Demand price: the real one"
            " changes by zone and hour, and AWS may take the instances back."
        ) % {"spot": dollars(spot)}
    if on_demand > covered:
        yield _now(
            "%(rest)d of %(all)d run without a reservation. What reserving these would cost is not known: the panel"
            " has no price list of AWS's offers. Sizes of one family may share a Regional reservation, which is not"
            " counted."
        ) % {"rest": on_demand - covered, "all": on_demand}
    if other:
        yield _now("Windows, other licensed systems and dedicated tenancy have prices of their own: these are unknown.")
    if running >= MOST:
        yield _now("Only the first %(most)d instances are counted.") % {"most": MOST}


@instance.card(PAY, _("This instance"), around=True, rank=10)
def own_card(item: Item, around: Around) -> Shown:
    if around.book is None:
        return Shown()
    line = Line(str(item.attrs.get("InstanceType")), on_demand=1, other=not is_linux(item))
    spot = item.attrs.get("InstanceLifecycle") == "spot"
    paid = _now("Spot") if spot else _now("On-Demand, or a reservation that covers it")
    facts = [
        (_now("It is paid as"), paid),
        (_now("On-Demand, a month"), dollars(line.all_on_demand(around.book))),
        (_now("Spot, a month, typical"), dollars(line.all_spot(around.book))),
        (_now("Prices of"), around.book.date),
    ]
    rates = [hourly(each.attrs) for each in around.scope.find("ec2.reserved-instance", InstanceType=line.type)]
    known = [rate for rate in rates if rate is not None]
    each = min(known) * HOURS if known else None
    facts.insert(2, (_now("Reserved, a month, by your own reservations of the type"), dollars(each)))
    return Shown(facts=facts)
