"""How much of a quota a kind uses, by account and Region."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Sequence
from typing import Any

from apps.catalog.resources import Resource
from apps.inventory import rows, where
from apps.inventory.query import fetch
from apps.tenancy.access import Actor, reach


def used(
    actor: Actor, resource: Resource, accounts: Sequence[Any], regions: Sequence[str]
) -> dict[tuple[str, str], int]:
    """By (account, Region) how many count, where there are any. Nothing where the actor sees some of a Region only: a
    part of them says nothing about the quota. In the tenant's transaction."""
    reaches, capacity = reach(actor, resource.permission), resource.capacity
    if capacity is None or not reaches or any(each.tag for each in reaches):
        return {}
    sql, params = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, resource.kind]),
        where.scoped(accounts, regions),
        where.reached(reaches),
    )
    place, table = "e.account_id::text, e.region", f"inventory_entry e WHERE {sql}"
    if capacity.counts is None:
        found = fetch(f"SELECT {place}, count(*) FROM {table} GROUP BY 1, 2", params)
        return {(account, region): count for account, region, count in found}
    taken: dict[tuple[str, str], int] = {}
    for account, region, attrs in fetch(f"SELECT {place}, e.attrs FROM {table}", params):
        if capacity.counts(rows.load(attrs)):
            taken[account, region] = taken.get((account, region), 0) + 1
    return taken
