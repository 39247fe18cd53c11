"""What a view says about itself: `signed_in`, `own_transactions`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from apps.tenancy import answers
from apps.tenancy.access import Actor

View = TypeVar("View", bound=Callable[..., HttpResponseBase | Awaitable[HttpResponseBase]])


class SignedRequest(HttpRequest):
    """For annotations: the request as ActorMiddleware and `signed_in` leave it."""

    actor: Actor


def own_transactions(view: View) -> View:
    """The view (or stream) opens its own tenant_tx; request.actor is there, but no transaction is."""
    view.own_transactions = True  # type: ignore[attr-defined]
    return view


def while_enrolling(view: View) -> View:
    """Open to a person who must set up a second factor first (Actor.needs_factor)."""
    view.while_enrolling = True  # type: ignore[attr-defined]
    return view


def unattended(view: View) -> View:
    """Asking for it is no sign that somebody is there: it doesn't keep the session from ending as idle."""
    view.unattended = True  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Send anonymous people to the page named "sign-in" and back; a script gets 401; no organization gets 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs) if _has_actor(request) else turn_away(request)

    @wraps(view)
    async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not _has_actor(request):
            return await sync_to_async(turn_away)(request)
        return await cast(Awaitable[Any], view(request, *args, **kwargs))

    return cast(View, guarded_async if iscoroutinefunction(view) else guarded)


def turn_away(request: HttpRequest) -> HttpResponseBase:
    """The answer to a request without an actor."""
    if answers.wants_problem(request):
        return answers.unauthorized(_("Sign in, or send an API token as Authorization: Bearer."))
    if getattr(request, "user", None) is not None and request.user.is_authenticated:
        return answers.homeless(request)
    back = _page(request)
    address = reverse("sign-in") + (f"?{urlencode({'next': back})}" if back not in ("", "/") else "")
    if request.headers.get("HX-Request") == "true":
        # A fragment must not show the sign-in page inside itself: the whole page goes there.
        return answers.go(address)
    return HttpResponseRedirect(address)


def _has_actor(request: HttpRequest) -> bool:
    return getattr(request, "actor", None) is not None


def safe_next(candidate: str, default: str = "/") -> str:
    """`candidate` when it is a path on this site, else `default`."""
    local = candidate.startswith("/") and url_has_allowed_host_and_scheme(candidate, allowed_hosts=None)
    return candidate if local else default


def _page(request: HttpRequest) -> str:
    """The page to come back to: what the browser shows, which for a fragment isn't what it asked for."""
    if request.headers.get("HX-Request") == "true":
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
        return safe_next(parts.path + (f"?{parts.query}" if parts.query else ""), "")
    return safe_next(request.get_full_path(), "") if request.method in ("GET", "HEAD") else ""
