"""Savings Plans, which neither emulator knows: Harbour's production has two, nobody else has any. The rates are list
prices with about the discount that AWS gives for one year without anything upfront."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from .fleet import IRELAND, PRODUCTION, SINGAPORE, TOKYO, VIRGINIA

YEAR = 365 * 24 * 3600
SERVICE = "savingsplans"
# On-Demand in USD an hour of the size large in us-east-1, and how much of it each plan takes.
LARGE = {"m7i": 0.1008, "c7i": 0.08925, "r7i": 0.1323, "r7g": 0.1071, "c7g": 0.0725, "m7g": 0.0816}
LARGE |= {"t3": 0.0832, "t4g": 0.0672, "m5": 0.096}
SIZES = {"micro": 0.125, "small": 0.25, "medium": 0.5, "large": 1, "xlarge": 2, "2xlarge": 4, "4xlarge": 8}
REGIONS = {VIRGINIA: 1.0, IRELAND: 1.11, TOKYO: 1.25, SINGAPORE: 1.22}
SHARES = {"EC2Instance": 0.63, "Compute": 0.73}
PLANS = (
    ("0d5b8a1e-7c34-4f02-9e61-3a2b1c0d9e8f", "EC2Instance", "0.2500", {"ec2InstanceFamily": "c7i", "region": VIRGINIA}),
    ("7e2f4c6a-1b3d-4e5f-8a9b-0c1d2e3f4a5b", "Compute", "0.9000", {}),
)


def answer(account: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """What the service's two reading calls answer."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    asked: dict[str, Any] = json.loads(environ["wsgi.input"].read(length) or b"{}")
    call = environ["PATH_INFO"].strip("/")
    if call == "DescribeSavingsPlans":
        return _say(start_response, "200 OK", {"savingsPlans": _plans(account, asked)})
    if call == "DescribeSavingsPlanRates":
        plan = next((one for one in PLANS if one[0] == asked.get("savingsPlanId") and account == PRODUCTION), None)
        if plan is None:
            return _refuse(start_response, "404 Not Found", "ResourceNotFoundException", "There is no such plan.")
        return _say(start_response, "200 OK", {"savingsPlanId": plan[0], "searchResults": _rates(plan[1], asked)})
    return _refuse(start_response, "400 Bad Request", "ValidationException", f"The demo cloud knows no {call}.")


def _plans(account: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    start = datetime.now(UTC).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    ids, states = asked.get("savingsPlanIds"), asked.get("states")
    found = []
    for id, type, commitment, limits in PLANS if account == PRODUCTION and "active" in (states or ["active"]) else ():
        if ids and id not in ids:
            continue
        found.append(
            {
                "savingsPlanId": id,
                "savingsPlanArn": f"arn:aws:savingsplans::{account}:savingsplan/{id}",
                "offeringId": "7e2f0d1c-5b4a-4938-8271-605f4e3d2c1b",
                "start": start.isoformat(),
                "end": (start + timedelta(seconds=YEAR)).isoformat(),
                "state": "active",
                "savingsPlanType": type,
                "paymentOption": "No Upfront",
                "productTypes": ["EC2"] if type == "EC2Instance" else ["EC2", "Fargate", "Lambda"],
                "currency": "USD",
                "commitment": commitment,
                "upfrontPaymentAmount": "0.0",
                "recurringPaymentAmount": commitment,
                "termDurationInSeconds": YEAR,
                "tags": {"env": "production"},
                **limits,
            }
        )
    return found


def _rates(type: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = {one["name"]: one["values"] for one in asked.get("filters") or ()}
    found = []
    for region in wanted.get("region", REGIONS):
        for size in wanted.get("instanceType", ()):
            family, _dot, step = size.partition(".")
            if family not in LARGE or step not in SIZES or region not in REGIONS:
                continue
            rate = LARGE[family] * SIZES[step] * REGIONS[region] * SHARES[type]
            about = {"region": region, "instanceType": size, "instanceFamily": family, "tenancy": "shared"}
            about["productDescription"] = "Linux/UNIX"
            found.append(
                {
                    "rate": f"{rate:.5f}",
                    "currency": "USD",
                    "unit": "Hrs",
                    "productType": "EC2",
                    "serviceCode": "AmazonEC2",
                    "usageType": f"BoxUsage:{size}",
                    "operation": "RunInstances",
                    "properties": [{"name": name, "value": value} for name, value in about.items()],
                }
            )
    return found


def _refuse(start_response: Any, status: str, code: str, message: str) -> Iterable[bytes]:
    return _say(start_response, status, {"message": message}, [("x-amzn-ErrorType", code)])


def _say(start_response: Any, status: str, body: Any, headers: list[tuple[str, str]] | None = None) -> Iterable[bytes]:
    said = json.dumps(body).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(said))), *(headers or [])])
    return [said]
