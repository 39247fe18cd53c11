"""The one factory of AWS clients, from a tenant's account alone. What an account lacks is an error, never a fallback
to whatever the panel's own host may do."""

import re
from typing import Any

from django.utils.translation import gettext as _

from apps.cloud import credentials, factory
from apps.cloud.models import Account

_HOME = "us-east-1"  # where the services without Regions are
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}\Z")


def client(
    account: Account, service: str, region: str, *, timeout: float = factory.READ, attempts: int = factory.ATTEMPTS
) -> Any:
    """A boto3-style client of the service for this account and Region; cached, safe to share between threads.

    `region` may be `global`; `timeout` is the read timeout in seconds; `attempts` counts botocore's own tries. Raises
    CallFailed when the account's credential is missing, unreadable or refused, or its endpoint isn't one that the
    operator allows. May call AWS (AssumeRole).
    """
    region = _HOME if region == "global" else region
    if not _REGION.match(region):
        raise factory.refused("UnknownRegion", _("There is no Region “%s”.") % region, kind="invalid")
    return factory.build(
        credentials.keys_of(account),
        service,
        region,
        endpoint=factory.endpoint_of(account, service),
        timeout=timeout,
        attempts=attempts,
        owner=(account.tenant_id, account.id, account.updated_at),
    )


def forget(account: Account) -> None:
    """Drops the clients and sessions that this process keeps for the account."""
    credentials.forget(account.id)
    factory.forget(account.id)
