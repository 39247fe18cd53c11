"""Celery's door to the inventory: fetch, call, done."""

from collections.abc import Sequence
from uuid import UUID

from celery import shared_task

from apps.catalog import registry
from apps.cloud.models import Account
from apps.inventory import freshness
from apps.inventory.measures import measure
from apps.inventory.places import Place
from apps.inventory.sync import refresh, sync
from apps.tenancy.context import tenant_tx


@shared_task(name="inventory.sync_scope", expires=300)  # type: ignore[untyped-decorator]
def sync_scope(tenant: str, account: str, region: str, kind: str) -> None:
    """One scope whole. An account or kind that is no more is nothing to do."""
    row = _account(tenant, account)
    place = Place(UUID(tenant), UUID(account), region, kind)
    try:
        if row is not None:
            sync(row, region, registry.resource(kind).kind)
    except registry.UnknownKind:
        return
    finally:
        freshness.asked_for(place)
    freshness.measure_watched(place)


@shared_task(name="inventory.measure_scope", expires=300)  # type: ignore[untyped-decorator]
def measure_scope(tenant: str, account: str, region: str, kind: str, keys: Sequence[str]) -> None:
    """What CloudWatch measured in one scope."""
    row = _account(tenant, account)
    place = Place(UUID(tenant), UUID(account), region, kind)
    try:
        if row is not None:
            measure(row, region, registry.resource(kind), keys)
    except registry.UnknownKind:
        return
    finally:
        freshness.asked_for(place, *keys)


@shared_task(name="inventory.refresh_some", expires=300)  # type: ignore[untyped-decorator]
def refresh_some(tenant: str, account: str, region: str, kind: str, ids: list[str]) -> None:
    """These resources, now."""
    row = _account(tenant, account)
    if row is not None:
        refresh(row, region, kind, ids)


@shared_task(name="inventory.refresh_watched", expires=60)  # type: ignore[untyped-decorator]
def refresh_watched() -> None:
    """What somebody looked at within the hour."""
    freshness.refresh_watched()


def _account(tenant: str, account: str) -> Account | None:
    with tenant_tx(tenant):
        return Account.objects.filter(tenant_id=tenant, id=account).first()
