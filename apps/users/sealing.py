"""People's secrets at rest. They belong to no organization, so no tenant's data key seals them (apps.cloud.seal):
AES-256-GCM under a key derived from NORTHGATE_KEY, with the person as additional data.

A sealed value is base64 of nonce(12) and ciphertext. NORTHGATE_KEY_OLD opens what is still under a former key.
"""

from __future__ import annotations

import base64
import binascii
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NONCE = 12


class PersonSealBroken(Exception):
    """The value is another person's, was altered, or is under a key that this panel doesn't have."""


def seal(person: UUID, plain: str) -> str:
    nonce = os.urandom(_NONCE)
    body = AESGCM(_keys()[0]).encrypt(nonce, plain.encode(), _place(person))
    return base64.b64encode(nonce + body).decode()


def open_sealed(person: UUID, sealed: str) -> str:
    """What `seal` was given for this person. Raises PersonSealBroken."""
    return _open(person, sealed)[0]


def anew(person: UUID, sealed: str) -> str | None:
    """The value under NORTHGATE_KEY, or None when it is already. Raises PersonSealBroken."""
    plain, key = _open(person, sealed)
    return seal(person, plain) if key else None


def _open(person: UUID, sealed: str) -> tuple[str, int]:
    """The plain text, and which key opened it: 0 is the newest."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError):
        raise PersonSealBroken("not a sealed value") from None
    for number, key in enumerate(_keys()):
        try:
            return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], _place(person)).decode(), number
        except (InvalidTag, ValueError):
            continue
    raise PersonSealBroken("no key opens the value for this person")


def _place(person: UUID) -> bytes:
    return f"users|{person}".encode()


def _keys() -> list[bytes]:
    """From NORTHGATE_KEY, then from the older ones."""
    return [_derived(text) for text in (settings.NORTHGATE_KEY, *settings.NORTHGATE_KEY_OLD)]


def _derived(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured("NORTHGATE_KEY is 32 random bytes in base64: openssl rand -base64 32")
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"northgate people's secrets").derive(key)
