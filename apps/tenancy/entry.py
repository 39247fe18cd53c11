"""Coming in, moving between organizations, going out: the session, and the record of each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy import homes
from apps.tenancy.context import tenant_tx
from apps.tenancy.homes import Home
from apps.tenancy.middleware import address, session_mark
from apps.users import devices, factors, security_keys, sessions, sign_in, throttle
from apps.users.models import User
from apps.users.sign_in import SignIn

BACKEND = "django.contrib.auth.backends.ModelBackend"
SECOND = "second"  # in the session: whose password was right, and when
SECOND_LASTS = 600  # seconds
CONFIRMED = "confirmed"  # in the session: when the person last proved who they are
CONFIRMED_LASTS = 300  # seconds


def enter(request: HttpRequest, email: str, password: str) -> SignIn:
    """Sign in: on success the session has the person and their last organization (or their first). Whoever has a
    second factor is not signed in yet (`asks`): `enter_second` goes on.

    Recorded: a success in the organization entered, a failure of a known person in each of theirs.
    The view has own transactions (nobody has signed in yet, so there is none).
    """
    result = sign_in.authenticate(email, password, request.COOKIES.get(devices.COOKIE, ""))
    if result.user is None:
        if result.known is not None:
            record_person(request, result.known, "users.session.create", "failed", result.problem)
        return result
    if factors.has(result.user.pk):
        _ask(request, result.user)
        return replace(result, asks=True)
    _open(request, result.user, "")
    return result


def waiting(request: HttpRequest) -> User | None:
    """Whose password was right in this session, a short time ago, and whose second factor is still to come."""
    found: Any = request.session.get(SECOND)
    if not isinstance(found, dict) or not 0 <= time.time() - found["at"] < SECOND_LASTS:
        return None
    user = User.objects.filter(pk=found["user"], is_active=True).first()
    same = user is not None and constant_time_compare(found["hash"], user.get_session_auth_hash())
    return user if same else None


def enter_second(request: HttpRequest, code: str = "", key: Mapping[str, Any] | None = None) -> SignIn:
    """Go on by a code of the app, a recovery code, or what a security key signed. As `enter` otherwise."""
    user = waiting(request)
    if user is None:
        return SignIn(None, None, _("That took too long. Sign in again."))
    device = f"second\n{devices.mark(request.COOKIES.get(devices.COOKIE, ''), user)}"
    turn = throttle.claim(user.email, device)
    if not turn.go:
        return SignIn(None, user, sign_in.wait_words(turn.wait), turn.wait)
    factor = _by_key(request, user, dict(key)) if key else factors.check(user, code)
    if not factor:
        words = _("That security key doesn't fit.") if key else _("That code isn't right, or it was used before.")
        record_person(request, user, "users.session.create", "failed", "the second factor")
        return SignIn(None, user, words)
    throttle.forget(user.email, device)
    _open(request, user, factor)
    return SignIn(user, user)


def confirm(request: HttpRequest, password: str) -> str:
    """Prove once more who is there, before what guards the account is changed; answers the problem, if any."""
    user = cast(User, request.user)
    turn = throttle.claim(user.email, "profile")
    if not turn.go:
        return sign_in.wait_words(turn.wait)
    if len(password) > sign_in.LONGEST_PASSWORD or not check_password(password, user.password):
        record_person(request, user, "users.session.confirm", "failed")
        return _("This is not your password.")
    throttle.forget(user.email, "profile")
    request.session.cycle_key()
    request.session[CONFIRMED] = time.time()
    return ""


def confirmed(request: HttpRequest) -> bool:
    """Whether the person signed in, or confirmed their password, a few minutes ago."""
    return bool(0 <= time.time() - request.session.get(CONFIRMED, 0) < CONFIRMED_LASTS)


def switch(request: HttpRequest, tenant_id: UUID) -> Home:
    """Move the session to another of the person's organizations.

    Raises LookupError when they aren't a member there (answer 404). The view is marked own_transactions.
    """
    user = cast(User, request.user)
    home = next((one for one in homes.of(user.pk) if one.tenant_id == tenant_id), None)
    if home is None:
        raise LookupError(str(tenant_id))
    _stand_in(request, user, home)
    rotate_token(request)  # a form that was filled in for the one organization must not be sent in the other
    _record(request, user, tenant_id, "users.session.switch")
    return home


def leave(request: HttpRequest) -> None:
    """Sign out. The view is marked own_transactions."""
    actor = getattr(request, "actor", None)
    if actor is not None and request.user.is_authenticated:
        _record(request, request.user, actor.tenant_id, "users.session.delete")
    auth.logout(request)


def record_person(
    request: HttpRequest,
    user: User,
    act: str,
    result: str = "ok",
    reason: str = "",
    target: Target | None = None,
) -> None:
    """What concerns a person and no organization goes into the record of each of theirs. In no tenant_tx."""
    for home in homes.of(user.pk):
        _record(request, user, home.tenant_id, act, result, reason, target)


def _ask(request: HttpRequest, user: User) -> None:
    request.session.flush()
    request.session[SECOND] = {"user": str(user.pk), "hash": user.get_session_auth_hash(), "at": time.time()}
    record_person(request, user, "users.session.create", "intent", "the password was right; a second factor is asked")


def _open(request: HttpRequest, user: User, factor: str) -> None:
    request.session.pop(SECOND, None)
    auth.login(request, user, backend=BACKEND)
    request.session.cycle_key()  # login does so only for somebody who wasn't signed in
    request.session[CONFIRMED] = time.time()
    sessions.begin(request.session, address(request), request.headers.get("User-Agent", ""))
    sessions.sweep()
    request.session.save()  # gives the session its key, which the record's session mark is made from
    if home := _last_or_first(user, homes.of(user.pk)):
        _stand_in(request, user, home)
        _record(request, user, home.tenant_id, "users.session.create", params={"factor": factor} if factor else {})


def _by_key(request: HttpRequest, user: User, answer: dict[str, Any]) -> str:
    try:
        security_keys.finish_use(request.session, user, answer)
    except security_keys.KeyRefused:
        return ""
    return str(factors.KEY)


def _last_or_first(user: User, found: tuple[Home, ...]) -> Home | None:
    last = (one for one in found if one.tenant_id == user.last_tenant)
    return next(last, found[0] if found else None)


def _stand_in(request: HttpRequest, user: User, home: Home) -> None:
    request.session["tenant"] = str(home.tenant_id)
    if user.last_tenant != home.tenant_id:
        User.objects.filter(pk=user.pk).update(last_tenant=home.tenant_id)


def _record(
    request: HttpRequest,
    user: User,
    tenant_id: UUID,
    act: str,
    result: str = "ok",
    reason: str = "",
    target: Target | None = None,
    params: Mapping[str, Any] | None = None,
) -> None:
    who = Who("user", str(user.pk), user.name or user.email, address(request), session_mark(request))
    on = target or Target(kind="users.person", id=str(user.pk), name=user.email)
    with tenant_tx(tenant_id):
        record.write(
            tenant_id=tenant_id, act=act, result=result, actor=who, target=on, reason=reason, params=params or {}
        )
