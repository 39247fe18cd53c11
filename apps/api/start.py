"""The door itself: what is where, the problem types, and an answer for every address that there is not."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.api.addresses import url
from apps.api.answers import answer
from apps.api.endpoint import endpoint
from apps.api.problems import TYPES, Problem, ProblemType
from apps.catalog import registry
from apps.tenancy.access import Actor, reach

FIXED = ("me", "tokens", "accounts", "operations", "schedules", "audit", "bookmarks", "idle", "problems", "docs")


def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The lists by service; of the kinds only those that the caller may see somewhere."""
    services: dict[str, dict[str, str]] = {}
    for resource in registry.resources():
        if reach(actor, resource.permission):
            services.setdefault(resource.service, {})[resource.slug] = url(request, resource.service, resource.slug)
    links: dict[str, Any] = {name: url(request, name) for name in FIXED}
    links["openapi"] = url(request, "openapi.json").rstrip("/")
    return answer({**links, "services": services})


def problem_types(request: HttpRequest) -> HttpResponse:
    return answer({"results": [_as_json(found) for found in TYPES.values()], "next": None})


def problem_type(request: HttpRequest, slug: str) -> HttpResponse:
    """What a problem's `type` leads to: a page for a browser, JSON for a script."""
    found = TYPES.get(slug)
    if found is None:
        raise Problem("not-found")
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return render(request, "api/problem.html", {"found": found})
    return answer(_as_json(found))


def _as_json(found: ProblemType) -> dict[str, Any]:
    return {"type": found.uri, "status": found.status, "title": found.title, "advice": found.advice}


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 as a problem for whatever address below /api/v1/ means nothing."""
    detail = "" if request.path.endswith("/") else _("There is nothing here. Addresses end with a slash.")
    raise Problem("not-found", detail)


index = endpoint(get=overview)
problem_list = endpoint(public=True, get=problem_types)
problem_page = endpoint(public=True, get=problem_type)
missing = endpoint(
    public=True, get=nowhere, post=nowhere, put=nowhere, patch=nowhere, delete=nowhere, options=nowhere, trace=nowhere
)
