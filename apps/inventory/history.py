"""What happened to one resource, as far as readings saw it."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from apps.inventory.models import Change
from apps.tenancy.access import Reach


def changes(tenant_id: UUID, kind: str, id: str, account: UUID | str, region: str, limit: int = 50) -> list[Change]:
    """The latest first: it appeared, its state or name changed, it went."""
    found = Change.objects.filter(tenant_id=tenant_id, kind=kind, resource_id=id, account_id=account, region=region)
    return list(found.order_by("-at", "-id")[:limit])


def latest(tenant_id: UUID, reaches: Mapping[str, Iterable[Reach]], limit: int) -> list[Change]:
    """The latest of several kinds, where these reach. A change knows no tags, so a role held on a tag shows none."""
    seen = Q(pk__in=[])
    for kind, parts in reaches.items():
        for part in parts:
            if not part.tag:
                here = Q(kind=kind)
                here &= Q(account_id=part.account) if part.account else Q()
                seen |= here & (Q(region=part.region) if part.region else Q())
    return list(Change.objects.filter(seen, tenant_id=tenant_id).order_by("-at", "-id")[:limit])
