"""An organization with some hundred rows of every shape, and a superuser who may do anything to them."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
from django.db import connection

from apps.audit import record, signing, verifier
from apps.audit.models import AuditSeal
from apps.audit.record import Target, Who
from apps.audit.sealing import seal
from apps.tenancy.context import tenant_tx
from apps.witness import anchors

ACTS = ("ec2.instance.stop", "ec2.volume.create", "s3.object.read", "users.user.sign-in")


def write(tenant: UUID, rows: int, *, at_once: int = 7) -> None:
    """So many rows, a few in each transaction, with text that tempts whoever joins columns carelessly."""
    while rows > 0:
        with tenant_tx(tenant):
            for number in range(min(rows, at_once)):
                mark = secrets.token_hex(3)
                record.write(
                    tenant_id=tenant,
                    act=ACTS[number % len(ACTS)],
                    result="ok" if number % 3 else "intent",
                    actor=Who("user", "u-1", "Ada, 3:abc,"),
                    target=Target("ec2.instance", f"i-{mark}", "名前 -," if number % 2 else ""),
                    params={"b": [1.50, None, True], "a": {"x": mark}, "größe": "\n"},
                    before={"state": "running"} if number % 2 else None,
                    operation=uuid4() if number % 4 else None,
                    request_ids=[mark, "a,b"] if number % 5 else [],
                    reason="because" if number % 6 else "",
                )
        rows -= at_once


def seal_all(tenant: UUID, most: int = 50) -> list[AuditSeal]:
    """Until nothing is ready."""
    key, made = signing.private_key(), []
    while True:
        with tenant_tx(tenant):
            found = seal(tenant, key, most=most)
        if found is None:
            return made
        made.append(found)


def anchors_of(seals: list[AuditSeal]) -> list[dict]:
    return [json.loads(anchors.line(each)) for each in seals]


@contextmanager
def superuser(address: str) -> Iterator[psycopg.Connection]:
    """Whoever owns the server: bound by nothing."""
    with psycopg.connect(address, dbname=connection.settings_dict["NAME"], autocommit=True) as found:
        yield found


def verdict(conn: psycopg.Connection, tenant: UUID, lines: list[dict] = ()) -> verifier.Verdict:
    return verifier.verify(conn, tenant, signing.trusted(), lines)
