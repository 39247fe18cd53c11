"""JSON as people type it: where each value stands, and in words what is wrong and where."""

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # the standard library's own, not in its stubs
from typing import Any

from django.utils.translation import gettext as _

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_DEEPEST = 20


class NotJson(Exception):
    """The text is not JSON; the message says what is wrong, `offset` where."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.offset = offset


@dataclass(frozen=True)
class Document:
    """A parsed text: its value, and at which character the value of each path begins."""

    text: str
    value: Any
    places: dict[Path, int]

    def where(self, path: Path) -> tuple[int, int]:
        """Line and column of what stands at a path, or of what holds it."""
        while path and path not in self.places:
            path = path[:-1]
        return position(self.text, self.places.get(path, 0))


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def parse(text: str) -> Document:
    """The document. Raises NotJson, also for a key that stands twice in an object."""
    places: dict[Path, int] = {}
    start = _skip(text, 0)
    if start == len(text):
        raise NotJson(_("There is nothing."), 0)
    value, end = _value(text, start, (), places)
    end = _skip(text, end)
    if end != len(text):
        raise NotJson(_("Something follows the end of the document: %(what)s.") % {"what": _near(text, end)}, end)
    return Document(text, value, places)


def pretty(text: str) -> str:
    """The same JSON with a line for each value; a text that is none as it is."""
    try:
        return json.dumps(parse(text).value, indent=2, ensure_ascii=False)
    except NotJson:
        return text


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _near(text: str, at: int) -> str:
    rest = text[at : at + 12].split("\n")[0]
    return f"“{rest}”" if rest else _("the end of the text")


def _value(text: str, at: int, path: Path, places: dict[Path, int]) -> tuple[Any, int]:
    if len(path) > _DEEPEST:
        raise NotJson(_("It is nested too deep."), at)
    places[path] = at
    char = text[at : at + 1]
    if char == "{":
        return _object(text, at, path, places)
    if char == "[":
        return _list(text, at, path, places)
    if char == '"':
        return _string(text, at)
    if number := _NUMBER.match(text, at):
        return _number(number), number.end()
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    raise NotJson(_("A value is expected, not %(what)s.") % {"what": _near(text, at)}, at)


def _number(found: re.Match[str]) -> int | float:
    plain = found.group(2) is None and found.group(3) is None
    return int(found.group()) if plain and len(found.group()) < 40 else float(found.group())


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = scanstring(text, at + 1, True)
    except json.JSONDecodeError as error:
        if error.msg.startswith("Unterminated"):
            raise NotJson(_("The text that begins here has no closing quotation mark."), at) from None
        if error.msg.startswith("Invalid control"):
            raise NotJson(_("A text can't go over the end of a line."), error.pos) from None
        raise NotJson(_("A backslash is followed by what it can't stand before."), error.pos) from None
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise NotJson(_("The text that begins here has half of a character."), at)
    return value, end


def _list(text: str, at: int, path: Path, places: dict[Path, int]) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return found, at + 1
    while True:
        value, at = _value(text, at, (*path, len(found)), places)
        found.append(value)
        at, closed = _next(text, at, "]")
        if closed:
            return found, at


def _object(text: str, at: int, path: Path, places: dict[Path, int]) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return found, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise NotJson(_("A name in quotation marks is expected, not %(what)s.") % {"what": _near(text, at)}, at)
        name_at = at
        name, at = _string(text, at)
        if name in found:
            raise NotJson(_("“%(name)s” stands twice in the same object.") % {"name": name}, name_at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise NotJson(_("A colon is expected after “%(name)s”.") % {"name": name}, at)
        found[name], at = _value(text, _skip(text, at + 1), (*path, name), places)
        at, closed = _next(text, at, "}")
        if closed:
            return found, at


def _next(text: str, at: int, close: str) -> tuple[int, bool]:
    """After a value: where the next one begins, or where the whole ends."""
    at = _skip(text, at)
    if text[at : at + 1] == close:
        return at + 1, True
    if text[at : at + 1] != ",":
        what = {"close": close, "what": _near(text, at)}
        raise NotJson(_("A comma or “%(close)s” is expected, not %(what)s.") % what, at)
    after = _skip(text, at + 1)
    if text[after : after + 1] == close:
        raise NotJson(_("A comma stands before “%(close)s”.") % {"close": close}, at)
    return after, False
