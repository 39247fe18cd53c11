"""The template context that every page shares."""

from typing import Any, cast

from django.http import HttpRequest

from apps.console.shell import shell_of
from apps.tenancy.decorators import SignedRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`: see apps.console.shell.Shell; `layout`: base.html, or bare.html for an htmx fragment."""
    return {
        "shell": shell_of(cast(SignedRequest, request)),
        "layout": "bare.html" if is_fragment(request) else "base.html",
    }


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page (it says `full` where it will replace the body)."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-Request-Type") == "partial"
