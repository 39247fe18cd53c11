"""A plan's price and what it counts against, from what its calls declare."""

from apps.catalog import registry
from apps.catalog.costs import Book, CostPart
from apps.catalog.plans import Plan
from apps.catalog.scope import Scope
from apps.catalog.service import Quota

_MOST = 10_000  # of a kind that are counted


def price(plan: Plan, scope: Scope, book: Book) -> tuple[CostPart, ...]:
    """What the plan adds to a month's bill, in parts of the same label joined. Empty when nothing has a price."""
    joined: dict[str, CostPart] = {}
    for step in plan.steps:
        function = registry.service(step["call"].partition(".")[0]).prices.get(step["call"])
        for part in function(step["params"], scope, book) if function else ():
            label = str(part.label)
            before = joined.get(label)
            if before is None:
                joined[label] = part
            elif before.amount is None or part.amount is None:
                joined[label] = CostPart(label, None)
            else:
                joined[label] = CostPart(label, before.amount + part.amount)
    return tuple(joined.values())


def quotas(plan: Plan, scope: Scope) -> tuple[Quota, ...]:
    """The limits of AWS's that the plan counts against in the scope's place, with what is used now."""
    here = [step for step in plan.steps if (step["account"], step["region"]) == (scope.account, scope.region)]
    found: list[Quota] = []
    for step in here:
        function = registry.service(step["call"].partition(".")[0]).quotas.get(step["call"])
        found += function(step["params"], scope) if function else ()
    for resource in registry.resources():
        capacity = resource.capacity
        wants = capacity.takes(step["params"] for step in here if step["call"] == capacity.call) if capacity else 0
        if capacity and wants:
            used = capacity.takes(item.attrs for item in scope.search(resource.kind, "", _MOST))
            found.append(Quota(capacity.service, capacity.code, capacity.label, wants, used))
    return tuple(found)
