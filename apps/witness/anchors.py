"""Heads written down outside the database: a line of JSON each, in a file that only grows."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.audit.models import AuditAnchor, AuditSeal
from apps.audit.sealing import micros
from apps.tenancy.context import tenant_tx

FILE, BUCKET = "file", "bucket"


def to_file(tenants: Sequence[UUID]) -> None:
    """Appends the newest head of each organization whose head is newer than what this file has. Raises OSError."""
    path: str = settings.NORTHGATE_ANCHOR_FILE
    if not path:
        return
    fresh = newest(tenants, FILE, path)
    if fresh:
        _append(Path(path), "".join(line(seal) for seal in fresh).encode())
        note(fresh, FILE, path)


def newest(tenants: Sequence[UUID], place: str, name: str = "") -> list[AuditSeal]:
    """Of each organization the newest seal, unless that place (of that name) has it."""
    found = []
    for tenant_id in tenants:
        with tenant_tx(tenant_id):
            seals = AuditSeal.objects.filter(tenant_id=tenant_id).defer("ids", "hashes")
            last = seals.order_by("-number").first()
            known = AuditAnchor.objects.filter(tenant_id=tenant_id, place=place)
            known = known.filter(name=name) if name else known
            anchor = known.order_by("-id").first()
        if last and (anchor is None or anchor.number < last.number):
            found.append(last)
    return found


def line(seal: AuditSeal) -> str:
    """What is written of a seal: enough to check its signature and to tell which rows it stands for."""
    told: dict[str, Any] = {
        "tenant": str(seal.tenant_id),
        "number": seal.number,
        "at": micros(seal.at),
        "above": seal.above,
        "last": [seal.last_xid, seal.last_id, seal.until],
        "total": seal.total,
        "previous": seal.previous,
        "head": seal.head,
        "key": seal.key,
        "signature": seal.signature,
    }
    return json.dumps(told, separators=(",", ":")) + "\n"


def note(seals: Sequence[AuditSeal], place: str, name: str) -> None:
    """That these heads are written down there."""
    for seal in seals:
        with tenant_tx(seal.tenant_id):
            AuditAnchor.objects.create(
                tenant_id=seal.tenant_id, number=seal.number, head=seal.head, place=place, name=name
            )


def _append(path: Path, lines: bytes) -> None:
    """In one write and on the disk before this returns. A line that an earlier crash cut short stays by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file.fileno()).st_size
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
            lines = b"\n" + lines
        while lines:
            lines = lines[os.write(file.fileno(), lines) :]
        os.fsync(file.fileno())
