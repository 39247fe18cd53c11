"""The one way into an address of the REST door: methods, sign-in, CSRF, transaction, and every failure as a problem."""

import logging
from collections.abc import Callable, Collection
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from apps.api.faults import as_problem
from apps.api.problems import Problem, problem
from apps.tenancy import denials
from apps.tenancy.access import Actor, Denied
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import own_transactions

log = logging.getLogger(__name__)

Handler = Callable[..., HttpResponse]
View = Callable[..., HttpResponse]
SAFE = {"GET", "HEAD"}


def calls_aws(handler: Handler) -> Handler:
    """Marks a handler that calls AWS: it runs outside any transaction and opens its own short ones."""
    handler.calls_aws = True  # type: ignore[attr-defined]
    return handler


def endpoint(*, public: bool = False, takes: Callable[..., Collection[str]] | None = None, **handlers: Handler) -> View:
    """The view of an address from a handler per method: `endpoint(get=show, delete=revoke)`. Where not every address
    of the pattern takes all of them, `takes` tells from its parts which it does.

    A handler is called with the request, the actor, and the parts of the address; with `public` without an actor.
    It runs inside the actor's `tenant_tx`, which is rolled back when it raises. Problems, refusals, AWS errors and
    anything unforeseen become problem documents; a refusal is recorded after its own transaction has ended.
    """
    table = {method.upper(): handler for method, handler in handlers.items()}
    if "GET" in table:
        table["HEAD"] = table["GET"]

    def view(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            _check_text(request)
            allowed = [method for method in sorted(table) if takes is None or method in takes(**parts)]
            if request.method not in allowed:
                return problem("method", headers={"Allow": ", ".join(allowed)})
            handler = table[request.method]
            return handler(request, **parts) if public else _as_actor(request, handler, parts)
        except Denied as denied:
            return refused(request, denied)
        except Exception as error:
            return failure(request, error)

    return own_transactions(csrf_exempt(view))


def _check_text(request: HttpRequest) -> None:
    """PostgreSQL can't hold a null character, so nothing is found by one. Raises Problem."""
    if "\x00" in request.path:
        raise Problem("not-found")
    if any("\x00" in part for name, values in request.GET.lists() for part in (name, *values)):
        raise Problem("query", _("A null character is not allowed."))


def _as_actor(request: HttpRequest, handler: Handler, parts: dict[str, Any]) -> HttpResponse:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return unauthorized(request)
    if actor.kind != "token" and request.method not in SAFE and (refusal := _csrf_refusal(request)):
        return refusal
    if getattr(handler, "calls_aws", False):
        return handler(request, actor, **parts)
    with tenant_tx(actor.tenant_id):
        return handler(request, actor, **parts)


def unauthorized(request: HttpRequest) -> HttpResponse:
    """401: no token came, or one that is no good (which of the two is all that it tells)."""
    came = bool(request.headers.get("Authorization"))
    challenge = 'Bearer realm="Northgate"' + (', error="invalid_token"' if came else "")
    detail = _("The token is unknown, expired or revoked.") if came else ""
    return problem("unauthorized", detail, headers={"WWW-Authenticate": challenge})


def refused(request: HttpRequest, denied: Denied) -> HttpResponse:
    """403, naming the permission that is missing; on the record."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    denials.record(actor, denied)
    return problem("denied", denied.decision.reason, permission=denied.decision.permission)


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, which every view here is exempt from because a token needs none."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return problem("csrf", reason)


def _csrf_refusal(request: HttpRequest) -> HttpResponse | None:
    check = _CsrfCheck(_nothing)
    check.process_request(request)
    refusal = check.process_view(request, _nothing, (), {})
    return refusal if isinstance(refusal, HttpResponse) else None


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """Whatever went wrong as a problem document. What nobody foresaw is logged and tells the caller nothing."""
    if isinstance(error, Problem):
        return error.response()
    if isinstance(error, SuspiciousOperation):
        return problem("unreadable")
    if known := as_problem(error):
        return known.response()
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    if isinstance(error, OperationalError | InterfaceError):
        return problem("unavailable", headers={"Retry-After": "5"})
    got_request_exception.send(sender=endpoint, request=request)
    return problem("internal")
