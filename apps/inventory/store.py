"""Writing what a reading brought: one comparison, then only what differs."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from apps.inventory.places import GLOBAL, Place
from apps.inventory.rows import Key, Row
from apps.inventory.scans import Claim

_BATCH = 1000
_PLAIN = ("resource_id", "region", "name", "state", "zone", "search", "created_at")
_KEPT = "30 days"  # how long a row whose resource is gone stays

# One JSON parameter for a whole batch: psycopg escapes arrays in Python, which takes ten times as long.
_UPSERT = """
    INSERT INTO inventory_entry AS e (tenant_id, account_id, region, kind, resource_id, name, state, zone, attrs, tags,
        cells, monthly_cost, search, created_at, digest)
    SELECT %s, %s, region, %s, resource_id, name, state, zone, attrs, tags, cells, monthly_cost, search, created_at,
        decode(digest, 'hex')
    FROM jsonb_to_recordset(%s::jsonb) AS r (resource_id text, region text, name text, state text, zone text,
        attrs jsonb, tags jsonb, cells jsonb, monthly_cost numeric, search text, created_at timestamptz, digest text)
    ON CONFLICT (tenant_id, kind, resource_id, account_id, region) DO UPDATE SET
        name = excluded.name, state = excluded.state, zone = excluded.zone, attrs = excluded.attrs,
        tags = excluded.tags, cells = excluded.cells, monthly_cost = excluded.monthly_cost, search = excluded.search,
        created_at = excluded.created_at, digest = excluded.digest, seen_at = clock_timestamp(),
        changed_at = clock_timestamp(), gone_at = NULL
"""
# A global kind has one scope in an account, whatever Regions its resources lie in.
_SCOPE = f"tenant_id = %s AND account_id = %s AND kind = %s AND (region = %s OR '{GLOBAL}' = %s)"


Line = tuple[Key, str, dict[str, Any], dict[str, Any]]  # of the history: whose, what, before, after


@dataclass(frozen=True, slots=True)
class Known:
    """What the table says of a resource before a reading."""

    digest: bytes
    name: str
    state: str
    gone: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class Written:
    added: int
    changed: int
    gone: int
    count: int

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.gone)


def replace(place: Place, rows: Sequence[Row], claim: Claim) -> Written:
    """The scope holds these and nothing else. In the tenant's transaction."""
    known = _known(place, claim.started)
    seen = {row.key for row in rows}
    newer = {key for key, old in known.items() if old.newer}
    fresh = [row for row in rows if row.key not in newer]
    lost = [key for key, old in known.items() if key not in seen and not old.gone and not old.newer]
    written = _write(place, fresh, lost, known, remember=not claim.first)
    _run(f"DELETE FROM inventory_entry WHERE {_SCOPE} AND gone_at < now() - interval '{_KEPT}'", _scope(place))
    # A refresh may have added what the pages don't show yet.
    extra = sum(1 for key in newer - seen if not known[key].gone)
    removed = sum(1 for key in newer & seen if known[key].gone)
    return Written(written.added, written.changed, written.gone, len(seen) + extra - removed)


def merge(place: Place, rows: Sequence[Row], ids: Sequence[str], started: datetime) -> Written:
    """These ids are as the rows say, those without a row are gone. In the tenant's transaction."""
    known = _known(place, started, ids)
    found = {row.key for row in rows}
    lost = [key for key, old in known.items() if key not in found and not old.gone]
    written = _write(place, rows, lost, known, remember=True)
    # Whatever a sync is reading at the moment is older than this.
    _run(
        f"UPDATE inventory_entry SET seen_at = clock_timestamp() WHERE {_SCOPE} AND resource_id = ANY(%s)",
        [*_scope(place), list(ids)],
    )
    return written


def _write(place: Place, rows: Sequence[Row], lost: list[Key], known: dict[Key, Known], *, remember: bool) -> Written:
    differ = [row for row in rows if _differs(row, known.get(row.key))]
    for batch in _batches(differ):
        _run(_UPSERT, [place.tenant_id, place.account_id, place.kind, _batch(batch)])
    if lost:
        _run(
            f"""UPDATE inventory_entry SET gone_at = clock_timestamp(), seen_at = clock_timestamp()
                WHERE {_SCOPE} AND (region, resource_id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))""",
            [*_scope(place), [region for region, _id in lost], [id for _region, id in lost]],
        )
    if remember:
        _remember(place, [*_changes(differ, known), *_losses(lost, known)])
    added = sum(1 for row in differ if row.key not in known or known[row.key].gone)
    return Written(added, len(differ) - added, len(lost), len(rows))


def _differs(row: Row, old: Known | None) -> bool:
    return old is None or old.gone or old.digest != row.digest


def _known(place: Place, started: datetime, ids: Sequence[str] | None = None) -> dict[Key, Known]:
    some, params = ("", []) if ids is None else ("AND resource_id = ANY(%s)", [list(ids)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT region, resource_id, digest, name, state, gone_at IS NOT NULL, seen_at > %s
                FROM inventory_entry WHERE {_SCOPE} {some}""",
            [started, *_scope(place), *params],
        )
        return {(region, id): Known(bytes(digest), *rest) for region, id, digest, *rest in cursor.fetchall()}


def _changes(rows: Sequence[Row], known: dict[Key, Known]) -> Iterator[Line]:
    for row in rows:
        old = known.get(row.key)
        if old is None or old.gone:
            yield row.key, "appeared", {}, {"name": row.name, "state": row.state}
        elif (old.name, old.state) != (row.name, row.state):
            pairs = (("name", old.name, row.name), ("state", old.state, row.state))
            differing = [(key, was, now) for key, was, now in pairs if was != now]
            yield (
                row.key,
                "changed",
                {key: was for key, was, _now in differing},
                {key: now for key, _was, now in differing},
            )


def _losses(keys: list[Key], known: dict[Key, Known]) -> Iterator[Line]:
    for key in keys:
        yield key, "gone", {"name": known[key].name, "state": known[key].state}, {}


def _remember(place: Place, changes: Sequence[Line]) -> None:
    for batch in _batches(changes):
        keys, whats, befores, afters = zip(*batch, strict=True)
        regions, ids = zip(*keys, strict=True)
        _run(
            """INSERT INTO inventory_change (tenant_id, account_id, region, kind, resource_id, what, before, after)
               SELECT %s, %s, region, %s, id, what, before, after
               FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[])
               AS c (region, id, what, before, after)""",
            [
                *(place.tenant_id, place.account_id, place.kind, list(regions), list(ids), list(whats)),
                *([_json(one) for one in befores], [_json(one) for one in afters]),
            ],
        )


def _batch(rows: Sequence[Row]) -> str:
    return orjson.dumps([_fields(row) for row in rows]).decode()


def _fields(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    fields |= {name: orjson.Fragment(getattr(row, name)) for name in ("attrs", "tags", "cells")}
    fields["monthly_cost"] = None if row.monthly_cost is None else str(row.monthly_cost)
    fields["digest"] = row.digest.hex()
    return fields


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _scope(place: Place) -> list[Any]:
    return [place.tenant_id, place.account_id, place.kind, place.region, place.region]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
