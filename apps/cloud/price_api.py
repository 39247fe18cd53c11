"""AWS's Price List API, for an account that may ask it. It is slow and lives in one Region: background tasks only."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from apps.cloud import prices
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account

log = logging.getLogger(__name__)

_HOME = "us-east-1"


def learn_instances(account: Account, region: str, types: Iterable[str]) -> int:
    """Learns what these instance types cost an hour in the Region; answers how many the API knew. An account that may
    not ask leaves the price file's figures."""
    found: dict[str, str] = {}
    for name in types:
        try:
            price = _on_demand(account, region, name)
        except CallFailed as failed:
            log.info("price list for %s: %s", region, failed.explained.code)
            break
        if price:
            found[name] = price
    if found:
        prices.learn(region, found, timezone.now().date().isoformat())
    return len(found)


def _on_demand(account: Account, region: str, instance_type: str) -> str:
    fields = {
        "regionCode": region,
        "instanceType": instance_type,
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "tenancy": "Shared",
        "capacitystatus": "Used",
    }
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields.items()]
    answer = call(account, _HOME, "pricing.get_products", {"ServiceCode": "AmazonEC2", "Filters": filters})
    return next(filter(None, map(_hourly, answer.data.get("PriceList", ()))), "")


def _hourly(product: str) -> str:
    """USD an hour in one product of the API's, which is JSON inside JSON; empty when it has none."""
    terms: dict[str, Any] = json.loads(product).get("terms", {}).get("OnDemand", {})
    for term in terms.values():
        for dimension in term.get("priceDimensions", {}).values():
            usd = dimension.get("pricePerUnit", {}).get("USD", "")
            if dimension.get("unit") == "Hrs" and usd and float(usd) > 0:
                return str(usd)
    return ""
