"""The last reading of each measure in a scope: who may read it now, how it went, when it is due again. See scans.py,
whose rules these follow; besides, CloudWatch is asked at most once a period, whoever asks."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from apps.cloud.explain import Explained
from apps.inventory.places import Place

_SCOPE = "tenant_id = %s AND account_id = %s AND region = %s AND kind = %s AND key = ANY(%s)"
_READING = """m.started_at > clock_timestamp() - interval '15 minutes'
    AND (m.finished_at IS NULL OR m.finished_at < m.started_at)"""

Wanted = tuple[Place, str]  # a scope and the key of a measure


def claim(place: Place, keys: Sequence[str]) -> dict[str, bool]:
    """Takes those that are due and that nobody reads; the value tells whether the last reading failed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO inventory_measure_scan AS m (tenant_id, account_id, region, kind, key, errors, started_at)
                SELECT %s, %s, %s, %s, key, '{{}}', clock_timestamp() FROM unnest(%s::text[]) AS w (key)
                ON CONFLICT (tenant_id, kind, account_id, region, key) DO UPDATE SET started_at = clock_timestamp()
                WHERE coalesce(m.next_at <= clock_timestamp(), true) AND ({_READING}) IS NOT TRUE
                RETURNING key, errors <> '{{}}'""",
            [*_scope(place), list(keys)],
        )
        return dict(cursor.fetchall())


def finish(place: Place, keys: Sequence[str], errors: Mapping[str, Explained], wait: int) -> None:
    """How it went, by Region that failed; due again after `wait` seconds."""
    told = orjson.dumps({region: error.to_json() for region, error in errors.items()}).decode()
    _run(
        f"""UPDATE inventory_measure_scan SET errors = %s::jsonb, finished_at = clock_timestamp(),
            ok_at = CASE WHEN %s THEN ok_at ELSE clock_timestamp() END,
            next_at = clock_timestamp() + make_interval(secs => %s) WHERE {_SCOPE}""",
        [told, bool(errors), wait, *_scope(place), list(keys)],
    )


def release(place: Place, keys: Sequence[str]) -> None:
    """Gives an unfinished claim back."""
    _run(
        f"UPDATE inventory_measure_scan SET finished_at = clock_timestamp() WHERE {_SCOPE}",
        [*_scope(place), list(keys)],
    )


def due(tenant_id: UUID, wanted: Iterable[Wanted]) -> list[Wanted]:
    """Those of one tenant's that are due, in scopes where the inventory has something."""
    asked = list(wanted)
    kinds = sorted({place.kind for place, _key in asked})
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.account_id, s.region, s.kind, ARRAY(
                    SELECT m.key FROM inventory_measure_scan m
                    WHERE m.tenant_id = s.tenant_id AND m.kind = s.kind AND m.account_id = s.account_id
                    AND m.region = s.region AND (m.next_at > clock_timestamp() OR ({_READING})))
                FROM inventory_scan s WHERE s.tenant_id = %s AND s.kind = ANY(%s) AND s.count > 0""",
            [tenant_id, kinds],
        )
        fresh = {(account, region, kind): set(keys) for account, region, kind, keys in cursor.fetchall()}
    return [
        (place, key)
        for place, key in asked
        if key not in fresh.get((place.account_id, place.region, place.kind), (key,))
    ]


def _scope(place: Place) -> list[Any]:
    return [place.tenant_id, place.account_id, place.region, place.kind]


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
