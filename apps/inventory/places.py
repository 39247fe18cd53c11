"""Scopes: where a kind is read. A global kind has one scope in each account, in the Region named `global`."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.catalog.resources import Resource
from apps.cloud.models import Account

GLOBAL = "global"


@dataclass(frozen=True, slots=True)
class Place:
    """One scope: a kind in a Region of an account."""

    tenant_id: uuid.UUID
    account_id: uuid.UUID
    region: str
    kind: str

    def __str__(self) -> str:
        return f"{self.tenant_id}|{self.account_id}|{self.region}|{self.kind}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        tenant, account, region, kind = text.split("|")
        return cls(uuid.UUID(tenant), uuid.UUID(account), region, kind)


def place_of(account: Account, resource: Resource, region: str) -> Place:
    """The scope that a resource in this Region belongs to."""
    return Place(account.tenant_id, account.id, GLOBAL if resource.scope == GLOBAL else region, resource.kind)


def regions_of(account: Account, resource: Resource) -> Sequence[str]:
    """The Regions in which the account's resources of this kind are."""
    return tuple(account.regions) if resource.placed else (GLOBAL,)


def places(accounts: Iterable[Account], resources: Iterable[Resource], regions: Sequence[str] = ()) -> list[Place]:
    """Every scope of these kinds in these accounts; with `regions`, only those and the global ones."""
    return [
        Place(account.tenant_id, account.id, region, resource.kind)
        for account in accounts
        for resource in resources
        for region in ((GLOBAL,) if resource.scope == GLOBAL else account.regions)
        if not regions or region in regions or region == GLOBAL
    ]
