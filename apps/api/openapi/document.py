"""The whole document, made once per process, and its address `/api/v1/openapi.json`."""

import hashlib
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from apps.api.answers import encode
from apps.api.endpoint import endpoint
from apps.api.openapi import accounts, fixed, kinds, objects, questions, responses, schedules, texts
from apps.api.openapi.schemas import SHARED, Schema
from apps.catalog import registry

DESCRIPTION = """\
Everything that the panel's pages can do. Send `Authorization: Bearer` with a token made on your profile page.

A change answers 202 with its operation; follow the `Location` header until its `state` is final. `plan=1` answers what
would be done and changes nothing. Send an `Idempotency-Key` with each change: the same request again answers the same
operation. A list answers `results` and `next`. Errors are RFC 9457 problem documents.

In a change, a member that is left out has its default, or stays as it is where the change is an edit. Null empties it:
the number of an alarm's datapoints is then AWS's own again. What can't be empty refuses null.
"""


@cache
def document() -> Schema:
    """OpenAPI 3.1, derived from the registry: it holds nothing of any tenant."""
    with translation.override("en"):
        resources = registry.resources()
        schemas = SHARED | fixed.SCHEMAS | accounts.schemas() | objects.shared() | questions.SCHEMAS | texts.SCHEMAS
        schemas |= schedules.schemas()
        paths = fixed.paths() | accounts.paths() | schedules.paths() | objects.bookmarks()
        for resource in resources:
            schemas |= kinds.schemas(resource) | objects.schemas(resource)
            paths |= kinds.paths(resource) | objects.paths(resource) | questions.paths(resource) | texts.paths(resource)
        return {
            "openapi": "3.1.0",
            "info": {"title": "Northgate", "version": "1", "description": DESCRIPTION},
            "servers": [{"url": "/api/v1"}],
            "security": [{"token": []}, {"session": []}],
            "tags": _tags(),
            "paths": paths,
            "components": {
                "schemas": schemas,
                "responses": responses.shared(),
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "An API token: `ngt_…`."},
                    "session": {
                        "type": "apiKey",
                        "in": "cookie",
                        "name": "sessionid",
                        "description": "A signed-in browser; changes also need X-CSRFToken.",
                    },
                },
            },
        }


def _tags() -> list[Schema]:
    panel = [
        {"name": "panel", "description": "The door itself, and who you are."},
        {"name": "accounts", "description": "AWS accounts."},
        {"name": "operations", "description": "Every change, its steps and its outcome."},
        {"name": "schedules", "description": "What is done by itself, at its time."},
        {"name": "audit", "description": "The record of who did what."},
    ]
    return panel + [{"name": found.name, "description": str(found.title)} for found in registry.services()]


@cache
def _encoded() -> tuple[bytes, str]:
    text = encode(document())
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def show(request: HttpRequest) -> HttpResponse:
    """The document for anybody; caches may keep it and ask whether it changed."""
    text, etag = _encoded()
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(text, content_type="application/json")
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


openapi = endpoint(public=True, get=show)
