"""Coming in, moving between organizations, going out: the session, and the record of each."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import auth
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy import homes
from apps.tenancy.context import tenant_tx
from apps.tenancy.homes import Home
from apps.tenancy.middleware import address, session_mark
from apps.users import devices, sessions, sign_in
from apps.users.models import User
from apps.users.sign_in import SignIn

BACKEND = "django.contrib.auth.backends.ModelBackend"


def enter(request: HttpRequest, email: str, password: str) -> SignIn:
    """Sign in: on success the session has the person and their last organization (or their first).

    Recorded: a success in the organization entered, a failure of a known person in each of theirs.
    The view has own transactions (nobody has signed in yet, so there is none).
    """
    result = sign_in.authenticate(email, password, request.COOKIES.get(devices.COOKIE, ""))
    if result.user is None:
        if result.known is not None:
            _record_failure(request, result.known, result.problem)
        return result
    found = homes.of(result.user.pk)
    auth.login(request, result.user, backend=BACKEND)
    request.session.cycle_key()  # login does so only for somebody who wasn't signed in
    sessions.begin(request.session, address(request), request.headers.get("User-Agent", ""))
    sessions.sweep()
    request.session.save()  # gives the session its key, which the record's session mark is made from
    if home := _last_or_first(result.user, found):
        _stand_in(request, result.user, home)
        _record(request, result.user, home.tenant_id, "users.session.create")
    return result


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


def _last_or_first(user: User, found: tuple[Home, ...]) -> Home | None:
    last = (one for one in found if one.tenant_id == user.last_tenant)
    return next(last, found[0] if found else None)


def _stand_in(request: HttpRequest, user: User, home: Home) -> None:
    request.session["tenant"] = str(home.tenant_id)
    if user.last_tenant != home.tenant_id:
        User.objects.filter(pk=user.pk).update(last_tenant=home.tenant_id)


def _record_failure(request: HttpRequest, user: User, reason: str) -> None:
    for home in homes.of(user.pk):
        _record(request, user, home.tenant_id, "users.session.create", "failed", reason)


def _record(request: HttpRequest, user: User, tenant_id: UUID, act: str, result: str = "ok", reason: str = "") -> None:
    who = Who("user", str(user.pk), user.name or user.email, address(request), session_mark(request))
    target = Target(kind="users.person", id=str(user.pk), name=user.email)
    with tenant_tx(tenant_id):
        record.write(tenant_id=tenant_id, act=act, result=result, actor=who, target=target, reason=reason)
