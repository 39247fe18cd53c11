"""The answers that refuse: in the browser's words, or as RFC 9457 problem documents under /api/."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.tenancy.access import Decision

API = "/api/"
# Where the REST door explains its problem types (apps.api.problems).
PROBLEMS = "/api/v1/problems/"


def wants_problem(request: HttpRequest) -> bool:
    """Whether this request came through the REST door."""
    return request.path.startswith(API)


def refused(request: HttpRequest, decision: Decision) -> HttpResponse:
    """403, saying which permission is missing."""
    if wants_problem(request):
        return problem(403, "denied", _("Not permitted"), decision.reason, permission=decision.permission)
    return render(request, "403.html", {"decision": decision}, status=403)


def homeless(request: HttpRequest) -> HttpResponse:
    """403 for a person who is signed in and belongs to no organization."""
    return refused(request, Decision(False, "", _("You aren't a member of any organization.")))


def unauthorized(detail: str) -> HttpResponse:
    """401 for a script: no token, or one that is unknown, expired or revoked."""
    answer = problem(401, "unauthorized", _("A token is needed"), detail)
    answer["WWW-Authenticate"] = 'Bearer realm="Northgate"'
    return answer


def problem(status: int, kind: str, title: str, detail: str, **more: Any) -> HttpResponse:
    """An RFC 9457 document; `kind` ends its type URI."""
    body = {"type": f"{PROBLEMS}{kind}", "title": title, "status": status, "detail": detail, **more}
    answer = JsonResponse(body, status=status, content_type="application/problem+json")
    answer["Cache-Control"] = "no-store"
    return answer


def enrol(request: HttpRequest) -> HttpResponse:
    """For a member without the second factor that their organization demands: to its page, and nowhere else."""
    if wants_problem(request):
        words = _("Your organization requires a second factor. Set one up in the panel first.")
        return refused(request, Decision(False, "", words))
    address = reverse("factors")
    return go(address) if request.headers.get("HX-Request") == "true" else HttpResponseRedirect(address)


def load_anew() -> HttpResponse:
    """Tells htmx to reload the page: it shows another organization than the session stands in by now."""
    answer = HttpResponse(status=409)
    answer["HX-Refresh"] = "true"
    return answer


def go(address: str) -> HttpResponse:
    """Tell htmx to load a whole page."""
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = address
    return answer
