"""A resource's page and its split panel: what is known of it, its actions and its tabs."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.metrics import Metric
from apps.catalog.resources import Column, Resource
from apps.catalog.text import Text
from apps.cloud import prices
from apps.console import buttons, idle, measures, menus, refs, rows, scope, shell, tab_rows
from apps.console.buttons import Button
from apps.console.idle import Line
from apps.console.objects import place
from apps.console.rows import DASH, Cell
from apps.console.scope import Place
from apps.console.tab_rows import ELSEWHERE, TabLink
from apps.inventory import query
from apps.tenancy.decorators import SignedRequest, signed_in

MOST_COMPARED = 8


class Detail:
    """What resource/detail.html and resource/panel.html show of one item."""

    def __init__(
        self, request: SignedRequest, resource: Resource, item: Item, tab: str = "", gone: bool = False
    ) -> None:
        self.request, self.resource, self.item, self.gone = request, resource, item, gone
        self.ref = refs.of(item)
        self.list_url = menus.list_url(resource)
        self.url = f"{self.list_url}{quote(self.ref, safe='@:')}/"
        self.tab = tab if tab in {one.id for one in self.tabs} else "overview"

    @cached_property
    def place(self) -> Place | None:
        return next((place for place in scope.accounts(self.request) if place.id == self.item.account), None)

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        return self.resource.metrics_of(self.item)

    @property
    def tone(self) -> str:
        return self.resource.state.tone(self.item.state) if self.resource.state else ""

    @property
    def event(self) -> str:
        return "inventory-" + self.resource.kind.replace(".", "-")

    @cached_property
    def tabs(self) -> list[TabLink]:
        found = [TabLink("overview", _("Overview"))]
        if self.metrics:
            found.append(TabLink("monitoring", _("Monitoring")))
        found += [TabLink(one.sheet.id, one.sheet.label) for one in self.resource.maps]
        sheets = {card.sheet.id: card.sheet for card in self.resource.cards}
        found += [TabLink(id, sheets[id].label) for id in self.resource.sheets]
        found += [TabLink(one.sheet.id, one.sheet.label) for one in self.resource.questions]
        found.append(TabLink("related", _("Related")))
        found += [TabLink(tab.id, tab.label) for tab in self.resource.tabs]
        found += [TabLink("tags", _("Tags")), TabLink("timeline", _("Timeline")), TabLink("code", _("JSON"))]
        return found

    @cached_property
    def row(self) -> list[TabLink]:
        """The tabs as the page has them in a row: groups and what is in none, those groups first."""
        return tab_rows.grouped(self.resource, self.tabs)

    @cached_property
    def panel_row(self) -> list[TabLink]:
        return tab_rows.grouped(self.resource, [tab for tab in self.tabs if tab.id not in ELSEWHERE])

    @property
    def top(self) -> str:
        """The id in the row of the tab that is open."""
        return next((one.id for one in self.row if one.holds(self.tab)), self.tab)

    def beside(self, tab: str, panel: bool) -> Sequence[TabLink]:
        """What stands in one group with a tab, itself among it; nothing where it stands alone."""
        found = next((one.within for one in (self.panel_row if panel else self.row) if one.holds(tab)), ())
        return found if len(found) > 1 else ()

    @property
    def page_parts(self) -> Sequence[TabLink]:
        return self.beside(self.tab, False)

    @property
    def panel_parts(self) -> Sequence[TabLink]:
        return self.beside(self.tab, True)

    @property
    def tab_template(self) -> str:
        return f"resource/tabs/{self.tab}.html"

    @property
    def tab_url(self) -> str:
        """Where the tab's content comes from; empty for those that stand in the page at once."""
        if self.tab in ("overview", "tags"):
            return ""
        asked = next((one.form for one in self.resource.questions if one.sheet.id == self.tab), None)
        names = asked.base_fields if asked else ("range", "from", "to")
        kept = [(key, value) for key, value in self.request.GET.items() if key in names]
        return f"{self.url}tab/{self.tab}/" + (f"?{urlencode(kept)}" if kept else "")

    # Actions

    @cached_property
    def _split(self) -> tuple[list[Button], list[Button]]:
        if self.gone:
            return [], []
        name = self.place.name if self.place else ""
        return buttons.split(buttons.for_item(self.request.actor, self.resource, self.item, name))

    @property
    def main(self) -> list[Button]:
        return self._split[0]

    @property
    def more(self) -> list[Button]:
        return self._split[1]

    @cached_property
    def idle(self) -> Line | None:
        """Where it costs and buys nothing: why, and what ends it."""
        return None if self.gone else idle.line_of(self.request.actor, self.resource, self.item, self.place)

    @property
    def objects_url(self) -> str:
        """Where what lies in it is browsed; nothing where nothing can."""
        if self.gone or registry.inside(self.resource.kind) is None:
            return ""
        return place.base(self.resource, place.ref(self.item.id, self.item.account, self.item.region))

    # Facts

    @cached_property
    def facts(self) -> list[Cell]:
        """Every property that the kind declares."""
        return [self._fact(column) for column in self.resource.listed]

    @cached_property
    def summary(self) -> list[Cell]:
        """Where it is, what it costs, and the properties that its list shows first."""
        found = [self._account(), Cell("", self._region(), label=_("Region"))]
        if self.item.zone:
            found.append(Cell("", self.item.zone, label=_("Availability Zone")))
        found += [self._fact(column) for column in self.resource.listed if not column.hidden][:8]
        if self.resource.monthly_cost:
            found.append(Cell("num", self._cost_words(), label=_("Estimated cost")))
        if self.arn:
            found.append(Cell("mono", self.arn, label="ARN", copy=True, key="arn"))
        return found

    def _fact(self, column: Column) -> Cell:
        if column.measure:
            return Cell("", drawn=measures.drawn(column, self.item, self._unmeasured), label=column.label)
        cell = rows.cell(column, self.item, "num" if column.number else "")
        return Cell(cell.css, cell.text, cell.links, cell.moment, label=column.label, copy=column.copy)

    @cached_property
    def _unmeasured(self) -> scope.Unmeasured:
        return scope.unmeasured(self.request)

    def _account(self) -> Cell:
        name = self.place.name if self.place else self.item.account
        return Cell(self.place.environment if self.place else "", name, label=_("Account"), key="account")

    def _region(self) -> str:
        return _("Global") if self.item.region == "global" else self.item.region

    @property
    def arn(self) -> str:
        pattern = self.resource.arn
        if not pattern:
            return ""
        if ":" not in pattern:
            return str(self.item.attrs.get(pattern) or "")
        number = self.place.number if self.place else ""
        return pattern.format(region=self.item.region, account=number, id=self.item.id, name=self.item.name)

    @property
    def tags(self) -> list[tuple[str, str]]:
        return sorted(self.item.tags.items())

    # Cost

    @cached_property
    def _book(self) -> Any:
        return prices.book(self.item.region)

    @cached_property
    def costs(self) -> Sequence[tuple[Text, Decimal | None]]:
        if not self.resource.monthly_cost:
            return []
        return [(part.label, part.amount) for part in self.resource.monthly_cost(self.item, self._book)]

    @property
    def amounts(self) -> list[Decimal | None]:
        return [amount for _label, amount in self.costs]

    @property
    def cost_note(self) -> str:
        return _("List prices of %(date)s, 730 hours a month, without data transfer and discounts.") % {
            "date": self._book.date
        }

    def _cost_words(self) -> str:
        total = self.resource.cost(self.item, self._book)
        return DASH if total is None else _("$%(amount)s per month") % {"amount": f"{total:,.2f}"}


