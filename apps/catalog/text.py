"""The type of a text that may be translated late; and text of others, made harmless to read."""

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Text: TypeAlias = str | _StrPromise
else:
    Text = str

# Marks that change the direction of what follows them: a name must not look like another.
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def within(text: Text) -> str:
    """A label as it stands within a sentence: in small letters, but for names such as VPC, IPs and Auto Scaling."""
    first, *rest = str(text).split(" ")
    if any(word[:1].isupper() and sum(map(str.isupper, word)) == 1 for word in rest):
        return str(text)
    return " ".join(w if sum(map(str.isupper, w)) > 1 else w.lower() for w in (first, *rest))


def visible(text: str) -> str:
    """The text with its control characters as pictures and its marks of direction by number, so that none of them
    acts. Line breaks and tabs stay."""
    return text if text.isprintable() else "".join(_visible(char) for char in text)


def one_line(text: str) -> str:
    """The same for a name: line breaks and tabs are pictures too."""
    return text if text.isprintable() else visible(text).replace("\n", "\u240a").replace("\t", "\u2409")


def short(id: str) -> str:
    """An id as people tell it apart: of an ARN what follows the account's number."""
    return id.split(":", 5)[-1] if id.startswith("arn:") else id


def _visible(char: str) -> str:
    code = ord(char)
    if char in "\n\t" or 0x20 <= code < 0x7F:
        return char
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code < 0xA0 or BIDI.match(char) or 0xD800 <= code < 0xE000:
        return f"⟨U+{code:04X}⟩"
    return char
