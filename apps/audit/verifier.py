"""Read the record as a stranger would and hold it against its seals and anchors.

Shares nothing with what writes them (a contract of import-linter says so): psycopg, hashlib and the form's description
in docs/security.md are all it stands on. A fault in the one is found by the other.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import DictRow, dict_row

Connection = psycopg.Connection[Any]

_UTC_1970 = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 (by itself)
# In the order of the form, which _hash goes by.
_ROW = """SELECT id, tenant_id, at, xid, act, result, who_kind, who_id, who_name, who_address, who_session, target_kind,
    target_id, target_name, target_account, target_account_name, target_region, target_arn, params::text AS params,
    "before"::text AS "before", "after"::text AS "after", operation, step, plan_hash, request_ids, reason
    FROM audit_event WHERE tenant_id = %(tenant)s"""
_PARTS = {"tenant", "number", "at", "above", "last", "total", "previous", "head", "key", "signature"}
_IN_RANGE = """ AND (xid, id) > (%(xid)s, %(id)s) AND (%(above)s::bigint IS NULL OR id > %(above)s)
    AND (%(ceiling)s::bigint IS NULL OR id <= %(ceiling)s)"""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was sealed. `row` is the record's id, None where it is about a seal."""

    tenant: UUID
    kind: str  # changed, deleted, inserted, seal, cut, signature
    text: str
    row: int | None = None


@dataclass
class Verdict:
    """What was looked at in one organization. `pending` rows stand behind the newest seal."""

    tenant: UUID
    seals: int = 0
    rows: int = 0
    pending: int = 0
    anchors: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)

    def found(self, kind: str, text: str, row: int | None = None) -> None:
        self.findings.append(Finding(self.tenant, kind, text, row))


@dataclass(frozen=True)
class _Spot:
    """How far the chain has been followed."""

    number: int = 0
    head: str = ""
    total: int = 0
    top: int | None = None
    xid: int = -1
    id: int = 0
    until: int = -1
    above: int | None = None


def tenants(connection: Connection, anchors: Iterable[Mapping[str, Any]] = ()) -> list[UUID]:
    """Every organization that the database or an anchor knows of."""
    found = {UUID(str(anchor["tenant"])) for anchor in anchors}
    with connection.transaction():
        rows = connection.execute("SELECT to_regprocedure('northgate_tenant_ids()') IS NOT NULL").fetchone()
        if rows and rows[0]:
            found |= {row[0] for row in connection.execute("SELECT northgate_tenant_ids()").fetchall()}
        # Row-level security shows these to a superuser alone.
        for table in ("audit_event", "audit_seal"):
            found |= {row[0] for row in connection.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall()}  # noqa: S608
    return sorted(found)


