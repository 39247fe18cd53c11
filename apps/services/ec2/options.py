"""The three ways to pay for what runs: On-Demand, Reserved and Spot, with the account's own instances and figures."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Named, Sheet, Shown
from apps.catalog.costs import HOURS, Book
from apps.catalog.items import Item
from apps.services.ec2 import savings_asked
from apps.services.ec2.fleet import Amount, Line, add, is_linux, lines
from apps.services.ec2.instances import instance
from apps.services.ec2.reserved import hourly
from apps.services.ec2.savings_asked import PLAN, Savings

PAY = Sheet("pay", _("Ways to pay"), rank=30)
MOST = 2000  # of a scope's answer


def dollars(amount: Amount) -> str:
    return _now("unknown") if amount is None else f"${amount:,.2f}"


@instance.card(
    PAY,
    _("What runs in this account and Region"),
    around=True,
    rank=20,
    asks=savings_asked.asks,
    help=_("USD a month of 730 hours for compute alone, at list prices for Linux and shared tenancy."),
)
def fleet_card(item: Item, around: Around) -> Shown:
    book = around.book
    if book is None:
        return Shown()
    running = around.scope.find("ec2.instance", state="running")
    found = lines(running, around.scope.find("ec2.reserved-instance", state="active"))
    savings: Savings = around.told or Savings()
    if savings.plans:
        savings_asked.cover(found, savings_asked.coverage(savings, around), item.region)
    rows = [_row(line, book, bool(savings.plans)) for line in found]
    sums = [add(amounts) for amounts in zip(*(_amounts(line, book) for line in found), strict=True)] or [Decimal(0)] * 3
    count = sum(line.count for line in found)
    covered, on_demand = sum(len(line.rates) for line in found), sum(line.on_demand for line in found)
    together = [f"{covered} / {on_demand}", *([_planned(found)] if savings.plans else [])]
    rows.append([_now("Together"), count, *together, *map(dollars, sums)])
    words = list(_words(sums, covered, on_demand, len(running), any(line.other for line in found)))
    heads = [_now("Type"), _now("Running"), _now("Reserved")]
    heads += [_now("By Savings Plans")] if savings.plans else []
    heads += [_now("As it is"), _now("All On-Demand"), _now("All Spot")]
    return Shown(words=words, heads=heads, rows=rows)


def _amounts(line: Line, book: Book) -> tuple[Amount, Amount, Amount]:
    return line.now(book), line.all_on_demand(book), line.all_spot(book)


def _row(line: Line, book: Book, plans: bool) -> list[object]:
    covered = [f"{len(line.rates)} / {line.on_demand}", *([_planned([line])] if plans else [])]
    return [line.type, line.count, *covered, *map(dollars, _amounts(line, book))]


def _planned(found: Sequence[Line]) -> str:
    """How many of these Savings Plans cover, of those that they might."""
    if any(line.unrated for line in found):
        return _now("unknown")
    count = sum((line.planned for line in found), Decimal(0))
    return f"{number(count)} / {sum(line.free for line in found)}"


def number(count: Decimal) -> str:
    """With two decimals where it is no whole one."""
    return f"{count:.2f}".rstrip("0").rstrip(".")


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


@instance.card(
    PAY,
    _("Savings Plans"),
    around=True,
    rank=30,
    asks=savings_asked.asks,
    help=_(
        "Counted as AWS applies them: after reservations, EC2 Instance plans before Compute plans, each where it saves"
        " the largest share; over all Regions that the panel works in with this account. Rates are AWS's own answer."
    ),
    empty=_("None is active."),
)
def savings_card(item: Item, around: Around) -> Shown:
    savings: Savings | None = around.told
    if savings is None:
        return Shown(words=[_now("They are asked of AWS as somebody looks.")], tone="idle")
    if savings.refused:
        said = _now("The account's Savings Plans could not be read, so that what they cover is not counted here.")
        return Shown(words=[said, savings.refused], tone="warn")
    words = list(savings_asked.words(savings))
    if not savings.plans:
        return Shown(words=words)
    found = savings_asked.coverage(savings, around)
    rows = []
    for plan in savings.plans:
        unread = plan.id in savings.unread
        used = _now("unknown") if unread else _hourly(found.used[plan.id])
        here = _now("unknown") if unread else _hourly(found.here.get((plan.id, item.region), Decimal(0)))
        about = _now("%(family)s in %(region)s") % {"family": plan.family, "region": plan.region}
        limits = about if plan.family else _now("every family and Region")
        rows.append([Named(PLAN, plan.id), limits, _hourly(plan.commitment), used, here, plan.ends[:10]])
    heads = [_now("Plan"), _now("Applies to"), _now("Committed"), _now("Used"), _now("Of that here"), _now("Ends")]
    left = sum(
        (plan.commitment - found.used[plan.id] for plan in savings.plans if plan.id not in savings.unread), Decimal()
    )
    if left > 0:
        said = _now(
            "%(left)s an hour is left over and paid all the same, unless Fargate, Lambda, Windows, dedicated tenancy or"
            " other accounts of the organization use it: these the panel does not count."
        )
        words.append(said % {"left": _hourly(left)})
    return Shown(words=words, tone="warn" if savings.unread else "idle", heads=heads, rows=rows)


def _hourly(amount: Decimal) -> str:
    text = f"${amount:,.4f}"
    return text[:-2] + text[-2:].rstrip("0")


@instance.card(PAY, _("This instance"), around=True, rank=10)
def own_card(item: Item, around: Around) -> Shown:
    if around.book is None:
        return Shown()
    line = Line(str(item.attrs.get("InstanceType")), on_demand=1, other=not is_linux(item))
    spot = item.attrs.get("InstanceLifecycle") == "spot"
    paid = _now("Spot") if spot else _now("On-Demand, or a reservation or Savings Plan that covers it")
    facts = [
        (_now("It is paid as"), paid),
        (_now("On-Demand, a month"), dollars(line.all_on_demand(around.book))),
        (_now("Spot, a month, typical"), dollars(line.all_spot(around.book))),
        (_now("Prices of"), around.book.date),
    ]
    rates = [hourly(each.attrs) for each in around.scope.find("ec2.reserved-instance", InstanceType=line.type)]
    known = [rate for rate in rates if rate is not None]
    each = min(known) * HOURS if known else None
    said = dollars(each) if rates else _now("You have no reservation of %(type)s.") % {"type": line.type}
    facts.insert(2, (_now("Reserved, a month, by your own reservations of the type"), said))
    return Shown(facts=facts)
