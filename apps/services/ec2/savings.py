"""Savings Plans: a sum an hour that was promised for one or three years, for lower prices of what runs."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Resource, State
from apps.services.ec2 import INSTANCES


def amount(attrs: Any, key: str) -> Decimal | None:
    """USD; None where AWS doesn't tell, or tells it in another currency."""
    if attrs.get("currency", "USD") != "USD" or attrs.get(key) in (None, ""):
        return None
    return Decimal(str(attrs[key]))


def commitment(item: Item) -> float | None:
    found = amount(item.attrs, "commitment")
    return None if found is None else float(found)


def named(obj: Any) -> str:
    """AWS gives them no name: what they are for and how much an hour they promise."""
    kind, much = str(obj.get("savingsPlanType") or ""), amount(obj, "commitment")
    if not kind or much is None:
        return kind
    family = f" {obj['ec2InstanceFamily']}" if obj.get("ec2InstanceFamily") else ""
    return f"{kind}{family} ${much.normalize():f}/h"


def years(item: Item) -> float:
    return round(int(item.attrs.get("termDurationInSeconds") or 0) / (365 * 86400), 2)


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """What recurs, whether anything uses it or not."""
    if item.state != "active":
        return ()
    each = amount(item.attrs, "recurringPaymentAmount")
    return (CostPart(_("Recurring payment"), None if each is None else each * HOURS),)


savings_plan = Resource(
    kind="ec2.savings-plan",
    label=_("Savings Plan"),
    plural=_("Savings Plans"),
    group=INSTANCES,
    icon="bookmark",
    rank=75,
    fresh=3600,
    scope="global",
    api="savingsplans",
    about=_("A Savings Plan promises AWS a sum an hour for one or three years, for lower prices of what runs."),
    read=Call(
        "describe_savings_plans",
        "savingsPlans[]",
        by_id="savingsPlanIds",
        missing=("ValidationException", "ResourceNotFoundException"),
    ),
    id="savingsPlanId",
    name=named,
    created="start",
    tags="tags",
    arn="savingsPlanArn",
    state=State(
        "state",
        ok={"active"},
        busy={"queued", "payment-pending", "pending-return"},
        idle={"retired", "returned", "queued-deleted"},
        bad={"payment-failed"},
    ),
    columns=(
        Column(_("Plan type"), "savingsPlanType", key="type", facet=True),
        Column(_("Commitment per hour"), commitment, key="commitment", unit="USD", number=True),
        Column(_("Instance family"), "ec2InstanceFamily", key="family", facet=True, wide=True),
        Column(_("Applies in"), "region", key="applies", facet=True, wide=True),
        Column(_("Payment"), "paymentOption", key="payment", facet=True, wide=True),
        Column(_("Years"), years, key="years", number=True, wide=True),
        Column(_("For"), "productTypes", key="products", hidden=True),
        Column(_("Description"), "description", key="description", hidden=True),
        Column(_("Ends"), "end", key="ends", time=True),
    ),
    monthly_cost=cost,
    example={
        "savingsPlanId": "8f3d2c1b-0a9e-4b7c-8d6e-5f4a3b2c1d0e",
        "savingsPlanArn": "arn:aws:savingsplans::111111111111:savingsplan/8f3d2c1b-0a9e-4b7c-8d6e-5f4a3b2c1d0e",
        "state": "active",
        "savingsPlanType": "Compute",
        "paymentOption": "No Upfront",
        "productTypes": ["EC2", "Fargate", "Lambda"],
        "currency": "USD",
        "commitment": "0.50",
        "upfrontPaymentAmount": "0.0",
        "recurringPaymentAmount": "0.50",
        "termDurationInSeconds": 31536000,
        "start": "2026-01-01T00:00:00.000Z",
        "end": "2026-12-31T23:59:59.000Z",
    },
)
