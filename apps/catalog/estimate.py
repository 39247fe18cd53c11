"""A plan's price and what it counts against, from what its calls declare."""

from apps.catalog import registry
from apps.catalog.costs import Book, CostPart
from apps.catalog.plans import Plan
from apps.catalog.scope import Scope
from apps.catalog.service import Quota


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
    """The limits of AWS's that the plan counts against, with what is used now."""
    found: list[Quota] = []
    for step in plan.steps:
        function = registry.service(step["call"].partition(".")[0]).quotas.get(step["call"])
        found += function(step["params"], scope) if function else ()
    return tuple(found)
