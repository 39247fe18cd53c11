"""Quotas of an AWS account: what Service Quotas answers, else AWS's published default."""

import logging
from dataclasses import dataclass

from django.core.cache import cache

from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account

log = logging.getLogger(__name__)

_KEPT = 3600  # seconds
_KEPT_DEFAULT = 300  # an account that couldn't be asked is asked again sooner

# AWS's defaults for a new account, by quota code: service and value. From the Service Quotas console.
DEFAULTS: dict[str, tuple[str, float]] = {
    "L-1216C47A": ("ec2", 5),  # running On-Demand Standard (A, C, D, H, I, M, R, T, Z), vCPUs
    "L-34B43A08": ("ec2", 5),  # all Standard Spot requests, vCPUs
    "L-DB2E81BA": ("ec2", 0),  # running On-Demand G and VT, vCPUs
    "L-3819A6DF": ("ec2", 0),  # all G and VT Spot requests, vCPUs
    "L-417A185B": ("ec2", 0),  # running On-Demand P, vCPUs
    "L-74FC7D96": ("ec2", 0),  # running On-Demand F, vCPUs
    "L-1945791B": ("ec2", 0),  # running On-Demand Inf, vCPUs
    "L-7295265B": ("ec2", 0),  # running On-Demand X, vCPUs
    "L-43DA4232": ("ec2", 0),  # running On-Demand High Memory, vCPUs
    "L-0263D0A3": ("ec2", 5),  # Elastic IP addresses
    "L-F678F1CE": ("vpc", 5),  # VPCs
    "L-407747CB": ("vpc", 200),  # subnets of a VPC
    "L-E79EC296": ("vpc", 2500),  # security groups of a Region
    "L-0EA8095F": ("vpc", 60),  # rules of a security group, each direction
    "L-2AFB9258": ("vpc", 5),  # security groups of a network interface
    "L-DF5E4CA3": ("vpc", 5000),  # network interfaces
    "L-309BACF6": ("ebs", 100_000),  # snapshots
    "L-7A658B76": ("ebs", 50),  # gp3 storage, TiB
    "L-D18FCD1D": ("ebs", 50),  # gp2 storage, TiB
    "L-FD252861": ("ebs", 50),  # io1 storage, TiB
    "L-09BD8365": ("ebs", 20),  # io2 storage, TiB
    "L-B99A9384": ("lambda", 1000),  # concurrent executions
    "L-DC2B2D3D": ("s3", 100),  # general purpose buckets
}


@dataclass(frozen=True, slots=True)
class Limit:
    """`source` is `account` when AWS answered it for this account, `default` when it is AWS's published default.
    `value` is None when neither is known."""

    value: float | None
    source: str


def quota(account: Account, region: str, code: str, service: str = "") -> Limit:
    """The quota's value. Remembered for an hour; otherwise one AWS call, so never in a transaction. Never raises: an
    account that may not ask answers the default."""
    slot = f"quota:{account.tenant_id}:{account.id}:{region}:{code}"
    try:
        kept: Limit | None = cache.get(slot)
    except Exception:  # a broken cache costs a call, not the answer
        kept = None
    if kept is not None:
        return kept
    limit = _ask(account, region, code, service)
    try:
        cache.set(slot, limit, _KEPT if limit.source == "account" else _KEPT_DEFAULT)
    except Exception:
        log.warning("the cache keeps no quotas")
    return limit


def _ask(account: Account, region: str, code: str, service: str) -> Limit:
    known, default = DEFAULTS.get(code, ("", None))
    asked = known or service
    try:
        answer = call(
            account, region, "service-quotas.get_service_quota", {"ServiceCode": asked, "QuotaCode": code}, timeout=10
        )
        return Limit(float(answer.data["Quota"]["Value"]), "account")
    except (CallFailed, KeyError, TypeError, ValueError) as error:
        log.info("quota %s of %s: %s", code, region, error)
        return Limit(default, "default")
