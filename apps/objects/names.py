"""Keys of objects: how they are shown, how a URL or form refers to them, and what their files are called.

A key is any text of up to 1,024 bytes in UTF-8. Only by custom does a slash make folders.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from apps.catalog.text import BIDI
from apps.catalog.text import one_line as one_line
from apps.catalog.text import visible as visible

LONGEST = 1024  # bytes of a key
_FILE = 200  # bytes of a file's name; most file systems take 255
_NOT_IN_FILES = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Ref:
    """What a row, a form or a script names: an object, one version of it, or (`below`) everything that begins with the
    key. As text it is percent-encoded, with `@version` or `*` behind it; forms would change line breaks otherwise."""

    key: str
    version: str = ""
    below: bool = False

    def __str__(self) -> str:
        return quote(self.key, safe="/") + ("*" if self.below else f"@{quote(self.version)}" if self.version else "")

    @classmethod
    def parse(cls, text: str) -> "Ref":
        """The inverse of `str`. Raises ValueError."""
        key, _, version = text.partition("@")
        below = not version and key.endswith("*")
        key = key[:-1] if below else key
        if "*" in key or not (key or below):
            raise ValueError(text)
        return cls(_unquoted(key), _unquoted(version), below)


def check(key: str) -> str:
    """The key. Raises ValueError where no object can have it."""
    if "\0" in key or not 0 < len(key.encode()) <= LONGEST:  # a lone surrogate is a UnicodeEncodeError, a ValueError
        raise ValueError(key)
    return key


def leaf(key: str, prefix: str = "") -> str:
    """What a row below the prefix shows of the key: never nothing."""
    return key.removeprefix(prefix) or key


def steps(prefix: str) -> list[tuple[str, str]]:
    """(label, prefix) of each folder on the way to the prefix; what follows the last slash is a step too."""
    found, at = [], 0
    while at < len(prefix):
        end = prefix.find("/", at) + 1 or len(prefix)
        found.append((prefix[at:end], prefix[:end]))
        at = end
    return found


def parent(prefix: str) -> str:
    """The folder that the prefix lies in: `a/b/` lies in `a/`."""
    return prefix[: prefix.rstrip("/").rfind("/") + 1] if prefix.rstrip("/") else prefix[:-1]


def file_name(key: str) -> str:
    """What the object's file is called on any system: the key's last part, without what acts or separates, at most 200
    bytes with its ending kept. Never empty."""
    name = key.rstrip("/").rpartition("/")[2]
    name = _NOT_IN_FILES.sub("_", BIDI.sub("_", unicodedata.normalize("NFC", name)))
    # A system that drops trailing dots and blanks would make `x.exe.` an `x.exe`; `..` is a folder.
    name = re.sub(r"[. ]+\Z", lambda found: "_" * len(found[0]), name.lstrip(" "))
    return _shortened(name) or "download"


def disposition(key: str) -> str:
    """The Content-Disposition (RFC 6266, 8187) by which a browser saves the object's file and never shows it."""
    name = file_name(key)
    plain = re.sub(r"[^\w .,+=@()-]", "_", name, flags=re.ASCII).replace("%", "_")
    encoded = quote(name, safe="!#$&+-.^_`|~")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def archived(keys: Iterable[str], prefix: str = "") -> list[str]:
    """For each key its path in an archive: relative to the prefix, with no step up, no root, no drive, and none twice
    (by a number before the ending). Cases don't tell paths apart, since some systems don't."""
    taken: set[str] = set()
    found = []
    for key in keys:
        parts = [part for part in key.removeprefix(prefix).split("/") if part not in ("", ".", "..")]
        safe = [file_name(part) for part in parts] or ["download"]
        path, number = "/".join(safe), 1
        while path.casefold() in taken:
            number += 1
            path = "/".join([*safe[:-1], _numbered(safe[-1], number)])
        taken.add(path.casefold())
        found.append(path)
    return found


def _unquoted(text: str) -> str:
    return unquote(text, errors="strict")


def _shortened(name: str) -> str:
    if len(name.encode()) <= _FILE:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = dot + ending if stem and len(ending.encode()) <= 16 else ""
    return name.encode()[: _FILE - len(tail.encode())].decode(errors="ignore") + tail


def _numbered(name: str, number: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem} ({number}).{ending}" if stem and dot else f"{name} ({number})"
