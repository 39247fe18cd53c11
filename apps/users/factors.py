"""A person's second factor: an authenticator app, recovery codes, and security keys (`security_keys`).

The rows are django-allauth's; pages, throttling and the record are ours, above. Secrets are sealed for their person.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from apps.users import sealing
from apps.users.adapter import secrets_of
from apps.users.models import User

APP, CODES, KEY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES, Authenticator.Type.WEBAUTHN
STRONG = (APP, KEY)  # recovery codes alone are no second factor
_PENDING = "factor.app"  # in the session: a sealed secret, and whose, until a code proves that the app has it
LONGEST_CODE = 64


@dataclass(frozen=True, slots=True)
class Held:
    """What a person has set up. `codes_left` is None without recovery codes."""

    app: Authenticator | None
    keys: Sequence[Authenticator]
    codes_left: int | None

    @property
    def any(self) -> bool:
        return self.app is not None or bool(self.keys)


@dataclass(frozen=True, slots=True)
class Offer:
    """A new secret for an app: to scan, or to type. Shown once."""

    secret: str
    picture: str  # a data: address of an SVG


def held(user: User) -> Held:
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    codes = next((row for row in rows if row.type == CODES), None)
    left = None
    if codes is not None:
        with secrets_of(user.pk):
            left = len(RecoveryCodes(codes).get_unused_codes())
    return Held(
        app=next((row for row in rows if row.type == APP), None),
        keys=[row for row in rows if row.type == KEY],
        codes_left=left,
    )


def has(user_id: UUID) -> bool:
    return holders([user_id]) == {user_id}


def holders(user_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these people have a second factor."""
    return set(Authenticator.objects.filter(user_id__in=user_ids, type__in=STRONG).values_list("user_id", flat=True))


def offer_app(session: SessionBase, user: User) -> Offer:
    """A fresh secret; the session keeps it, sealed, until `accept_app`."""
    secret = totp.generate_totp_secret()
    session[_PENDING] = sealing.seal(user.pk, secret)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    return Offer(secret, f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}")


def accept_app(session: SessionBase, user: User, code: str) -> bool | None:
    """Whether the code proves that the app has the secret, which is kept then. None: there is none to prove."""
    try:
        secret = sealing.open_sealed(user.pk, session.get(_PENDING, ""))
    except sealing.PersonSealBroken:
        return None
    counter = _counter(secret, code, -1)
    if counter is None:
        return False
    with transaction.atomic(), secrets_of(user.pk):
        Authenticator.objects.filter(user=user, type=APP).delete()
        made = totp.TOTP.activate(user, secret).instance
        made.data["counter"] = counter
        made.save(update_fields=["data"])
    session.pop(_PENDING)
    return True


def check(user: User, code: str) -> str:
    """Which kind of factor a code proves, or "". Each works once, however many ask at the same moment."""
    if not code.strip() or len(code) > LONGEST_CODE:
        return ""
    with transaction.atomic(), secrets_of(user.pk):
        rows = {row.type: row for row in Authenticator.objects.select_for_update().filter(user=user).order_by("pk")}
        if APP in rows and _use_app(rows[APP], code):
            return str(APP)
        if CODES in rows and RecoveryCodes(rows[CODES]).validate_code(code):
            Authenticator.objects.get(pk=rows[CODES].pk).record_usage()
            return str(CODES)
    return ""


def make_codes(user: User) -> list[str]:
    """New recovery codes in the place of any former ones. Shown once."""
    with transaction.atomic(), secrets_of(user.pk):
        Authenticator.objects.filter(user=user, type=CODES).delete()
        codes = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def ensure_codes(user: User) -> list[str]:
    """The first recovery codes, to be shown now; nothing for whoever has some."""
    return [] if Authenticator.objects.filter(user=user, type=CODES).exists() else make_codes(user)


def remove(user: User, id: int, *, keep_one: bool) -> Authenticator | None:
    """Take a factor away, and with the last one the recovery codes; None when there is no such.

    Raises ValueError when it is the last one and `keep_one` says that there must be one.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two at once would each see the other's
        row = Authenticator.objects.filter(user=user, pk=id, type__in=STRONG).first()
        if row is None:
            return None
        rest = Authenticator.objects.filter(user=user, type__in=STRONG).exclude(pk=id)
        if not rest.exists():
            if keep_one:
                raise ValueError("the last one")
            Authenticator.objects.filter(user=user, type=CODES).delete()
        row.delete()
        return row


def remove_all(user: User) -> int:
    """For an operator who helps somebody that lost all of theirs; answers how many rows."""
    return int(Authenticator.objects.filter(user=user).delete()[0])


def seal_anew() -> tuple[int, int]:
    """Seals every secret under NORTHGATE_KEY that is under an older one: how many were, how many no key opens."""
    done = broken = 0
    for pk in Authenticator.objects.filter(type__in=(APP, CODES)).values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            name = "secret" if row is not None and row.type == APP else "seed"
            try:
                fresh = sealing.anew(row.user_id, row.data[name]) if row is not None else None
            except sealing.PersonSealBroken:
                broken += 1
                continue
            if row is not None and fresh:
                row.data[name] = fresh
                row.save(update_fields=["data"])
                done += 1
    return done, broken


def posted(text: str) -> dict[str, Any]:
    """A JSON object that a browser posted, or an empty one."""
    try:
        found = json.loads(text[:65_536])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _use_app(row: Authenticator, code: str) -> bool:
    """The row remembers the last time step that was used. (allauth asks the cache, which may be lost, and for
    less long than a code is good.)"""
    secret = get_adapter().decrypt(row.data["secret"])
    counter = _counter(secret, code, row.data.get("counter", -1))
    if counter is None:
        return False
    row.data["counter"] = counter
    row.save(update_fields=["data"])
    row.record_usage()
    return True


def _counter(secret: str, code: str, after: int) -> int | None:
    """The time step, later than `after`, whose code this is."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > after and compare_user_code(actual=code, expected=expected):
            return int(counter)
    return None
