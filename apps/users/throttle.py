"""Failed sign-ins per email address, kept in PostgreSQL: an address can't be changed like a client's headers can.

An attempt is counted before the password is looked at, so that a burst of parallel guesses gains nothing.
Addresses that nobody has are counted too: a refusal doesn't tell which exist.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection

from apps.users.models import Attempt, plain_email

FREE = 5  # failures in a row before the first wait
FIRST_WAIT = 15  # seconds; doubles with each further failure
LONGEST_WAIT = 900
FORGET_AFTER = 24 * 3600

_CLAIM = """
INSERT INTO users_attempt AS a (key, failures, at, blocked_until)
VALUES (%(key)s, 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN a.at < clock_timestamp() - %(forget)s * interval '1 second' THEN 1 ELSE a.failures + 1 END,
    at = clock_timestamp(),
    blocked_until = clock_timestamp() + interval '1 second' * CASE
        WHEN a.at < clock_timestamp() - %(forget)s * interval '1 second' OR a.failures + 1 < %(free)s THEN 0
        ELSE least(%(first)s * power(2, least(a.failures + 1 - %(free)s, 20)), %(longest)s) END
WHERE a.blocked_until <= clock_timestamp()
RETURNING failures
"""
_WAIT = """
SELECT failures, ceil(extract(epoch FROM blocked_until - clock_timestamp()))::int FROM users_attempt WHERE key = %s
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether an attempt may go on, else the seconds to wait; `failures` in a row, this one included."""

    go: bool
    wait: int
    failures: int


def claim(email: str, device: str = "") -> Turn:
    """Count one attempt; those of a `device` that is known (see devices.mark) apart. Call `forget` when it turns out to
    be good."""
    row_key = key(email, device)
    limits = {"forget": FORGET_AFTER, "free": FREE, "first": FIRST_WAIT, "longest": LONGEST_WAIT}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"key": row_key, **limits})
        if row := cursor.fetchone():
            return Turn(True, 0, row[0])
        cursor.execute(_WAIT, [row_key])
        failures, wait = cursor.fetchone() or (0, 1)
        return Turn(False, max(1, wait), failures)


def forget(email: str, device: str = "") -> None:
    """A good sign-in ends the row of failures."""
    Attempt.objects.filter(key=key(email, device)).delete()


def sweep() -> int:
    """Delete counts too old to matter; answers how many. Any number of callers, any time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM users_attempt WHERE at < clock_timestamp() - %s * interval '1 second'", [FORGET_AFTER]
        )
        return int(cursor.rowcount)


def key(email: str, device: str = "") -> str:
    """The row's key: a digest, so that the table is no list of addresses."""
    text = f"{plain_email(email)}\n{device}" if device else plain_email(email)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
