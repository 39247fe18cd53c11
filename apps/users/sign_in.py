"""Check an email address and a password. Opening the session and recording it is tenancy's (`entry`)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.users import devices, throttle
from apps.users.models import User, plain_email

log = logging.getLogger(__name__)

LONGEST_PASSWORD = 4096


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of an attempt. `known` is whose address it was (for the record, never for the answer)."""

    user: User | None
    known: User | None
    problem: str = ""
    wait: int = 0  # seconds until the next attempt counts
    asks: bool = False  # the password was right, and a second factor is still to come

    @property
    def ok(self) -> bool:
        return self.user is not None and not self.asks


def authenticate(email: str, password: str, cookie: str = "") -> SignIn:
    """Try to sign in. Unknown, inactive and wrong take the same time and get the same words. `cookie` is the browser's
    of `devices`."""
    known = User.objects.filter(email=plain_email(email)[:254]).first()
    device = devices.mark(cookie, known)
    turn = throttle.claim(email, device)
    if not turn.go:
        return SignIn(None, known, wait_words(turn.wait), turn.wait)
    if _right(known, password) and known is not None:
        throttle.forget(email, device)
        throttle.sweep()
        return SignIn(known, known)
    if known is None:
        log.warning("sign-in for an unknown address, attempt %d", turn.failures)
    return SignIn(None, known, _("That email and password don't match an active account."))


def _right(user: User | None, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    if user is None or not user.is_active or not user.has_usable_password():
        User().set_password(password)  # the same work as a check, so that time doesn't tell
        return False
    return check_password(password, user.password, setter=lambda raw: _rehash(user, raw))


def _rehash(user: User, password: str) -> None:
    """Django raised its work factor since: keep the password under the new one."""
    user.set_password(password)
    user._password = None  # type: ignore[attr-defined]  # no second password_changed signal from save()
    user.save(update_fields=["password"])


def wait_words(seconds: int) -> str:
    """That there were too many attempts, and when the next one counts."""
    if seconds < 60:
        return ngettext(
            "Too many attempts. Try again in %(count)d second.",
            "Too many attempts. Try again in %(count)d seconds.",
            seconds,
        ) % {"count": seconds}
    minutes = -(-seconds // 60)
    return ngettext(
        "Too many attempts. Try again in %(count)d minute.",
        "Too many attempts. Try again in %(count)d minutes.",
        minutes,
    ) % {"count": minutes}
