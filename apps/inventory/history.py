"""What happened to one resource, as far as readings saw it."""

from uuid import UUID

from apps.inventory.models import Change


def changes(tenant_id: UUID, kind: str, id: str, account: UUID | str, region: str, limit: int = 50) -> list[Change]:
    """The latest first: it appeared, its state or name changed, it went."""
    found = Change.objects.filter(tenant_id=tenant_id, kind=kind, resource_id=id, account_id=account, region=region)
    return list(found.order_by("-at", "-id")[:limit])
