"""What a kind's list shows, as a page and as a fragment of it."""

from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.catalog.resources import Column, Resource
from apps.cloud import prices
from apps.console import buttons, details, list_parts, menus, preferences, refs, scope, shell
from apps.console.buttons import Button
from apps.console.context import is_fragment
from apps.console.freshness import Freshness, judge
from apps.console.list_parts import Header, Pager, Token
from apps.console.list_query import SIZES, ListQuery, number
from apps.console.objects import marks
from apps.console.painting import Painter
from apps.inventory import idle, query
from apps.inventory.query import Page, Query
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest

MOST_LOOKS = 60  # every 2 seconds


class ListPage:
    """What resource/list.html shows, worked out as far as the template asks."""

    def __init__(self, request: SignedRequest, resource: Resource) -> None:
        self.request, self.resource, self.actor = request, resource, request.actor
        self.prefs = preferences.table(request, resource.kind)
        self.view = scope.view(request)
        self.path = menus.list_url(resource)
        self.asked = ListQuery(request, resource, self.path, self.view, int(self.prefs.get("size", 50)))
        self.fragment = is_fragment(request)
        self.refreshing = False  # a refresh was asked for just now

    # What is in it

    @cached_property
    def places(self) -> tuple[scope.Place, ...]:
        return scope.accounts(self.request)

    @cached_property
    def fresh(self) -> Freshness:
        return judge(self.resource, scope.seen(self.request), self.places, self.view)

    @cached_property
    def wanted(self) -> Query:
        return Query(
            filters=self.asked.filters,
            text=self.asked.text,
            sort=self.asked.sort,
            page=self.asked.page,
            size=self.asked.size,
            accounts=self.view.accounts,
            regions=self.view.regions,
            join=self.asked.join,
            count=self.asked.narrowing,
        )

    @cached_property
    def found(self) -> Page:
        return query.listing(self.actor, self.resource, self.wanted)

    @cached_property
    def rows(self) -> list[SafeString]:
        names = {place.id: place for place in self.places}
        open = self.open.ref if self.open else ""
        painter = Painter(
            self.resource,
            self.columns,
            names,
            self.fresh.stale,
            costs=self.costs,
            open=open,
            unmeasured=scope.unmeasured(self.request),
            idle=idle.among(self.actor, self.resource, self.found.items),
        )
        if not self.costs:
            return [painter.row(item) for item in self.found.items]
        books = {region: prices.book(region) for region in {item.region for item in self.found.items}}
        return [painter.row(item, self.resource.cost(item, books[item.region])) for item in self.found.items]

    @cached_property
    def count(self) -> tuple[int, bool]:
        """How many match, and whether there are more than that. Only a filtered list is counted: the scans know the
        others."""
        if self.asked.narrowing:
            return self.found.total or 0, self.found.more
        return max(self.fresh.total, len(self.found.items)), False

    @property
    def total(self) -> str:
        counted, more = self.count
        return f"{counted:,}+" if more else f"{counted:,}"

    # How it is shown

    @cached_property
    def columns(self) -> list[Column]:
        chosen = self.prefs.get("columns")
        if chosen is None:
            return [column for column in self.resource.listed if not column.hidden]
        known = {column.key: column for column in self.resource.listed}
        return [known[key] for key in chosen if key in known]

    @property
    def measures(self) -> set[str]:
        """The measures that it shows or goes by."""
        asked = {self.asked.sort.removeprefix("-"), *(one.key for one in self.asked.filters)}
        return asked | {column.key for column in self.columns if column.measure}

    @property
    def state(self) -> bool:
        return self.resource.state is not None

    @cached_property
    def costs(self) -> bool:
        return self.resource.monthly_cost is not None and not self.prefs.get("no_cost")

    @property
    def choices(self) -> list[tuple[Column, bool]]:
        """Every column and whether it is shown; the shown ones first, in their order."""
        shown = self.columns
        return [*((column, True) for column in shown), *((c, False) for c in self.resource.listed if c not in shown)]

    @property
    def sizes(self) -> tuple[int, ...]:
        return SIZES

    @property
    def wrap(self) -> bool:
        return bool(self.prefs.get("wrap"))

    @cached_property
    def headers(self) -> list[Header]:
        return list_parts.headers(self.asked, self.columns, self.costs)

    @cached_property
    def tokens(self) -> list[Token]:
        return list_parts.tokens(self.asked, self.places)

    @cached_property
    def pager(self) -> Pager:
        return list_parts.pager(self.asked, len(self.found.items), self.total, bool(self.found.next))

    @cached_property
    def blank(self) -> str:
        may_see = bool(access.reach(self.actor, self.resource.permission))
        return list_parts.blank(self.asked, self.places, self.fresh, may_see)

    @property
    def reason(self) -> str:
        return access.explain(self.actor, self.resource.permission).reason

    @property
    def hidden_words(self) -> str:
        return list_parts.hidden_words(self.resource, self.fresh.total)

    @property
    def scope_words(self) -> str:
        return list_parts.scope_words(self.resource, shell.shell_of(self.request))

    @property
    def narrowed(self) -> bool:
        return bool(self.view.accounts or self.view.regions)

    @property
    def skeleton(self) -> range:
        return range(len(self.columns) + 1)

    @property
    def nonce(self) -> int:
        return number(self.request.GET.get("again"), 0)

    @property
    def poll(self) -> bool:
        """Whether to look once more soon: a reading that finds nothing new sends no event, yet the list is fresher."""
        waiting = self.refreshing or self.fresh.running or (not self.rows and self.blank == "first")
        return 0 < self.nonce < 3 or (waiting and self.nonce < MOST_LOOKS)

    # Where its controls lead

    @cached_property
    def bulk(self) -> list[Button]:
        return buttons.for_selection(self.actor, self.resource)

    @cached_property
    def wizards(self) -> list[Button]:
        return buttons.wizards(self.actor, self.resource)

    @property
    def primary(self) -> Button | None:
        return self.wizards[0] if self.wizards else None

    @cached_property
    def url(self) -> str:
        return self.asked.link()

    @property
    def again_url(self) -> str:
        """The same once more while the first look is under way: another id each time, so that it loads anew."""
        return f"{self.url}{'&' if '?' in self.url else '?'}again={self.nonce + 1}"

    @property
    def clear_url(self) -> str:
        return self.asked.link(q=None, f=None, join=None, page=None)

    @property
    def joins(self) -> list[tuple[str, str, bool]]:
        """How the filters are joined: (words, URL, chosen)."""
        return [
            (_("All of these"), self.asked.link(join=None, page=None), self.asked.join == "and"),
            (_("Any of these"), self.asked.link(join="or", page=None), self.asked.join == "or"),
        ]

    @property
    def everywhere_url(self) -> str:
        return f"{self.path}?account=&region="

    @property
    def event(self) -> str:
        return "inventory-" + self.resource.kind.replace(".", "-")

    @property
    def refresh_url(self) -> str:
        return self._named("refresh") + self.url.removeprefix(self.path)

    @property
    def compare_url(self) -> str:
        return self._named("compare")

    @property
    def hints_url(self) -> str:
        return self._named("hints")

    @property
    def capacity_url(self) -> str:
        return self._named("capacity")

    @property
    def views_url(self) -> str:
        return self._named("views")

    @property
    def bookmarks_url(self) -> str:
        return marks.address(self.resource)

    @property
    def preferences_url(self) -> str:
        return self._named("preferences")

    def _named(self, name: str) -> str:
        return reverse(name, args=[self.resource.service, self.resource.slug])

    @cached_property
    def open(self) -> Any:
        """The open row's panel, when the URL names one that is there."""
        asked = self.request.GET.get("open")
        if self.fragment or not asked:
            return None
        try:
            return details.detail(self.request, self.resource, refs.find(self.request, self.resource, asked))
        except Http404:
            return None
