"""The browser's rows as HTML, from the pieces in templates/objects/pieces."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.catalog.items import Item
from apps.catalog.resources import Column
from apps.catalog.text import Text
from apps.console import rows
from apps.console.objects.place import Place
from apps.console.pieces import join, piece
from apps.console.templatetags.ui import ago, bytesize, icon
from apps.objects import names
from apps.objects.changes import MARKER, OBJECT, VERSION
from apps.objects.listing import NAME, Entry

EMPTY = SafeString("")
SELECTED = SafeString(' aria-selected="true"')
_PICTURES = {"png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "bmp", "ico", "tif", "tiff"}
_TABLES = {"csv", "tsv", "parquet", "xlsx", "ods"}
_ARCHIVES = {"zip", "gz", "tgz", "tar", "bz2", "xz", "zst", "7z", "rar", "jar"}
_CODE = {"json", "yaml", "yml", "html", "css", "js", "ts", "py", "xml", "toml", "sql", "sh"}


@dataclass(frozen=True, slots=True)
class Header:
    """`direction` as aria-sort wants it; `url` is where it sorts."""

    label: Text
    key: str
    css: str
    direction: str = "none"
    url: str = ""


class Painter:
    """`open` is the ref of the row in the panel."""

    def __init__(self, at: Place, *, versions: bool = False, open: str = "") -> None:
        self.at, self.versions, self.open = at, versions, open
        self.columns = [column for column in at.kind.columns if not column.hidden]
        self.css = {column.key: css(column) for column in self.columns}
        self.row_piece, self.cell_piece = piece("objects/pieces/row.html"), piece("resource/pieces/cell.html")
        self.folder_piece, self.size_piece = piece("objects/pieces/folder.html"), piece("objects/pieces/size.html")
        self._exact, self._told = _("%(size)s bytes"), dict[Any, SafeString]()

    def headers(self, sort: str) -> list[Header]:
        """The table's columns behind the checkbox, in the order of a row's cells."""
        found = [Header(_("Name"), NAME, "c-key")]
        found += [Header(column.label, column.key, css(column)) for column in self.columns]
        if self.versions:
            found.append(Header(_("Version"), "", "c-version"))
        key, down = sort.removeprefix("-"), sort.startswith("-")
        now = "descending" if down else "ascending"
        return [Header(one.label, one.key, one.css, now if one.key and one.key == key else "none") for one in found]

    def row(self, entry: Entry) -> SafeString:
        ref = str(entry.ref)
        common = {
            "ref": ref,
            "marks": SELECTED if ref == self.open else EMPTY,
            "title": names.one_line(entry.label),
        }
        if entry.item is None:
            url = self.at.folder(entry.ref.key)
            return self.folder_piece(**common, url=url, cells=self._blank, icon=icon("folder"))
        state = MARKER if entry.marker else VERSION if self.versions else OBJECT
        return self.row_piece(
            **common,
            state=state,
            url=self.at.object(entry.ref.key, entry.ref.version),
            panel=self.at.below("panel/", key=entry.ref.key, version=entry.ref.version, **marked(entry)),
            icon=icon("circle-x" if entry.marker else glyph(entry.ref.key)),
            gone=SafeString(" gone") if entry.marker else EMPTY,
            cells=join([self.cell(column, entry.item) for column in self.columns]) + self._version(entry),
        )

    def cell(self, column: Column, item: Item) -> SafeString:
        if column.unit == "B":
            value = column.value(item)
            exact = "" if value is None else self._exact % {"size": f"{value:,}"}
            return self.size_piece(css=self.css[column.key], text=bytesize(value), exact=exact)
        if column.time:
            return self.cell_piece(css=self.css[column.key], value=self._ago(column.value(item)))
        return self.cell_piece(css=self.css[column.key], value=rows.cell(column, item).text)

    def _ago(self, value: Any) -> SafeString:
        """Many are put in one second: each moment is told once."""
        if value not in self._told:
            self._told[value] = ago(rows.when(value))
        return self._told[value]

    def _version(self, entry: Entry) -> SafeString:
        if not self.versions:
            return EMPTY
        told = self._words["marker" if entry.marker else "latest"] if entry.marker or entry.latest else EMPTY
        return piece("objects/pieces/version.html")(id=entry.ref.version or _("null"), told=told)

    @cached_property
    def _blank(self) -> SafeString:
        names = [*self.css.values(), *(["c-version"] if self.versions else [])]
        return join([self.cell_piece(css=name, value="") for name in names])

    @cached_property
    def _words(self) -> dict[str, SafeString]:
        pill = piece("objects/pieces/pill.html")
        return {
            "marker": pill(css="warn", words=_("Delete marker")),
            "latest": pill(css="", words=_("Latest")),
        }


def marked(entry: Entry) -> dict[str, str]:
    """So that the panel of a delete marker offers nothing that it can't do."""
    return {"marker": "1"} if entry.marker else {}


def css(column: Column) -> str:
    kind = "c-size" if column.unit == "B" else "c-when" if column.time else "extra"
    return " ".join(name for name in ("num end" if column.number else "", kind) if name)


def glyph(key: str) -> str:
    """The icon for what a key's ending promises."""
    if key.endswith("/"):
        return "folder-open"
    ending = key.rpartition(".")[2].lower() if "." in key else ""
    for name, endings in (("image", _PICTURES), ("table-2", _TABLES), ("archive", _ARCHIVES), ("file-code", _CODE)):
        if ending in endings:
            return name
    return "file-text"
