"""The heads in a bucket with Object Lock, which not even its owner can change before their time has come.

One object an hour with a line for each organization, written with a connected account's credential. It is a change in
AWS like any other: intended and reported in the record of the organization that the account belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

from apps.audit import record
from apps.audit.models import AuditEvent
from apps.audit.record import Target, Who
from apps.cloud import objects
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.tenancy.context import tenant_tx
from apps.witness import anchors

ACT = "audit.anchor.write"
EVERY = timedelta(hours=1)
_WHO = Who("system", "witness", "Northgate")


@dataclass(frozen=True, slots=True)
class _Bucket:
    account: Account
    name: str
    prefix: str

    @property
    def tenant_id(self) -> UUID:
        return self.account.tenant_id

    @property
    def address(self) -> str:
        return f"s3://{self.name}/{self.prefix}"


def to_bucket(tenants: Sequence[UUID]) -> None:
    """Writes the heads that the bucket doesn't have, at most once an hour. Raises CallFailed; no row, no call."""
    found = _bucket(tenants)
    if found is None or not _due(found):
        return
    fresh = anchors.newest(tenants, anchors.BUCKET, found.address)
    if not fresh:
        return
    lines = "".join(anchors.line(seal) for seal in fresh).encode()
    now = datetime.now(UTC)
    key = f"{found.prefix}{now:%Y/%m/%d/%H%M%S}Z-{hashlib.sha256(lines).hexdigest()[:12]}.jsonl"
    target = Target("s3.object", f"{found.name}/{key}", key, str(found.account.id), found.account.name)
    _record(found, "intent", target)
    try:
        answer = call(
            found.account,
            objects.home(found.account, found.name) or "us-east-1",
            "s3.put_object",
            {
                "Bucket": found.name,
                "Key": key,
                "Body": lines,
                "ContentType": "application/x-ndjson",
                "ChecksumAlgorithm": "SHA256",
                "ObjectLockMode": "COMPLIANCE",
                "ObjectLockRetainUntilDate": now + timedelta(days=settings.NORTHGATE_ANCHOR_DAYS),
            },
        )
    except CallFailed as failed:
        result = "unknown" if failed.explained.changed == "unknown" else "failed"
        _record(found, result, target, failed.explained.request_id, failed.explained.text)
        raise
    _record(found, "ok", target, answer.request_id)
    anchors.note(fresh, anchors.BUCKET, found.address)


def _bucket(tenants: Sequence[UUID]) -> _Bucket | None:
    """The bucket of NORTHGATE_ANCHOR_BUCKET, `<account id>:<bucket>` or `<account id>:<bucket>/<prefix>`."""
    text: str = settings.NORTHGATE_ANCHOR_BUCKET
    if not text:
        return None
    id, _colon, place = text.partition(":")
    name, _slash, prefix = place.partition("/")
    for tenant_id in tenants:
        with tenant_tx(tenant_id):
            try:
                account = Account.objects.filter(tenant_id=tenant_id, id=id).first()
            except ValidationError:
                break
        if account and name:
            return _Bucket(account, name, f"{prefix.strip('/')}/" if prefix.strip("/") else "")
    raise ImproperlyConfigured("NORTHGATE_ANCHOR_BUCKET names no connected account: write <account id>:<bucket>.")


def _due(found: _Bucket) -> bool:
    """Not within the hour of the last try either: a bucket that refuses would fill the record with refusals."""
    with tenant_tx(found.tenant_id):
        tries = AuditEvent.objects.filter(tenant_id=found.tenant_id, act=ACT, result="intent")
        last = tries.order_by("-id").first()
    return last is None or datetime.now(UTC) - last.at >= EVERY


def _record(found: _Bucket, result: str, target: Target, request_id: str = "", reason: str = "") -> None:
    with tenant_tx(found.tenant_id):
        record.write(
            tenant_id=found.tenant_id,
            act=ACT,
            result=result,
            actor=_WHO,
            target=target,
            request_ids=[request_id] if request_id else [],
            reason=reason,
        )
