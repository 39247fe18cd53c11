"""The door's own addresses, absolute, so that a script can follow them as they are."""

from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest

ROOT = "/api/v1/"


def url(request: HttpRequest, *parts: str) -> str:
    """The address `/api/v1/part/part/` at the origin that the caller used. Slashes inside an id stay as they are."""
    return f"{request.scheme}://{request.get_host()}{ROOT}" + "".join(f"{quote(part)}/" for part in parts)


def with_query(request: HttpRequest, **changes: Any) -> str:
    """The request's own address with changes to its query."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    return f"{request.build_absolute_uri(request.path)}?{urlencode(list(_pairs(query)))}"


def _pairs(query: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values]
