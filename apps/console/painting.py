"""A list's rows as HTML, from the pieces in templates/resource/pieces. Made once per page and kind."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import quote

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.catalog.idle import Idle
from apps.catalog.items import Item
from apps.catalog.resources import Column, Resource
from apps.catalog.text import short
from apps.console import measures, refs, rows
from apps.console.pieces import join, piece
from apps.console.scope import Place, Unmeasured
from apps.console.templatetags.ui import account, ago, status

EMPTY = SafeString("")
STALE = SafeString(' class="stale"')
SELECTED = SafeString(' aria-selected="true"')
NOBODY = Place("", "", "", "", (), False)


class Painter:
    """`stale` gives the clock of a failed source (account, Region); `open` is the ref of the row in the panel;
    `unmeasured` says why a measure is missing, `idle` why one of (account, Region, id) costs and buys nothing."""

    def __init__(
        self,
        resource: Resource,
        columns: Sequence[Column],
        places: Mapping[str, Place],
        stale: Mapping[tuple[str, str], str],
        *,
        costs: bool,
        open: str = "",
        unmeasured: Unmeasured = MappingProxyType({}),
        idle: Mapping[tuple[str, str, str], Idle] = MappingProxyType({}),
    ) -> None:
        self.resource, self.places, self.stale, self.costs, self.open = resource, places, stale, costs, open
        self.unmeasured, self.idle = unmeasured, idle
        self.before = [(column, css(column)) for column in columns if not trails(column)]
        self.after = [(column, css(column)) for column in columns if trails(column)]
        self.base = rows.base_url(resource)
        self.row_piece, self.cell_piece = piece("resource/pieces/row.html"), piece("resource/pieces/cell.html")

    def row(self, item: Item, cost: Decimal | None = None) -> SafeString:
        ref = refs.of(item)
        as_of = self.stale.get((item.account, item.region))
        cells = [self._cell(column, item, name) for column, name in self.before]
        if self.resource.state:
            cells.insert(0, self._state(item, as_of, cost))
        cells.append(self._account(item))
        cells += [self._cell(column, item, name) for column, name in self.after]
        if self.costs:
            cells.append(self.cell_piece(css="c-cost end num", value=rows.DASH if cost is None else f"${cost:,.2f}"))
        return self.row_piece(
            ref=ref,
            marks=(STALE if as_of else EMPTY) + (SELECTED if ref == self.open else EMPTY),
            state=item.state,
            title=item.name or item.id,
            url=f"{self.base}{quote(ref, safe='@:')}/",
            id=piece("resource/pieces/id.html")(id=short(item.id)) if item.name and item.name != item.id else EMPTY,
            cells=join(cells),
        )

    def _state(self, item: Item, as_of: str | None, cost: Decimal | None) -> SafeString:
        tone = self.resource.state.tone(item.state) if self.resource.state else ""
        told = piece("resource/pieces/sub.html")(words=_("as of %(time)s") % {"time": as_of}) if as_of else EMPTY
        if found := self.idle.get((item.account, item.region, item.id)):
            words = _("Costs and buys nothing") if cost is None else _("$%(cost)s a month for nothing")
            told += piece("resource/pieces/idle.html")(why=str(found.why), words=words % {"cost": f"{cost or 0:,.2f}"})
        return piece("resource/pieces/state.html")(status=status(tone, item.state), as_of=told)

    def _account(self, item: Item) -> SafeString:
        place = self.places.get(item.account, NOBODY)
        zone = item.zone or ("" if item.region == "global" else item.region)
        return piece("resource/pieces/account.html")(account=account(place.name, place.environment), zone=zone)

    def _cell(self, column: Column, item: Item, css: str) -> SafeString:
        if column.measure:
            return self.cell_piece(css=css, value=measures.drawn(column, item, self.unmeasured))
        found = rows.cell(column, item)
        if found.links:
            link = piece("resource/pieces/link.html")
            value: str = join([link(text=text, url=url) for text, url in found.links], ", ")
        else:
            value = ago(found.moment) if found.moment else found.text
        return self.cell_piece(css=css, value=value)


def trails(column: Column) -> bool:
    """Whether it stands behind the account and zone."""
    return column.wide or column.measure is not None


def css(column: Column) -> str:
    """The class of a column's cells and header."""
    kind = "c-measure" if column.measure else "extra clip"
    return " ".join(name for name in ("num end" if column.number else "", "wide" if column.wide else "", kind) if name)
