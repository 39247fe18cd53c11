"""Reserved Instances, which moto doesn't know: two of Harbour's web servers are paid for ahead, nothing else is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.reserved_instances import ReservedInstances

from .fleet import PRODUCTION, VIRGINIA

YEAR = 365 * 24 * 3600


def install() -> None:
    response: Any = ReservedInstances
    response.describe_reserved_instances = describe


def describe(self: Any) -> ActionResult:
    wanted = self._get_param("ReservedInstancesIds", [])
    here = (self.current_account, self.region) == (PRODUCTION, VIRGINIA)
    found = [each for each in ([_web()] if here else []) if not wanted or each["ReservedInstancesId"] in wanted]
    return ActionResult({"ReservedInstances": found})


def _web() -> dict[str, Any]:
    start = datetime.now(UTC).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return {
        "ReservedInstancesId": "6f1a2b3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c",
        "InstanceType": "m7i.large",
        "InstanceCount": 2,
        "ProductDescription": "Linux/UNIX",
        "State": "active",
        "Start": start,
        "End": start + timedelta(seconds=YEAR),
        "Duration": YEAR,
        "UsagePrice": 0.0,
        "FixedPrice": 0.0,
        "CurrencyCode": "USD",
        "OfferingClass": "standard",
        "OfferingType": "No Upfront",
        "Scope": "Region",
        "InstanceTenancy": "default",
        "RecurringCharges": [{"Frequency": "Hourly", "Amount": 0.0635}],
    }
