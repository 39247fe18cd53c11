"""The bytes of a row that are hashed, and how hashes become a chain. docs/security.md has the same in words.

A column that is added to the record must be added here, under a new FORM (a test fails until then).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

FORM = b"northgate-audit-row-1\n"
GENESIS = b"northgate-audit-chain-1\n"
SEAL = "northgate-audit-seal-1"

# Each column as SQL that gives its text, in the order of the form.
COLUMNS: dict[str, str] = {
    "id": "id::text",
    "tenant_id": "tenant_id::text",
    "at": "(extract(epoch FROM at) * 1000000)::bigint::text",
    "xid": "xid::text",
    **{name: name for name in ("act", "result", "who_kind", "who_id", "who_name", "who_address", "who_session")},
    **{name: name for name in ("target_kind", "target_id", "target_name", "target_account", "target_account_name")},
    **{name: name for name in ("target_region", "target_arn")},
    **{name: f'"{name}"::text' for name in ("params", "before", "after")},
    "operation": "operation::text",
    **{name: name for name in ("step", "plan_hash", "request_ids", "reason")},
}


def row_hash(values: Sequence[str | list[str] | None]) -> bytes:
    """SHA-256 of a row given as what COLUMNS select."""
    return hashlib.sha256(FORM + b"".join(_field(value) for value in values)).digest()


def _field(value: str | list[str] | None) -> bytes:
    """A netstring, `4:text,`; of a list one of its members' netstrings; `-,` where there is no value."""
    if value is None:
        return b"-,"
    raw = b"".join(_field(each) for each in value) if isinstance(value, list) else value.encode()
    return b"%d:%b," % (len(raw), raw)


def beginning(tenant_id: UUID) -> bytes:
    """The head of a chain without rows."""
    return hashlib.sha256(GENESIS + str(tenant_id).encode()).digest()


def chained(head: bytes, links: Iterable[tuple[int, bytes]]) -> bytes:
    """The head after these rows, each given as its id and hash."""
    for id, hashed in links:
        head = hashlib.sha256(head + id.to_bytes(8, "big", signed=True) + hashed).digest()
    return head


def signed_text(
    tenant_id: UUID,
    number: int,
    at: int,
    above: int | None,
    last: tuple[int, int, int],
    total: int,
    heads: tuple[str, str],
) -> bytes:
    """What a seal's signature is over; `at` in microseconds since 1970, `last` as (xid, id, until), heads before and
    after."""
    lines = (SEAL, tenant_id, number, at, "-" if above is None else above, *last, total, *heads)
    return "\n".join(str(line) for line in lines).encode()
