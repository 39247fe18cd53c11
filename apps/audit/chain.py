"""How far a record is sealed and anchored, for the page that shows it. Verifying is `verify_audit`'s."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from apps.audit import signing
from apps.audit.models import AuditAnchor, AuditSeal

MOST = 10_000  # rows that wait are counted no further


@dataclass(frozen=True, slots=True)
class Chain:
    """`last` is the newest seal, `pending` the rows behind it (at most MOST), the oldest of them of `since`. `key` is
    the public key that signs now, empty where none is set; `anchors` the newest of each place."""

    key: str
    last: AuditSeal | None
    pending: int
    since: datetime | None
    anchors: tuple[AuditAnchor, ...]


def state(tenant_id: UUID) -> Chain:
    """Of one organization, in its transaction."""
    last = AuditSeal.objects.filter(tenant_id=tenant_id).defer("ids", "hashes").order_by("-number").first()
    place = (last.last_xid, last.last_id, last.above) if last else (-1, 0, None)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), min(at) FROM (SELECT at FROM audit_event WHERE tenant_id = %s AND (xid, id) > (%s, %s)
               AND (%s::bigint IS NULL OR id > %s) ORDER BY xid, id LIMIT %s) waiting""",
            [tenant_id, *place, place[2], MOST],
        )
        pending, since = cursor.fetchone()
    key = signing.private_key()
    anchors = AuditAnchor.objects.filter(tenant_id=tenant_id).order_by("place", "-id").distinct("place")
    return Chain(signing.public_text(key) if key else "", last, pending, since, tuple(anchors))
