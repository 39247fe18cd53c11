"""Browsers in which a person has signed in before: their attempts are counted apart.

Whoever knows an address can use up its attempts at any time. Were all counted together, they would keep its owner out
for as long as they liked; a browser that the owner has used goes by its own count.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.core import signing

from apps.users.models import User

COOKIE = "northgate-device"
SALT = "apps.users.devices"
LASTS = 180 * 24 * 3600  # seconds


def make(user: User) -> str:
    """The cookie's value for a browser in which this person has just signed in."""
    return signing.dumps([str(user.pk), secrets.token_hex(8)], salt=SALT)


def mark(cookie: str, user: User | None) -> str:
    """What tells the browser from others, or nothing when the cookie isn't this person's, is forged or too old."""
    try:
        found: Any = signing.loads(cookie, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return ""
    return str(found[1]) if user is not None and found[0] == str(user.pk) else ""
