"""The organizations that a person belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.tenancy.context import person_tx
from apps.tenancy.models import Membership


@dataclass(frozen=True, slots=True)
class Home:
    tenant_id: UUID
    membership_id: UUID
    name: str
    slug: str
    second_factor: bool = False  # required of all its members


def of(user_id: UUID) -> tuple[Home, ...]:
    """A person's organizations, the oldest membership first. One query in a transaction of its own."""
    with person_tx(user_id):
        rows = (
            Membership.objects.filter(user_id=user_id)
            .order_by("created_at", "id")
            .values_list("tenant_id", "id", "tenant__name", "tenant__slug", "tenant__second_factor")
        )
        return tuple(Home(*row) for row in rows)
