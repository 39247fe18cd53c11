"""Code in four classes (keyword, string, number, comment), by Pygments on the server."""

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html
from pygments import lex  # type: ignore[import-untyped]
from pygments.lexers import BashLexer, JsonLexer, PythonLexer, TerraformLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, String  # type: ignore[import-untyped]

LEXERS: dict[str, Any] = {"bash": BashLexer, "python": PythonLexer, "hcl": TerraformLexer, "json": JsonLexer}


def spans(source: str, lang: str) -> Iterator[str]:
    """Pieces of the source; those with a class are already safe HTML, the others plain text still to be escaped."""
    for kind, text in lex(source.rstrip("\n"), LEXERS[lang](ensurenl=False)):
        css = _css(kind)
        yield format_html('<span class="{}">{}</span>', css, text) if css else text


def _css(kind: Any) -> str:
    if kind in Comment:
        return "c"
    if kind in Name.Tag or kind in Keyword or kind in Name.Builtin or kind in Name.Attribute:
        return "k"
    if kind in String:
        return "s"
    return "n" if kind in Number else ""
