"""What can be shown of an object without running any of it: text, tables, JSON, and how to show a picture."""

import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import charset_normalizer

from apps.objects import names

MOST = 256 * 1024  # bytes that are read
ROWS = 200
COLUMNS = 50
CELL = 500  # characters
_SAMPLE = 16 * 1024
_LONGEST = 2 * 1024 * 1024  # characters of JSON with its indents
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"BM": "image/bmp",
    b"\x00\x00\x01\x00": "image/x-icon",
}
_ENDINGS = {
    "csv": "table",
    "tsv": "table",
    "json": "json",
    "ipynb": "json",
    "geojson": "json",
    "svg": "svg",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """`sort` is text, json, table, picture or binary. `whole` tells whether all of it is shown. `encoding` is that of
    the text; of a picture `type` is the media type that a browser is told."""

    sort: str
    whole: bool = True
    text: str = ""
    encoding: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    type: str = ""
    packed: bool = False  # it was compressed, and is shown as what it unpacks to


def preview(key: str, head: Mapping[str, Any], body: bytes, size: int) -> Preview:
    """`body` are the object's first bytes, `size` is that of all. Never fails: what is not understood is bytes."""
    whole, packed = len(body) >= size, False
    if str(head.get("ContentEncoding") or "").strip().lower() == "gzip":
        body, whole, packed = _unpacked(body, whole)
    kind = _kind(key, str(head.get("ContentType") or ""))
    if picture := _picture(body, kind):
        return Preview("picture", whole, type=picture, packed=packed)
    decoded = _decoded(body, whole)
    if decoded is None:
        return Preview("binary", len(body) <= 512, _dump(body[:512]), packed=packed)
    text, encoding = decoded
    if kind == "json" and whole and (pretty := _pretty(text)):
        return Preview("json", text=names.visible(pretty), encoding=encoding, packed=packed)
    if kind == "table" and (rows := _table(text, whole)):
        shown, more = rows
        return Preview("table", whole and not more, rows=shown, encoding=encoding, packed=packed)
    return Preview("text", whole, names.visible(text.replace("\r\n", "\n")), encoding, packed=packed)


def _kind(key: str, type: str) -> str:
    """What it says to be, by its type, or by its ending where the type says nothing."""
    type = type.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(key.rpartition(".")[2].lower(), "")
    if type == "image/svg+xml":
        return "svg"
    if type == "application/json" or type.endswith("+json"):
        return "json"
    if type in ("text/csv", "text/tab-separated-values"):
        return "table"
    return ending if type in ("", "binary/octet-stream", "application/octet-stream", "text/plain") else ""


def _picture(body: bytes, kind: str) -> str:
    """The media type of a picture, by its first bytes: whatever the object says of itself."""
    for start, type in _PICTURES.items():
        if body.startswith(start):
            return type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[4:12] in (b"ftypavif", b"ftypavis"):
        return "image/avif"
    return "image/svg+xml" if kind == "svg" and b"<svg" in body else ""


def _decoded(body: bytes, whole: bool) -> tuple[str, str] | None:
    """The text and the name of its encoding, None for what is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(encoding, "replace"), encoding.removesuffix("-sig").upper()
    if b"\0" in body[:_SAMPLE]:
        return None
    try:
        return body.decode(), "UTF-8"
    except UnicodeDecodeError as error:
        if not whole and error.start >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[: error.start].decode(), "UTF-8"
    found = charset_normalizer.from_bytes(body[:_SAMPLE]).best()
    if found is None:
        return None
    return body.decode(found.encoding, "replace"), found.encoding.replace("_", "-").upper()


def _pretty(text: str) -> str:
    """JSON with line breaks and indents, its numbers and texts as they were written. Nothing where it is no JSON."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return ""
    out, depth, before = [], 0, ""
    parts = _TOKEN.findall(text)
    for part, after in zip(parts, [*parts[1:], ""], strict=True):
        if part in "]}":
            depth -= 1
            out.append("" if before and before in "[{" else _line(depth))
        out.append({",": "," + _line(depth), ":": ": "}.get(part, part))
        if part in "[{":
            depth += 1
            out.append("" if after and after in "]}" else _line(depth))
        before = part
    found = "".join(out)
    return found if len(found) <= _LONGEST else ""


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, 30)


def _table(text: str, whole: bool) -> tuple[tuple[tuple[str, ...], ...], bool] | None:
    """The first rows, and whether there are more; None when it is no table."""
    lines = text if whole else text.rpartition("\n")[0] or text
    try:
        dialect: Any = csv.Sniffer().sniff(lines[:_SAMPLE], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows: list[tuple[str, ...]] = []
    try:
        for row in _rows(csv.reader(io.StringIO(lines, newline=""), dialect)):
            if len(rows) == ROWS:
                return tuple(rows), True
            rows.append(row)
    except csv.Error:  # a field of more than 128 KiB
        return None
    return (tuple(rows), False) if rows else None


def _rows(found: Iterator[list[str]]) -> Iterator[tuple[str, ...]]:
    for row in found:
        if row:
            yield tuple(names.visible(cell if len(cell) <= CELL else cell[:CELL] + "…") for cell in row[:COLUMNS])


def _unpacked(body: bytes, whole: bool) -> tuple[bytes, bool, bool]:
    """What gzip made smaller, up to MOST bytes however much it would become."""
    stream = zlib.decompressobj(wbits=31)
    try:
        found = stream.decompress(body, MOST)
    except zlib.error:
        return body, whole, False
    return found, whole and stream.eof and not stream.unconsumed_tail, True


def _dump(body: bytes) -> str:
    """Offset, bytes, characters: as `hexdump -C`."""
    lines = []
    for start in range(0, len(body), 16):
        part = body[start : start + 16]
        printed = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        lines.append(f"{start:08x}  {part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}  |{printed}|")
    return "\n".join(lines)
