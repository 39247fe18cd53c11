"""Marks that turn the direction of text are shown on pages by their number, wherever a name holds one.

AWS and people give the names, and a page sets them into sentences: acted upon, a mark would turn round what follows it,
so that one name or sentence looks like another. What stands in tags (a field's value is sent back as it is) stays.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.catalog.text import BIDI

# Their UTF-8. Two patterns and not one: each begins with bytes that are looked for fast.
_BYTES = (re.compile(rb"\xe2\x80[\x8e\x8f\xaa-\xae]"), re.compile(rb"\xe2\x81[\xa6-\xa9]"), re.compile(rb"\xd8\x9c"))
_TEXT = re.compile(rf"<textarea\b.*?</textarea>|<[^>]*>|{BIDI.pattern}", re.DOTALL | re.IGNORECASE)


class DirectionMiddleware:
    """Stands within CommonMiddleware, which tells how long the page is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            page = response.content
            if any(found.search(page) for found in _BYTES):
                response.content = shown(page.decode()).encode()
        return response


def shown(page: str) -> str:
    """The page with a mark in its text as ⟨U+202E⟩."""
    return _TEXT.sub(lambda found: _sign(found.group()), page)


def _sign(text: str) -> str:
    return f"⟨U+{ord(text):04X}⟩" if len(text) == 1 else text
