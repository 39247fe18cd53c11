"""The last reading of each scope: who may read it now, how it went, when it is due again.

A scope is claimed by a row, not by a lock of the database session, so a claim survives a pooled connection and a
killed worker: one that is older than 15 minutes is nobody's.
"""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from apps.cloud.explain import Explained
from apps.inventory.models import Scan
from apps.inventory.places import Place

_SCOPE = "tenant_id = %s AND account_id = %s AND region = %s AND kind = %s"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to sync a scope, from `started` of the database's clock."""

    started: datetime
    first: bool
    failing: bool


def claim(place: Place) -> Claim | None:
    """Takes the scope, unless somebody reads it at the moment."""
    row = _one(
        """
        INSERT INTO inventory_scan AS s (tenant_id, account_id, region, kind, count, started_at)
        VALUES (%s, %s, %s, %s, 0, clock_timestamp())
        ON CONFLICT (tenant_id, kind, account_id, region) DO UPDATE SET started_at = clock_timestamp()
        WHERE s.started_at IS NULL OR s.finished_at >= s.started_at
           OR s.started_at < clock_timestamp() - interval '15 minutes'
        RETURNING started_at, ok_at IS NULL AND error IS NULL, error IS NOT NULL
        """,
        _scope(place),
    )
    return Claim(*row) if row else None


def succeeded(place: Place, count: int, fresh: int) -> None:
    """`fresh` in seconds: for so long the scope needs no other reading."""
    _run(
        f"""UPDATE inventory_scan SET count = %s, error = NULL, finished_at = clock_timestamp(),
            ok_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => %s) WHERE {_SCOPE}""",
        [count, fresh, *_scope(place)],
    )


def failed(place: Place, error: Explained, wait: int) -> None:
    """The count stays: what was known is still shown. Due again after `wait` seconds."""
    _run(
        f"""UPDATE inventory_scan SET error = %s::jsonb, finished_at = clock_timestamp(),
            next_at = clock_timestamp() + make_interval(secs => %s) WHERE {_SCOPE}""",
        [orjson.dumps(error.to_json()).decode(), wait, *_scope(place)],
    )


def release(place: Place) -> None:
    """Gives an unfinished claim back."""
    _run(f"UPDATE inventory_scan SET finished_at = clock_timestamp() WHERE {_SCOPE}", _scope(place))


def adjust(place: Place, by: int) -> None:
    """Corrects the count between two readings."""
    if by:
        _run(f"UPDATE inventory_scan SET count = greatest(0, count + %s) WHERE {_SCOPE}", [by, *_scope(place)])


def clock() -> datetime:
    """The database's time, now."""
    row = _one("SELECT clock_timestamp()", [])
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def scans(tenant_id: UUID, kind: str, accounts: Sequence[UUID | str] = (), regions: Sequence[str] = ()) -> list[Scan]:
    """The last readings of a kind, for a page's freshness line and its failed sources. Empty: all."""
    found = Scan.objects.filter(tenant_id=tenant_id, kind=kind)
    if accounts:
        found = found.filter(account_id__in=accounts)
    if regions:
        found = found.filter(region__in=[*regions, "global"])
    return list(found.order_by("account_id", "region"))


def due(tenant_id: UUID, places: Iterable[Place]) -> list[Place]:
    """Those of one tenant's scopes that were never read, or whose reading is no longer fresh, and that nobody reads."""
    wanted = list(places)
    kinds = sorted({place.kind for place in wanted})
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id, region, kind FROM inventory_scan WHERE tenant_id = %s AND kind = ANY(%s)
               AND (next_at > clock_timestamp() OR (finished_at IS DISTINCT FROM NULL AND finished_at < started_at
                    AND started_at > clock_timestamp() - interval '15 minutes'))""",
            [tenant_id, kinds],
        )
        fresh = {(account, region, kind) for account, region, kind in cursor.fetchall()}
    return [place for place in wanted if (place.account_id, place.region, place.kind) not in fresh]


def _scope(place: Place) -> list[Any]:
    return [place.tenant_id, place.account_id, place.region, place.kind]


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _one(sql: str, params: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()  # type: ignore[no-any-return]
