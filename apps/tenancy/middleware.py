"""From a request to its actor, the tenant's transaction around the view, and an audited answer to Denied."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, rotate_token
from django.utils.translation import gettext as _

from apps.tenancy import answers, denials, homes, tokens
from apps.tenancy.access import Actor, Decision, Denied
from apps.tenancy.actors import load_actor, load_by_hash
from apps.tenancy.context import tenant_tx
from apps.users import sessions

View = Callable[..., HttpResponseBase]


class ActorMiddleware:
    """Sets request.actor (None for anonymous) and runs the view inside the tenant's transaction.

    A view marked `own_transactions`, and any async one, gets the actor without the transaction.
    Stands after the session and authentication middleware.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.csrf = CsrfViewMiddleware(cast(Callable[[HttpRequest], HttpResponse], get_response))

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = None  # type: ignore[attr-defined]
        if bearer(request):
            # No browser adds this header by itself, so nothing can be forged; the cookie counts for nothing then.
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
            request.user = AnonymousUser()
        response = self.get_response(request)
        # What shows an organization's data stays neither in a proxy nor behind the Back button after signing out.
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        # We call the view ourselves, which skips the hooks of any middleware that stands behind: check here.
        if (forged := self.csrf.process_view(request, view, tuple(args), dict(kwargs))) is not None:
            return forged
        if not answers.wants_problem(request) and _has_null(request):
            raise SuspiciousOperation("a null character")
        text = bearer(request)
        if text and not answers.wants_problem(request):
            return answers.unauthorized(_("Pages are for people. With an API token, use the addresses below /api/."))
        if text:
            return self._by_token(request, text, view, args, kwargs)
        if (tenant_id := _tenant_of(request)) is None:
            return None
        if request.headers.get("X-Organization", str(tenant_id)) != str(tenant_id):
            return answers.load_anew()
        if not getattr(view, "unattended", False):
            sessions.touch(request.session)
        if _opens_its_own(view):
            actor = _load(request, tenant_id)
            if actor is None and (left := _left(request)):
                return left
            _set_actor(request, actor := actor or _fallback(request))
            return answers.enrol(request) if _must_enrol(actor, view) else None
        return self._by_cookie(request, tenant_id, view, args, kwargs)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Denied in a view with its own transactions."""
        actor = getattr(request, "actor", None)
        return _refuse(request, actor, exception) if isinstance(exception, Denied) and actor else None

    def _by_cookie(
        self, request: HttpRequest, tenant_id: UUID, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        try:
            with tenant_tx(tenant_id):
                actor = _load(request, tenant_id)
                if actor is not None:
                    _set_actor(request, actor)
                    if _must_enrol(actor, view):
                        return answers.enrol(request)
                    return _run(request, view, args, kwargs)
        except Denied as denied:
            return _refuse(request, cast(Actor, _actor_of(request)), denied)
        if left := _left(request):
            return left
        actor = _fallback(request)
        return self._inside(request, actor, view, args, kwargs) if actor else None

    def _by_token(
        self, request: HttpRequest, text: str, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase | None:
        tenant_id = tokens.organization_of(text)
        if tenant_id is None:
            return _unknown_token()
        if _opens_its_own(view):
            _set_actor(request, tokens.authenticate(text, address=address(request)))
            return None if _actor_of(request) else _unknown_token()
        try:
            # One transaction for both, because a script pays for each round trip to the database.
            with tenant_tx(tenant_id):
                actor, due = load_by_hash(tenant_id, tokens.digest(text), address=address(request)) or (None, False)
                if actor is None:
                    return _unknown_token()
                _set_actor(request, actor)
                response = _run(request, view, args, kwargs)
                if due:
                    tokens.note_use(tenant_id, text)
                return response
        except Denied as denied:
            return _refuse(request, cast(Actor, _actor_of(request)), denied)

    def _inside(
        self, request: HttpRequest, actor: Actor, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponseBase:
        _set_actor(request, actor)
        if _must_enrol(actor, view):
            return answers.enrol(request)
        try:
            with tenant_tx(actor.tenant_id):
                return _run(request, view, args, kwargs)
        except Denied as denied:
            return _refuse(request, actor, denied)


def bearer(request: HttpRequest) -> str:
    """The text after "Authorization: Bearer", or ""."""
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def address(request: HttpRequest) -> str:
    """The peer's address as the server gives it; headers that anybody can write don't count."""
    return str(request.META.get("REMOTE_ADDR") or "")


def session_mark(request: HttpRequest) -> str:
    """A digest that tells a person's sessions apart in the record and opens none."""
    key = getattr(request.session, "session_key", None) or ""
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def _has_null(request: HttpRequest) -> bool:
    """PostgreSQL can't hold a null character, so nothing is found by one. (The REST door says so in its own words.)"""
    given = (part for data in (request.GET, request.POST) for name, values in data.lists() for part in (name, *values))
    return "\x00" in request.path or any("\x00" in str(part) for part in given)


def _load(request: HttpRequest, tenant_id: UUID) -> Actor | None:
    return load_actor(tenant_id, request.user.pk, address=address(request), session=session_mark(request))


def _tenant_of(request: HttpRequest) -> UUID | None:
    """The session's organization; for a person whose session names none, their first."""
    if not request.user.is_authenticated:
        return None
    try:
        return UUID(request.session["tenant"])
    except (KeyError, ValueError, TypeError, AttributeError):
        return _first_home(request)


def _first_home(request: HttpRequest) -> UUID | None:
    found = homes.of(cast(UUID, request.user.pk))
    if not found:
        return None
    request.session["tenant"] = str(found[0].tenant_id)
    return found[0].tenant_id


def _left(request: HttpRequest) -> HttpResponse | None:
    """Refuses what was meant for an organization that the person is no longer a member of."""
    rotate_token(request)  # whatever form was filled in for it must not be sent to another
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    words = _("You are no longer a member of the organization that this was for. Nothing was changed.")
    return answers.refused(request, Decision(False, "", words))


def _fallback(request: HttpRequest) -> Actor | None:
    """No longer a member there: their first other organization, or none."""
    tenant_id = _first_home(request)
    return _load(request, tenant_id) if tenant_id else None


def _must_enrol(actor: Actor | None, view: View) -> bool:
    return actor is not None and actor.needs_factor and not getattr(view, "while_enrolling", False)


def _opens_its_own(view: View) -> bool:
    return bool(getattr(view, "own_transactions", False)) or iscoroutinefunction(view)


def _run(request: HttpRequest, view: View, args: Sequence[Any], kwargs: Mapping[str, Any]) -> HttpResponseBase:
    response = view(request, *args, **kwargs)
    if not isinstance(response, HttpResponseBase):
        # None from us would make Django call the view again, outside the transaction.
        raise ValueError(f"the view {view.__module__}.{view.__qualname__} didn't return a response")
    render = getattr(response, "render", None)
    # A template reads rows: it renders in here, where they can be read.
    return cast(HttpResponseBase, render()) if callable(render) else response


def _refuse(request: HttpRequest, actor: Actor, denied: Denied) -> HttpResponse:
    denials.record(actor, denied)
    with tenant_tx(actor.tenant_id):
        return answers.refused(request, denied.decision)


def _unknown_token() -> HttpResponse:
    return answers.unauthorized(_("The API token is unknown, expired or revoked."))


def _set_actor(request: HttpRequest, actor: Actor | None) -> None:
    request.actor = actor  # type: ignore[attr-defined]


def _actor_of(request: HttpRequest) -> Actor | None:
    return cast("Actor | None", getattr(request, "actor", None))