def read_anchors(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The anchors of a file; a line that a crash cut short is passed over, as it can prove nothing."""
    for text in lines:
        try:
            anchor = json.loads(text)
            UUID(anchor["tenant"])
            if not anchor.keys() >= _PARTS:
                continue
        except (ValueError, TypeError, KeyError):
            continue
        yield anchor


def verify(
    connection: Connection, tenant: UUID, keys: Sequence[str], anchors: Iterable[Mapping[str, Any]] = ()
) -> Verdict:
    """Follows one organization's chain from its beginning. `keys` are the public keys (base64) whose word counts."""
    verdict = Verdict(tenant)
    heads: dict[int, str] = {}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
        spot = _Spot(head=hashlib.sha256(b"northgate-audit-chain-1\n" + str(tenant).encode()).hexdigest())
        for seal in _seals(cursor, tenant):
            spot = _step(cursor, verdict, spot, seal, keys)
            heads[seal["number"]] = seal["head"]
        verdict.seals, verdict.head = len(heads), spot.head if heads else ""
        verdict.pending = _count(cursor, tenant, spot, None)
        for row in _late(cursor, tenant, spot):
            verdict.found("inserted", f"Row {row} was put behind the last seal, older than it says.", row)
    _compare(verdict, heads, keys, [anchor for anchor in anchors if UUID(str(anchor["tenant"])) == tenant])
    return verdict


def _seals(cursor: psycopg.Cursor[DictRow], tenant: UUID) -> Iterator[DictRow]:
    """One at a time: a long record's hashes don't fit into memory together."""
    numbers = cursor.execute("SELECT id FROM audit_seal WHERE tenant_id = %s ORDER BY number, id", [tenant]).fetchall()
    for found in numbers:
        yield from cursor.execute("SELECT * FROM audit_seal WHERE id = %s", [found["id"]]).fetchall()


def _step(cursor: psycopg.Cursor[DictRow], verdict: Verdict, spot: _Spot, seal: DictRow, keys: Sequence[str]) -> _Spot:
    number, ids, raw = seal["number"], list(seal["ids"]), bytes(seal["hashes"])
    hashes = [raw[start : start + 32] for start in range(0, len(raw), 32)]
    name = f"seal {number}"
    if number != spot.number + 1:
        verdict.found("seal", f"Seal {spot.number + 1} is missing, or {name} is there twice.")
    if seal["previous"] != spot.head:
        verdict.found("seal", f"The {name} doesn't continue the one before it.")
    if seal["head"] != _head(seal["previous"], ids, hashes):
        verdict.found("seal", f"The {name} doesn't agree with itself: its ids, hashes or heads were changed.")
    if seal["total"] != spot.total + len(ids) or not ids:
        verdict.found("seal", f"The {name} counts {seal['total']} rows where there are {spot.total + len(ids)}.")
    if not _signed(seal, verdict.tenant, keys):
        verdict.found("signature", f"The signature of {name} is not by a trusted key.")
    start = spot
    if seal["above"] != spot.above:
        # The counting of transactions began anew, as in a database that was restored on another server.
        if seal["above"] is None or seal["above"] != spot.top:
            verdict.found("seal", f"The {name} leaves rows out.")
        elif _count(cursor, verdict.tenant, spot, seal["above"]):
            verdict.found("inserted", f"Rows without a seal stand before {name}.")
        start = _Spot(above=seal["above"])
    if (seal["last_xid"], seal["last_id"]) <= (start.xid, start.id):
        verdict.found("seal", f"The {name} ends before it begins.")
    _rows(cursor, verdict, start, seal, dict(zip(ids, hashes, strict=False)))
    verdict.rows += len(ids)
    top = max([*ids, *([] if spot.top is None else [spot.top])], default=spot.top)
    if seal["top"] != top:
        verdict.found("seal", f"The {name} doesn't name its highest row.")
    return _Spot(
        number, seal["head"], seal["total"], top, seal["last_xid"], seal["last_id"], seal["until"], seal["above"]
    )


def _rows(
    cursor: psycopg.Cursor[DictRow], verdict: Verdict, start: _Spot, seal: DictRow, sealed: dict[int, bytes]
) -> None:
    """Everything that stands where the seal's rows stand, and the seal's rows wherever they stand."""
    ceiling = _ceiling(cursor, verdict.tenant, start.above)
    place = {"xid": start.xid, "id": start.id, "above": start.above, "ceiling": ceiling, "tenant": verdict.tenant}
    end = {"last_xid": seal["last_xid"], "last_id": seal["last_id"]}
    range = f"{_ROW}{_IN_RANGE} AND (xid, id) <= (%(last_xid)s, %(last_id)s) ORDER BY xid, id"
    there = {row["id"]: row for row in cursor.execute(range, place | end).fetchall()}
    strayed = [id for id in sealed if id not in there]
    if strayed:
        query = f"{_ROW} AND id = ANY(%(ids)s)"
        there |= {
            row["id"]: row for row in cursor.execute(query, {"tenant": verdict.tenant, "ids": strayed}).fetchall()
        }
    for id in sealed:
        if id in there and there[id]["xid"] < start.until:
            verdict.found("inserted", f"Row {id} of seal {seal['number']} is older than the seal before it allows.", id)
    for id, hashed in sealed.items():
        row = there.pop(id, None)
        if row is None:
            verdict.found("deleted", f"Row {id} of seal {seal['number']} is gone.", id)
        elif _hash(row) != hashed:
            verdict.found("changed", f"Row {id} of seal {seal['number']} is not what was sealed.", id)
    for id in there:
        verdict.found("inserted", f"Row {id} was put among the rows of seal {seal['number']}.", id)


def _ceiling(cursor: psycopg.Cursor[DictRow], tenant: UUID, above: int | None) -> int | None:
    """Up to which id rows belong to the same counting; None for the one that goes on."""
    query = """SELECT min(above) AS above FROM audit_seal
        WHERE tenant_id = %(tenant)s AND (%(above)s::bigint IS NULL OR above > %(above)s)"""
    found = cursor.execute(query, {"tenant": tenant, "above": above}).fetchone()
    return found["above"] if found else None


def _count(cursor: psycopg.Cursor[DictRow], tenant: UUID, spot: _Spot, ceiling: int | None) -> int:
    """Rows behind this spot."""
    place = {"xid": spot.xid, "id": spot.id, "above": spot.above, "ceiling": ceiling, "tenant": tenant}
    query = f"SELECT count(*) AS n FROM audit_event WHERE tenant_id = %(tenant)s{_IN_RANGE}"  # noqa: S608
    found = cursor.execute(query, place).fetchone()
    return found["n"] if found else 0


def _late(cursor: psycopg.Cursor[DictRow], tenant: UUID, spot: _Spot) -> list[int]:
    """Rows behind this spot of transactions that had ended and were sealed."""
    query = f"SELECT id FROM audit_event WHERE tenant_id = %(tenant)s{_IN_RANGE} AND xid < %(until)s ORDER BY id"  # noqa: S608
    place = {"xid": spot.xid, "id": spot.id, "above": spot.above, "ceiling": None, "tenant": tenant}
    return [row["id"] for row in cursor.execute(query, place | {"until": spot.until}).fetchall()]


def _compare(
    verdict: Verdict, heads: Mapping[int, str], keys: Sequence[str], anchors: Sequence[Mapping[str, Any]]
) -> None:
    for anchor in anchors:
        number = anchor["number"]
        if not _signed(anchor, verdict.tenant, keys):
            verdict.found("signature", f"The anchor of seal {number} is not signed by a trusted key.")
        elif number not in heads:
            verdict.found("cut", f"Seal {number} is anchored, but the record ends at {max(heads, default=0)}.")
        elif heads[number] != anchor["head"]:
            verdict.found("cut", f"Seal {number} is not the one that was anchored.")
    verdict.anchors = len(anchors)


def _head(previous: str, ids: Sequence[int], hashes: Sequence[bytes]) -> str:
    if len(ids) != len(hashes):
        return ""
    try:
        head = bytes.fromhex(previous)
    except ValueError:
        return ""
    for id, hashed in zip(ids, hashes, strict=True):
        head = hashlib.sha256(head + id.to_bytes(8, "big", signed=True) + hashed).digest()
    return head.hex()


def _signed(told: Mapping[str, Any], tenant: UUID, keys: Sequence[str]) -> bool:
    """Of a seal or of an anchor's line, which has the same parts."""
    if told["key"] not in keys:
        return False
    at = told["at"] if isinstance(told["at"], int) else (told["at"] - _UTC_1970) // timedelta(microseconds=1)
    last = told["last"] if "last" in told else (told["last_xid"], told["last_id"], told["until"])
    above = "-" if told["above"] is None else told["above"]
    parts = [tenant, told["number"], at, above, *last, told["total"], told["previous"], told["head"]]
    text = "northgate-audit-seal-1\n" + "\n".join(map(str, parts))
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["key"]))
        key.verify(base64.b64decode(told["signature"]), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _hash(row: DictRow) -> bytes:
    return hashlib.sha256(b"northgate-audit-row-1\n" + b"".join(map(_part, row.values()))).digest()


def _part(value: Any) -> bytes:
    if value is None:
        return b"-,"
    if isinstance(value, list):
        return _net(b"".join(map(_part, value)))
    if isinstance(value, datetime):
        value = (value - _UTC_1970) // timedelta(microseconds=1)
    return _net(str(value).encode())


def _net(raw: bytes) -> bytes:
    return str(len(raw)).encode() + b":" + raw + b","
