"""Seal the record: chain the rows that no transaction can slip in before any more, and sign the head.

The order is (xid, id). A row of transaction x is final once every transaction up to x has ended, which is what a
snapshot's xmin says; ids alone would seal past a transaction that drew its number early and commits late.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from apps.audit.canonical import COLUMNS, beginning, chained, row_hash, signed_text
from apps.audit.models import AuditSeal
from apps.audit.signing import public_text

MOST = 1000  # rows under one seal
_LOCK = 0x5EA1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EVERY = ", ".join(COLUMNS.values())
_FINAL = "xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Rows that can be seen and yet come from the future were written on the server that this database was restored from.
_RESTORED = """xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    AND xid IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint"""
_NOW = """SELECT clock_timestamp(), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint"""
_ROWS = """SELECT id, xid, {every} FROM audit_event e
    WHERE tenant_id = %(tenant)s AND (xid, id) > (%(xid)s, %(id)s) AND (%(above)s::bigint IS NULL OR id > %(above)s)
    AND {ready} ORDER BY e.xid, e.id LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the chain goes on: behind this row, and above that id if the counting began anew."""

    xid: int = -1
    id: int = 0
    above: int | None = None


def seal(tenant_id: UUID, key: Ed25519PrivateKey, *, most: int = MOST) -> AuditSeal | None:
    """One more seal over at most so many rows, in the tenant's transaction; None when nothing is ready or another
    process is at it. Rows of transactions still under way, and of those that began after them, wait."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("seals are written inside tenant_tx")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(tenant_id)])
        if not cursor.fetchone()[0]:
            return None
        # A statement after the lock's: it sees what the last holder committed.
        before = AuditSeal.objects.filter(tenant_id=tenant_id).defer("ids", "hashes").order_by("-number").first()
        # Read before the rows, hence on the safe side of them.
        cursor.execute(_NOW)
        at, xmin, xmax = cursor.fetchone()
        place = _Place(before.last_xid, before.last_id, before.above) if before else _Place()
        restored = before is not None and before.last_xid >= xmax
        rows = _rows(cursor, tenant_id, place, _RESTORED if restored else _FINAL, most)
        if restored and before is not None and not rows:
            place = _Place(above=before.top)
            rows, restored = _rows(cursor, tenant_id, place, _FINAL, most), False
    if not rows:
        return None
    until = rows[-1][1] if restored or len(rows) == most else xmin
    return _write(tenant_id, key, before, at, place, until, rows)


def _rows(cursor: Any, tenant_id: UUID, place: _Place, ready: str, most: int) -> list[tuple[Any, ...]]:
    statement = _ROWS.format(every=_EVERY, ready=ready)
    cursor.execute(
        statement, {"tenant": tenant_id, "xid": place.xid, "id": place.id, "above": place.above, "most": most}
    )
    return list(cursor.fetchall())


def _write(
    tenant_id: UUID,
    key: Ed25519PrivateKey,
    before: AuditSeal | None,
    at: datetime,
    place: _Place,
    until: int,
    rows: list[tuple[Any, ...]],
) -> AuditSeal:
    links = [(row[0], row_hash(row[2:])) for row in rows]
    previous = bytes.fromhex(before.head) if before else beginning(tenant_id)
    number, total = (before.number + 1, before.total + len(rows)) if before else (1, len(rows))
    last_id, last_xid = rows[-1][:2]
    heads = previous.hex(), chained(previous, links).hex()
    text = signed_text(tenant_id, number, micros(at), place.above, (last_xid, last_id, until), total, heads)
    return AuditSeal.objects.create(
        tenant_id=tenant_id,
        number=number,
        at=at,
        ids=[id for id, _hash in links],
        hashes=b"".join(hashed for _id, hashed in links),
        last_xid=last_xid,
        last_id=last_id,
        until=until,
        above=place.above,
        top=max(before.top if before else 0, *(id for id, _hash in links)),
        total=total,
        previous=heads[0],
        head=heads[1],
        key=public_text(key),
        signature=base64.b64encode(key.sign(text)).decode(),
    )


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)
