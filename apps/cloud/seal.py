"""Secrets at rest: AES-256-GCM under a tenant's data key, which the panel's key wraps.

A sealed value is `version(1) | data key id(16) | nonce(12) | ciphertext`. Its additional data names the tenant,
table, row, column and key, so that a ciphertext copied to another place doesn't open there.
"""

import base64
import binascii
import os
import uuid
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.cloud.models import DataKey
from apps.tenancy.context import tenant_tx

_VERSION = b"\x01"
_NONCE = 12


class SealBroken(Exception):
    """The value doesn't open here: moved, altered, or sealed under a key that this panel doesn't have."""


def seal(tenant_id: uuid.UUID, table: str, row: object, column: str, plain: bytes) -> bytes:
    """The sealed form of `plain` for exactly this place. Makes the tenant's first data key when there is none."""
    key_id, key = _sealing_key(tenant_id)
    nonce = os.urandom(_NONCE)
    return (
        _VERSION
        + key_id.bytes
        + nonce
        + AESGCM(key).encrypt(nonce, plain, _place(tenant_id, table, row, column, key_id))
    )


def open_sealed(tenant_id: uuid.UUID, table: str, row: object, column: str, sealed: bytes) -> bytes:
    """What `seal` was given for this place; SealBroken when the value doesn't belong here. Works in any transaction
    state: it opens the tenant's own to find the key."""
    sealed = bytes(sealed)
    if len(sealed) < 1 + 16 + _NONCE + 16 or sealed[:1] != _VERSION:
        raise SealBroken("not a sealed value")
    key_id, nonce, body = uuid.UUID(bytes=sealed[1:17]), sealed[17 : 17 + _NONCE], sealed[17 + _NONCE :]
    key = _data_key(tenant_id, key_id)
    try:
        return AESGCM(key).decrypt(nonce, body, _place(tenant_id, table, row, column, key_id))
    except InvalidTag:
        raise SealBroken("the value was altered or belongs to another place") from None


def rewrap(data_key: DataKey) -> bool:
    """Wraps the data key anew under NORTHGATE_KEY; True when it was under an older one. The caller saves."""
    current = _panel_keys()[0]
    if _try_unwrap(data_key, current) is not None:
        return False
    data_key.wrapped = _wrap(current, data_key.tenant_id, data_key.id, _unwrap(data_key))
    return True


def _place(tenant_id: uuid.UUID, table: str, row: object, column: str, key_id: uuid.UUID) -> bytes:
    return "|".join((str(tenant_id), table, str(row), column, str(key_id))).encode()


def _sealing_key(tenant_id: uuid.UUID) -> tuple[uuid.UUID, bytes]:
    with tenant_tx(tenant_id):
        newest = DataKey.objects.filter(tenant_id=tenant_id).order_by("-created_at", "id").first()
        if newest is None:
            # Two requests may both make a first key: each opens what it sealed, so that does no harm.
            newest = DataKey(tenant_id=tenant_id, id=uuid.uuid4())
            newest.wrapped = _wrap(_panel_keys()[0], tenant_id, newest.id, os.urandom(32))
            newest.save(force_insert=True)
        return newest.id, _unwrap(newest)


@lru_cache(maxsize=1024)
def _data_key(tenant_id: uuid.UUID, key_id: uuid.UUID) -> bytes:
    with tenant_tx(tenant_id):
        row = DataKey.objects.filter(tenant_id=tenant_id, id=key_id).first()
    if row is None:
        raise SealBroken("the data key is not this tenant's")
    return _unwrap(row)


def _wrap(panel_key: bytes, tenant_id: uuid.UUID, key_id: uuid.UUID, key: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(panel_key).encrypt(nonce, key, _place(tenant_id, "cloud_datakey", key_id, "wrapped", key_id))


def _unwrap(row: DataKey) -> bytes:
    for panel_key in _panel_keys():
        key = _try_unwrap(row, panel_key)
        if key is not None:
            return key
    raise SealBroken("the data key is wrapped by a panel key that is not in NORTHGATE_KEY or NORTHGATE_KEY_OLD")


def _try_unwrap(row: DataKey, panel_key: bytes) -> bytes | None:
    wrapped = bytes(row.wrapped)
    place = _place(row.tenant_id, "cloud_datakey", row.id, "wrapped", row.id)
    try:
        return AESGCM(panel_key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], place)
    except InvalidTag:
        return None


def _panel_keys() -> list[bytes]:
    """NORTHGATE_KEY, then the older ones."""
    return [_panel_key(text) for text in (settings.NORTHGATE_KEY, *settings.NORTHGATE_KEY_OLD)]


def _panel_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured("NORTHGATE_KEY is 32 random bytes in base64: openssl rand -base64 32")
    return key
