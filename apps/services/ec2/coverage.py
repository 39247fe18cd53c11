"""What Savings Plans cover of what runs On-Demand and is not reserved, as AWS applies them: EC2 Instance plans first,
then Compute plans, each where it saves the largest share."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.services.ec2.savings import amount

INSTANCE, COMPUTE = "EC2Instance", "Compute"
LINUX, SHARED = "Linux/UNIX", "shared"
ORDER = {INSTANCE: 0, COMPUTE: 1}  # others cover nothing of EC2

Place = tuple[str, str]  # Region and type
Rates = Mapping[tuple[str, str, str], Decimal]  # USD an hour by plan, Region and type


@dataclass(frozen=True)
class Plan:
    """An active one. `commitment` in USD an hour; `family` and `region` are those of an EC2 Instance plan."""

    id: str
    type: str
    commitment: Decimal
    family: str = ""
    region: str = ""
    ends: str = ""

    def fits(self, region: str, type: str) -> bool:
        return self.type == COMPUTE or (self.region == region and type.partition(".")[0] == self.family)


@dataclass(frozen=True)
class Use:
    """So many of a type run in a Region and are neither reserved nor Spot; their On-Demand price an hour, if known."""

    region: str
    type: str
    count: int
    price: Decimal | None


@dataclass
class Coverage:
    """`covered` are instances by Region and type, not always whole ones; `paid` is what these cost by the plans an
    hour; `used` is how much of each plan that takes, in all and by Region. Of what is `unrated` it isn't known
    whether a plan covers it: that plan's rates could not be read."""

    covered: dict[Place, Decimal] = field(default_factory=dict)
    paid: dict[Place, Decimal] = field(default_factory=dict)
    used: dict[str, Decimal] = field(default_factory=dict)
    here: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    unrated: set[Place] = field(default_factory=set)


def plans_of(found: Iterable[Mapping[str, Any]]) -> tuple[list[Plan], int]:
    """The active plans for EC2 of an answer, and how many of them the panel can't count: another currency."""
    plans, strange = [], 0
    for attrs in found:
        if attrs.get("state") != "active" or attrs.get("savingsPlanType") not in ORDER:
            continue
        promised = amount(attrs, "commitment")
        if promised is None:
            strange += 1
            continue
        family, region = str(attrs.get("ec2InstanceFamily") or ""), str(attrs.get("region") or "")
        of = str(attrs["savingsPlanType"])
        plans.append(Plan(str(attrs["savingsPlanId"]), of, promised, family, region, str(attrs.get("end") or "")))
    return plans, strange


def rates_of(plan: Plan, found: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, str], Decimal]:
    """A plan's rates for running Linux instances of shared tenancy, of what AWS answered."""
    rates = {}
    for each in found:
        about = {one.get("name"): one.get("value") for one in each.get("properties") or ()}
        usual = about.get("tenancy", SHARED) == SHARED and about.get("productDescription", LINUX) == LINUX
        runs = "BoxUsage" in str(each.get("usageType") or "") and each.get("unit") == "Hrs"
        if usual and runs and each.get("currency") == "USD":
            rates[(plan.id, str(about.get("region")), str(about.get("instanceType")))] = Decimal(str(each["rate"]))
    return rates


def apply(plans: Sequence[Plan], uses: Sequence[Use], rates: Rates, unread: Collection[str] = ()) -> Coverage:
    """Within one sort of plan the largest share of the On-Demand price comes first, then the lowest rate. What a plan
    has no rate for it doesn't cover; `unread` are plans whose rates are not known."""
    found = Coverage(used={plan.id: Decimal(0) for plan in plans})
    left = {(use.region, use.type): Decimal(use.count) for use in uses}
    pairs = []
    for plan in plans:
        for use in uses:
            if not plan.fits(use.region, use.type):
                continue
            rate = rates.get((plan.id, use.region, use.type))
            if plan.id in unread:
                found.unrated.add((use.region, use.type))
            if not rate:
                continue
            saving = 1 - rate / use.price if use.price else Decimal(-1)
            pairs.append((ORDER[plan.type], -saving, rate, plan.id, plan, use))
    for _order, _saving, rate, id, plan, use in sorted(pairs, key=lambda pair: pair[:4]):
        place = (use.region, use.type)
        count = min(left[place], (plan.commitment - found.used[id]) / rate)
        if count <= 0:
            continue
        left[place] -= count
        found.used[id] += count * rate
        found.here[(id, use.region)] = found.here.get((id, use.region), Decimal(0)) + count * rate
        found.covered[place] = found.covered.get(place, Decimal(0)) + count
        found.paid[place] = found.paid.get(place, Decimal(0)) + count * rate
    found.unrated = {place for place in found.unrated if left[place]}
    return found
