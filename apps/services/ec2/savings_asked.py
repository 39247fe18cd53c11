"""Savings Plans as they are asked of AWS for the page: the active ones, and their rates for what runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _now

from apps.catalog.asking import Ask, Asking
from apps.catalog.cards import Around
from apps.catalog.costs import Book
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.services.ec2 import coverage as covering
from apps.services.ec2.coverage import LINUX, Coverage, Plan, Use
from apps.services.ec2.fleet import Line, lines

PLAN = "ec2.savings-plan"
_MOST = 1000  # rates of an answer


@dataclass(frozen=True)
class Savings:
    """What AWS told: the active plans for EC2, their rates by plan, Region and type; `unread` are plans whose rates it
    did not tell, or not all, and why. `refused` says why it told nothing at all. `strange` plans are not in USD."""

    plans: Sequence[Plan] = ()
    rates: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    strange: int = 0


def asks(item: Item, around: Around) -> Asking:
    """A Savings. Rates are asked only of plans that what runs may use, and for its types."""
    (told,) = yield [Ask("savingsplans.describe_savings_plans", {"states": ["active"]}, PLAN)]
    if told.found is None:
        return Savings(refused=str(told.refused))
    plans, strange = covering.plans_of(told.found.get("savingsPlans") or ())
    found = uses(around)
    wanted = [
        (plan, fitting) for plan in plans if (fitting := [one for one in found if plan.fits(one.region, one.type)])
    ]
    rates: dict[tuple[str, str, str], Decimal] = {}
    unread: dict[str, str] = {}
    if wanted:
        answers = yield [_rates(plan, fitting) for plan, fitting in wanted]
        for (plan, _fitting), answer in zip(wanted, answers, strict=True):
            if answer.found is None:
                unread[plan.id] = str(answer.refused)
                continue
            rates |= covering.rates_of(plan, answer.found.get("searchResults") or ())
            if answer.found.get("nextToken"):
                unread[plan.id] = _now("AWS has more rates than the panel reads.")
    return Savings(plans, rates, unread, strange=strange)


def _rates(plan: Plan, fitting: Sequence[Use]) -> Ask:
    filters = {
        "productType": ["EC2"],
        "productDescription": [LINUX],
        "region": sorted({use.region for use in fitting}),
        "instanceType": sorted({use.type for use in fitting}),
    }
    named = [{"name": name, "values": values} for name, values in filters.items()]
    params: dict[str, Any] = {"savingsPlanId": plan.id, "filters": named, "maxResults": _MOST}
    return Ask("savingsplans.describe_savings_plan_rates", params, PLAN)


def uses(around: Around) -> list[Use]:
    """What plans may cover, in every Region that the panel works in with the account."""
    found = []
    for region in sorted({*around.scope.regions, around.scope.region}):
        book = _book(around, region)
        for line in _lines(around.scope if region == around.scope.region else around.scope.at(region), region):
            if line.free:
                found.append(Use(region, line.type, line.free, book.instance(line.type) if book else None))
    return found


def _lines(scope: Scope, region: str) -> list[Line]:
    running, reserved = (
        [one for one in scope.find(kind, state=state) if one.region == region]
        for kind, state in (("ec2.instance", "running"), ("ec2.reserved-instance", "active"))
    )
    return lines(running, reserved)


def _book(around: Around, region: str) -> Book | None:
    if region == around.scope.region:
        return around.book
    return around.books(region) if around.books else None


def coverage(savings: Savings, around: Around) -> Coverage:
    return covering.apply(savings.plans, uses(around), savings.rates, savings.unread.keys())


def cover(found: Iterable[Line], covered: Coverage, region: str) -> None:
    """The lines of a Region know what plans cover of them."""
    for line in found:
        place = (region, line.type)
        line.planned = covered.covered.get(place, Decimal(0))
        line.paid = covered.paid.get(place, Decimal(0))
        line.unrated = place in covered.unrated


def words(savings: Savings) -> Iterable[str]:
    """What of them is not counted, and why."""
    if savings.unread:
        yield _now("The rates of %(count)d of %(all)d plans could not be read: what these cover is unknown.") % {
            "count": len(savings.unread),
            "all": len(savings.plans),
        }
        yield from dict.fromkeys(savings.unread.values())
    if savings.strange:
        yield _now("%(count)d more are not in USD, and are not counted.") % {"count": savings.strange}
