"""The key that signs seals: Ed25519, from NORTHGATE_SEAL_KEY alone."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def private_key() -> Ed25519PrivateKey | None:
    """The key, None where no key is set. Raises ImproperlyConfigured for one that isn't 32 bytes in base64."""
    text: str = settings.NORTHGATE_SEAL_KEY
    if not text:
        return None
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))
    except (ValueError, binascii.Error):
        raise ImproperlyConfigured("NORTHGATE_SEAL_KEY must be 32 random bytes in base64.") from None


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key in base64, as seals, anchors and pages name it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def trusted() -> list[str]:
    """The public keys whose seals count: the one in use, and former ones of NORTHGATE_SEAL_FORMER."""
    key = private_key()
    return [*([public_text(key)] if key else []), *settings.NORTHGATE_SEAL_FORMER]
