"""The values that occur in a list, with how often: what the filter box suggests."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

import hashlib
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from django.core.cache import cache

from apps.catalog.resources import Resource
from apps.inventory import query, where
from apps.tenancy.access import Actor, reach

log = logging.getLogger(__name__)

_SAMPLE = 10_000  # rows that are counted
_VALUES = 25  # of each facet
_KEPT = 60  # seconds


def facets(
    actor: Actor, resource: Resource, accounts: Sequence[UUID | str] = (), regions: Sequence[str] = ()
) -> dict[str, list[tuple[str, int]]]:
    """By column key, the commonest values and their counts (in the first 10,000). Kept for a minute. In the
    tenant's transaction."""
    keys = [column.key for column in resource.columns if column.facet]
    if resource.state:
        keys.insert(0, "state")
    reaches = reach(actor, resource.permission)
    if not keys or not reaches:
        return {}
    seen = hashlib.blake2b(repr((reaches, [*map(str, accounts)], [*regions])).encode(), digest_size=12).hexdigest()
    slot = f"facets:{actor.tenant_id}:{resource.kind}:{seen}"
    kept: dict[str, list[tuple[str, int]]] | None = _kept(slot)
    if kept is not None:
        return kept
    condition = where.both(
        ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [actor.tenant_id, resource.kind]),
        where.scoped(accounts, regions),
        where.reached(reaches),
    )
    found = _count(condition, keys)
    _keep(slot, found)
    return found


def _count(condition: where.Condition, keys: list[str]) -> dict[str, list[tuple[str, int]]]:
    sql, params = condition
    found: dict[str, list[tuple[str, int]]] = {key: [] for key in keys}
    for key, value, times in query.fetch(
        f"""SELECT f.key, f.value, count(*) AS times
            FROM (SELECT e.state, e.cells FROM inventory_entry e WHERE {sql} LIMIT {_SAMPLE}) e
            CROSS JOIN LATERAL (
                SELECT k AS key, jsonb_array_elements_text(
                    CASE WHEN k = 'state' THEN jsonb_build_array(e.state)
                         WHEN jsonb_typeof(e.cells -> k) = 'array' THEN e.cells -> k
                         ELSE jsonb_build_array(e.cells -> k) END) AS value
                FROM unnest(%s::text[]) AS k) f
            WHERE f.value <> '' GROUP BY 1, 2 ORDER BY 3 DESC, 2""",
        [*params, keys],
    ):
        if len(found[key]) < _VALUES:
            found[key].append((value, times))
    return found


def _kept(slot: str) -> Any:
    try:
        text = cache.get(slot)
    except Exception:  # without the cache it is counted anew
        return None
    return None if text is None else {key: [(v, n) for v, n in pairs] for key, pairs in orjson.loads(text).items()}


def _keep(slot: str, found: dict[str, list[tuple[str, int]]]) -> None:
    try:
        cache.set(slot, orjson.dumps(found), _KEPT)
    except Exception:
        log.warning("the cache keeps no facets")
