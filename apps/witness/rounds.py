"""One round: seal what is ready of every organization, then write the new heads down outside the database."""

from __future__ import annotations

import logging
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.audit import signing
from apps.audit.sealing import seal
from apps.tenancy.context import tenant_ids, tenant_tx
from apps.witness import anchors, bucket

log = logging.getLogger(__name__)

AT_ONCE = 50  # seals of one organization in a round, so that a great backlog keeps nobody else waiting


def go(*, at_once: int = AT_ONCE) -> tuple[int, list[str]]:
    """How many seals were made, and what went wrong in words. One organization's failure is not another's."""
    key = signing.private_key()
    if key is None:
        return 0, ["NORTHGATE_SEAL_KEY is not set: nothing is sealed."]
    made, wrong = 0, []
    tenants = tenant_ids()
    for tenant_id in tenants:
        try:
            made += seal_one(tenant_id, key, at_once)
        except Exception as error:
            log.exception("organization %s: its record could not be sealed", tenant_id)
            wrong.append(f"{tenant_id}: {type(error).__name__}")
    for place in (anchors.to_file, bucket.to_bucket):
        try:
            place(tenants)
        except Exception as error:
            log.exception("the record could not be anchored")
            wrong.append(f"{place.__name__}: {error}")
    return made, wrong


def seal_one(tenant_id: UUID, key: Ed25519PrivateKey, at_once: int = AT_ONCE) -> int:
    """Seals one organization's record, each seal in a transaction of its own; how many were made."""
    for made in range(at_once):
        with tenant_tx(tenant_id):
            if seal(tenant_id, key) is None:
                return made
    return at_once
