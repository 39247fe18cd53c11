"""Writing what a reading brought: one comparison, then only what differs."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from apps.inventory.places import Place
from apps.inventory.rows import Row
from apps.inventory.scans import Claim

_BATCH = 1000
_PLAIN = ("resource_id", "name", "state", "zone", "search", "created_at")
_KEPT = "30 days"  # how long a row whose resource is gone stays

# One JSON parameter for a whole batch: psycopg escapes arrays in Python, which takes ten times as long.
_UPSERT = """
    INSERT INTO inventory_entry AS e (tenant_id, account_id, region, kind, resource_id, name, state, zone, attrs, tags,
        cells, monthly_cost, search, created_at, digest)
    SELECT %s, %s, %s, %s, resource_id, name, state, zone, attrs, tags, cells, monthly_cost, search, created_at,
        decode(digest, 'hex')
    FROM jsonb_to_recordset(%s::jsonb) AS r (resource_id text, name text, state text, zone text, attrs jsonb,
        tags jsonb, cells jsonb, monthly_cost numeric, search text, created_at timestamptz, digest text)
    ON CONFLICT (tenant_id, kind, resource_id, account_id, region) DO UPDATE SET
        name = excluded.name, state = excluded.state, zone = excluded.zone, attrs = excluded.attrs,
        tags = excluded.tags, cells = excluded.cells, monthly_cost = excluded.monthly_cost, search = excluded.search,
        created_at = excluded.created_at, digest = excluded.digest, seen_at = clock_timestamp(),
        changed_at = clock_timestamp(), gone_at = NULL
"""
_SCOPE = "tenant_id = %s AND account_id = %s AND kind = %s AND region = %s"


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
    fresh = [row for row in rows if not (row.resource_id in known and known[row.resource_id].newer)]
    seen = {row.resource_id for row in rows}
    lost = [id for id, old in known.items() if id not in seen and not old.gone and not old.newer]
    written = _write(place, fresh, lost, known, remember=not claim.first)
    _run(f"DELETE FROM inventory_entry WHERE {_SCOPE} AND gone_at < now() - interval '{_KEPT}'", _scope(place))
    # A refresh may have added what the pages don't show yet.
    extra = sum(1 for id, old in known.items() if id not in seen and not old.gone and old.newer)
    removed = sum(
        1 for row in rows if row.resource_id in known and known[row.resource_id].newer and known[row.resource_id].gone
    )
    return Written(written.added, written.changed, written.gone, len(seen) + extra - removed)


def merge(place: Place, rows: Sequence[Row], ids: Sequence[str], started: datetime) -> Written:
    """These ids are as the rows say, those without a row are gone. In the tenant's transaction."""
    known = _known(place, started, ids)
    found = {row.resource_id for row in rows}
    lost = [id for id in ids if id not in found and id in known and not known[id].gone]
    written = _write(place, rows, lost, known, remember=True)
    # Whatever a sync is reading at the moment is older than this.
    _run(
        f"UPDATE inventory_entry SET seen_at = clock_timestamp() WHERE {_SCOPE} AND resource_id = ANY(%s)",
        [*_scope(place), list(ids)],
    )
    return written


def _write(place: Place, rows: Sequence[Row], lost: list[str], known: dict[str, Known], *, remember: bool) -> Written:
    differ = [row for row in rows if _differs(row, known.get(row.resource_id))]
    for batch in _batches(differ):
        _run(_UPSERT, [place.tenant_id, place.account_id, place.region, place.kind, _batch(batch)])
    if lost:
        _run(
            f"""UPDATE inventory_entry SET gone_at = clock_timestamp(), seen_at = clock_timestamp()
                WHERE {_SCOPE} AND resource_id = ANY(%s)""",
            [*_scope(place), lost],
        )
    if remember:
        _remember(place, [*_changes(differ, known), *_losses(lost, known)])
    added = sum(1 for row in differ if row.resource_id not in known or known[row.resource_id].gone)
    return Written(added, len(differ) - added, len(lost), len(rows))


def _differs(row: Row, old: Known | None) -> bool:
    return old is None or old.gone or old.digest != row.digest


def _known(place: Place, started: datetime, ids: Sequence[str] | None = None) -> dict[str, Known]:
    some, params = ("", []) if ids is None else ("AND resource_id = ANY(%s)", [list(ids)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT resource_id, digest, name, state, gone_at IS NOT NULL, seen_at > %s FROM inventory_entry
                WHERE {_SCOPE} {some}""",
            [started, *_scope(place), *params],
        )
        return {id: Known(bytes(digest), *rest) for id, digest, *rest in cursor.fetchall()}


def _changes(rows: Sequence[Row], known: dict[str, Known]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for row in rows:
        old = known.get(row.resource_id)
        if old is None or old.gone:
            yield row.resource_id, "appeared", {}, {"name": row.name, "state": row.state}
        elif (old.name, old.state) != (row.name, row.state):
            pairs = (("name", old.name, row.name), ("state", old.state, row.state))
            differing = [(key, was, now) for key, was, now in pairs if was != now]
            yield (
                row.resource_id,
                "changed",
                {key: was for key, was, _now in differing},
                {key: now for key, _was, now in differing},
            )


def _losses(ids: list[str], known: dict[str, Known]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for id in ids:
        yield id, "gone", {"name": known[id].name, "state": known[id].state}, {}


def _remember(place: Place, changes: Sequence[tuple[str, str, dict[str, Any], dict[str, Any]]]) -> None:
    for batch in _batches(changes):
        ids, whats, befores, afters = zip(*batch, strict=True)
        _run(
            """INSERT INTO inventory_change (tenant_id, account_id, region, kind, resource_id, what, before, after)
               SELECT %s, %s, %s, %s, * FROM unnest(%s::text[], %s::text[], %s::jsonb[], %s::jsonb[])""",
            [
                *(place.tenant_id, place.account_id, place.region, place.kind),
                *(list(ids), list(whats), [_json(one) for one in befores], [_json(one) for one in afters]),
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
    return [place.tenant_id, place.account_id, place.kind, place.region]


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _run(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
