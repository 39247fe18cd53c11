"""Reserved Instances: what was paid for ahead, and what that covers."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import HOURS, Book, CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Resource, State
from apps.services.ec2 import INSTANCES


def hourly(attrs: Any) -> Decimal | None:
    """USD an hour of one instance: what recurs, and its share of what was paid at first. None where AWS doesn't tell,
    or tells it in another currency."""
    if attrs.get("CurrencyCode", "USD") != "USD" or not attrs.get("Duration"):
        return None
    upfront = Decimal(str(attrs.get("FixedPrice") or 0)) * 3600 / Decimal(attrs["Duration"])
    recurring = [each["Amount"] for each in attrs.get("RecurringCharges") or () if each.get("Frequency") == "Hourly"]
    return (
        upfront
        + Decimal(str(attrs.get("UsagePrice") or 0))
        + sum((Decimal(str(each)) for each in recurring), Decimal())
    )


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """What recurs, whether anything uses it or not."""
    if item.state != "active":
        return ()
    charges = [each for each in item.attrs.get("RecurringCharges") or () if each.get("Frequency") == "Hourly"]
    each = sum((Decimal(str(charge["Amount"])) for charge in charges), Decimal())
    return (CostPart(_("Recurring charge"), each * HOURS * int(item.attrs.get("InstanceCount") or 1)),)


def years(item: Item) -> float:
    return round(int(item.attrs.get("Duration") or 0) / (365 * 86400), 2)


def effective(item: Item) -> float | None:
    found = hourly(item.attrs)
    return None if found is None else float(round(found, 5))


def named(obj: Any) -> str:
    """AWS gives them no name: how many of what type they are."""
    return f"{obj.get('InstanceCount') or 1} × {obj['InstanceType']}" if obj.get("InstanceType") else ""


reserved = Resource(
    kind="ec2.reserved-instance",
    label=_("Reserved Instances"),
    plural=_("Reserved Instances"),
    group=INSTANCES,
    icon="bookmark",
    rank=70,
    fresh=3600,
    about=_("Reserved Instances are instances paid for one or three years ahead, at a lower price."),
    read=Call(
        "describe_reserved_instances",
        "ReservedInstances[]",
        by_id="ReservedInstancesIds",
        missing=("InvalidReservedInstancesId", "InvalidReservedInstancesID.NotFound"),
    ),
    id="ReservedInstancesId",
    name=named,
    zone="AvailabilityZone",
    created="Start",
    arn="arn:aws:ec2:{region}:{account}:reserved-instances/{id}",
    state=State(
        "State",
        ok={"active"},
        busy={"payment-pending", "queued"},
        idle={"retired", "queued-deleted"},
        bad={"payment-failed"},
    ),
    columns=(
        Column(_("Type"), "InstanceType", key="type", facet=True),
        Column(_("Number"), "InstanceCount", key="count", number=True),
        Column(_("Each, per hour"), effective, key="hourly", unit="USD", number=True),
        Column(_("Years"), years, key="years", number=True, wide=True),
        Column(_("Payment"), "OfferingType", key="payment", facet=True, wide=True),
        Column(_("Class"), "OfferingClass", key="class", facet=True, hidden=True),
        Column(_("Scope"), "Scope", key="scope", facet=True, hidden=True),
        Column(_("Platform"), "ProductDescription", key="platform", facet=True, hidden=True),
        Column(_("Tenancy"), "InstanceTenancy", key="tenancy", hidden=True),
        Column(_("Ends"), "End", key="ends", time=True),
    ),
    monthly_cost=cost,
    example={
        "ReservedInstancesId": "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c",
        "InstanceType": "m7i.large",
        "InstanceCount": 2,
        "Duration": 31536000,
        "FixedPrice": 0.0,
        "CurrencyCode": "USD",
        "RecurringCharges": [{"Frequency": "Hourly", "Amount": 0.0635}],
        "State": "active",
        "Scope": "Region",
        "ProductDescription": "Linux/UNIX",
    },
)
