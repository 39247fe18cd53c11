"""Pieces of HTML with {names}, for what a page prints hundreds of times.

They stand in files among the templates and every value is escaped as in these, but they are filled by `str.format`:
a row of a list by Django's templates costs about ten times as much, and lists hang on it (see bench).
"""

from collections.abc import Callable
from functools import cache
from html import escape

from django.template.loader import get_template
from django.utils.safestring import SafeString

Piece = Callable[..., SafeString]


@cache
def piece(name: str) -> Piece:
    """The function that fills `templates/<name>`. Values that are SafeString already stay as they are."""
    source: str = get_template(name).template.source  # type: ignore[attr-defined]

    def fill(**values: str) -> SafeString:
        return SafeString(
            source.format_map(
                {key: value if type(value) is SafeString else escape(value) for key, value in values.items()}
            )
        )

    return fill


def join(parts: list[SafeString], between: str = "") -> SafeString:
    """Pieces one after the other; `between` is text."""
    return SafeString(escape(between).join(parts))