def detail(request: SignedRequest, resource: Resource, item: Item) -> Detail:
    return Detail(request, resource, item)


@signed_in
def page(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The page of one resource; `?tab=` opens a tab. One that AWS no longer lists is shown as it last was."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    item, gone = _find(request, resource, id)
    shown = Detail(request, resource, item, request.GET.get("tab", ""), gone)
    return render(request, "resource/detail.html", {"detail": shown, "resource": resource})


@signed_in
def panel(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The split panel; tells htmx the list's URL with this row open."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    item, gone = _find(request, resource, id)
    shown = Detail(request, resource, item, gone=gone)
    response = render(request, "resource/panel.html", {"panel": shown, "resource": resource})
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if current.path == shown.list_url:
        pairs = [(key, value) for key, value in parse_qsl(current.query) if key != "open"]
        response["HX-Replace-Url"] = f"{current.path}?{urlencode([*pairs, ('open', shown.ref)], safe='@:')}"
    return response


@signed_in
def compare(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The resources named by `id`, side by side, up to eight."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    items = refs.find_all(request, resource, request.GET.getlist("id")[:MOST_COMPARED])
    shown = [Detail(request, resource, item) for item in items]
    lines = [_line(_("State"), [item.state for item in items])] if resource.state else []
    lines += [_line(_("Account"), [one.place.name if one.place else "" for one in shown])]
    lines += [_line(_("Zone or Region"), [item.zone or item.region for item in items])]
    lines += [
        _line(
            column.label,
            [_words(column, item) for item in items],
        )
        for column in resource.listed
    ]
    keys = sorted({key for item in items for key in item.tags if key != "Name"})
    lines += [_line(_("Tag %(key)s") % {"key": key}, [item.tags.get(key, "") for item in items]) for key in keys]
    context = {
        "items": [{"title": one.item.title, "url": one.url} for one in shown],
        "lines": lines,
        "resource": resource,
    }
    return render(request, "resource/compare.html", context)


def _words(column: Column, item: Item) -> str:
    value = column.value(item)
    if column.measure:
        return "" if value is None else measures.exact(column.measure, value)
    return rows.words(value, str(column.unit)) if value else ""


def _line(label: Text, cells: list[str]) -> dict[str, Any]:
    return {"label": label, "cells": [cell or DASH for cell in cells], "differs": len(set(cells)) > 1}


def _find(request: SignedRequest, resource: Resource, text: str) -> tuple[Item, bool]:
    """The item, and whether it is gone. Raises Http404."""
    try:
        return refs.find(request, resource, text), False
    except Http404:
        id, account, region = refs.parts(text)
        item = query.get(request.actor.tenant_id, resource.kind, id, account=account, region=region, gone=True)
        if item is None or not query.may_see(request.actor, item):
            raise
        return item, True
