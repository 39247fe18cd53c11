"""The browser of what lies in a container: the page without AWS, its rows as a fragment that asks AWS once."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from apps.cloud import objects
from apps.cloud.explain import CallFailed, Explained
from apps.console import preferences
from apps.console.buttons import Button
from apps.console.context import is_fragment
from apps.console.list_query import number
from apps.console.objects import buttons, detail, marks, moving, place, trail
from apps.console.objects.painting import Header, Painter
from apps.console.objects.place import Place
from apps.objects import listing, names
from apps.objects.listing import NAME, SIZES, Page, Query
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

_LONGEST_CURSOR = 8192


class Browser:
    """What objects/browse.html shows. `page` and `failed` are there once AWS was asked."""

    def __init__(self, request: SignedRequest, at: Place) -> None:
        self.request, self.at, self.container = request, at, at.container
        get = request.GET
        prefs = preferences.table(request, at.kind.kind)
        size = number(get.get("size"), int(prefs.get("size", 100)))
        sort = get.get("sort", "")
        self.query = Query(
            prefix=place.text(request, "prefix"),
            text=get.get("q", "").replace("\0", "")[: names.LONGEST],
            inside=get.get("in") == "1",
            versions=get.get("versions") == "1",
            sort=sort if sort.removeprefix("-") in listing.sortable(self.container) else "",
            cursor=get.get("after", "")[:_LONGEST_CURSOR],
            size=size if size in SIZES else 100,
        )
        self.fragment = is_fragment(request)
        self.page: Page | None = None
        self.failed: Explained | None = None
        self.read_at = now()

    # Where one is

    @property
    def prefix(self) -> str:
        return self.query.prefix

    @cached_property
    def crumbs(self) -> list[place.Crumb]:
        return self.at.crumbs(self.prefix)

    @property
    def title(self) -> str:
        return self.crumbs[-1].label

    @property
    def up(self) -> str:
        return self.at.folder(names.parent(self.prefix)) if self.prefix else ""

    @property
    def uri(self) -> str:
        return self.at.uri(self.prefix)

    # What may be done

    @cached_property
    def denied(self) -> str:
        decision = self.at.decide(self.query.prefix)
        return "" if decision.allowed else decision.reason

    @cached_property
    def unwritable(self) -> str:
        decision = self.at.decide(self.query.prefix, "write")
        return "" if decision.allowed else decision.reason

    # Rows

    @cached_property
    def rows(self) -> list[SafeString]:
        if self.page is None:
            return []
        painter = Painter(self.at, versions=self.query.versions, open=self.open_ref)
        return [painter.row(entry) for entry in self.page.entries]

    @property
    def open_ref(self) -> str:
        return self.request.GET.get("open", "")

    @cached_property
    def headers(self) -> list[Header]:
        return [
            replace(header, url=self.link(sort=f"-{header.key}" if self.query.sort == header.key else header.key))
            for header in Painter(self.at, versions=self.query.versions).headers(self.query.sort)
        ]

    @property
    def paged(self) -> bool:
        """Whether this is not the whole of it."""
        return bool(self.query.cursor or (self.page and self.page.next))

    @property
    def ordered(self) -> str:
        """What the page alone is sorted by."""
        key = self.query.sort.removeprefix("-")
        return next((str(header.label) for header in self.headers if header.key == key and key), "")

    @property
    def counted(self) -> str:
        shown = len(self.page.entries) if self.page else 0
        return f"{shown:,}+" if self.page and self.page.next else f"{shown:,}"

    @property
    def blank(self) -> str:
        """Why there are no rows."""
        if self.denied:
            return "denied"
        if self.failed:
            return "page" if self.query.cursor and self.failed.kind == "invalid" else "failed"
        if self.page is None:
            return "waiting"
        if self.query.text:
            return "unmatched"
        return "empty" if self.prefix else "bare"

    @property
    def needs(self) -> str:
        """The AWS permission that this takes."""
        return objects.LIST_VERSIONS if self.query.versions else objects.LIST

    @property
    def skeleton(self) -> range:
        return range(len(self.headers) - 1)

    # Where its controls lead

    @property
    def sizes(self) -> tuple[int, ...]:
        return SIZES

    @cached_property
    def path(self) -> trail.Path:
        return trail.walked(self.container, self.query, self.page.next if self.page else "")

    @property
    def number(self) -> int:
        return self.path.number

    @property
    def previous_url(self) -> str:
        if not self.query.cursor:
            return ""
        return self.link(after=self.path.previous or None)

    @property
    def next_url(self) -> str:
        return self.link(after=self.page.next) if self.page and self.page.next else ""

    @property
    def first_url(self) -> str:
        return self.link(after=None)

    @property
    def url(self) -> str:
        return self.link()

    @property
    def form_url(self) -> str:
        """What the filter adds its text to: a hidden field would change line breaks in a prefix."""
        return self.link(q=None, **{"in": None}, after=None)

    @property
    def clear_url(self) -> str:
        return self.link(q=None, **{"in": None}, after=None)

    @property
    def versions_url(self) -> str:
        return self.link(versions=None if self.query.versions else "1", after=None)

    @property
    def size_url(self) -> str:
        return self.link(size=None, after=None)

    @cached_property
    def bulk(self) -> list[Button]:
        return buttons.for_selection(self.at, self.prefix)

    @cached_property
    def making(self) -> list[Button]:
        return buttons.for_folder(self.at, self.prefix)

    @property
    def upload_url(self) -> str:
        return self.at.below("upload/", prefix=self.prefix)

    @property
    def cant_upload(self) -> str:
        decision = self.at.decide(self.prefix, "write")
        return "" if decision.allowed else decision.reason

    @property
    def bookmark_url(self) -> str:
        item = self.container.item
        query = place.encoded(name=item.id, account=item.account, region=item.region, folder=self.prefix)
        return f"{marks.address(self.at.resource)}?{query}"

    @property
    def moving(self) -> bool:
        return moving.here(self.request.actor, self.container)

    def link(self, **changes: Any) -> str:
        """This page's address with changes; None drops a part. The open row is no part of it."""
        query = self.query
        parts = {
            "prefix": query.prefix,
            "q": query.text,
            "in": "1" if query.inside else "",
            "versions": "1" if query.versions else "",
            "sort": query.sort if query.sort != NAME else "",
            "size": self.request.GET.get("size", ""),
            "after": query.cursor,
        } | changes
        text = place.encoded(**{name: str(value) for name, value in parts.items() if value})
        return f"{self.at.base}?{text}" if text else self.at.base


@require_safe
@own_transactions
@signed_in
def index(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The browser, or with `key` an object's page. A fragment of the browser has the rows."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        if request.GET.get("key"):
            return detail.page(request, at)
        browser = Browser(request, at)
        if not browser.fragment or browser.denied:
            return _answered(request, browser)
    try:
        browser.page = listing.page(browser.container, browser.query)
    except CallFailed as failed:
        browser.failed = failed.explained
    with tenant_tx(request.actor.tenant_id):
        return _answered(request, browser)


def _answered(request: SignedRequest, browser: Browser) -> HttpResponse:
    context = {
        "browser": browser,
        "at": browser.at,
        "resource": browser.at.resource,
        "kind": browser.at.kind,
        "open": detail.opened(request, browser.at) if not browser.fragment else None,
    }
    answer = render(request, "objects/browse.html", context)
    if not browser.fragment:
        place.allow_pictures(answer, browser.at)
    return answer
