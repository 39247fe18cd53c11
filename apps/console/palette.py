"""The command palette: actions on the selection, resources everywhere, pages, wizards, and what was opened lately."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.catalog.text import Text
from apps.console import buttons, menus, refs, rows, scope
from apps.console.objects import marks as bookmark_pages
from apps.inventory import search
from apps.objects import bookmarks
from apps.tenancy.decorators import SignedRequest, signed_in

MOST = 8  # of each group


@dataclass(frozen=True, slots=True)
class Option:
    """One line. `recent` is what the browser remembers when it is picked; `dialog`: it opens in the page's dialog."""

    title: str
    url: str
    icon: str
    sub: str = ""
    tile: str = ""
    end: str = ""
    tone: str = ""
    state: str = ""
    keys: str = ""
    recent: str = ""
    dialog: bool = False


@signed_in
def palette(request: SignedRequest) -> HttpResponse:
    """The options for `q`. `on` are the selected rows' refs of `kind`, `recent` the browser's own list."""
    q = request.GET.get("q", "").strip()[:200]
    words = q.lower().split()
    groups: list[tuple[str, list[Option]]] = []
    if selected := list(_selected(request, words)):
        groups.append((_("On the selection"), selected))
    if q:
        groups.append((_("Resources in all accounts and Regions"), _resources(request, q)))
    else:
        groups.append((_("Recent"), list(_recent(request))))
    if marks := list(_bookmarks(request, words))[: MOST if q else 4]:
        groups.append((_("Bookmarks"), marks))
    groups.append((_("Go to"), list(_pages(request, words))[: MOST if q else 12]))
    shown = [(label, options) for label, options in groups if options]
    return render(request, "palette/options.html", {"groups": shown, "q": q})


def _selected(request: SignedRequest, words: list[str]) -> Iterator[Option]:
    ids = request.GET.get("on", "").split()[:200]
    try:
        kind = registry.resource(request.GET.get("kind", ""))
    except registry.UnknownKind:
        return
    if not ids:
        return
    for button in buttons.for_selection(request.actor, kind):
        if not button.why and _matches(words, str(button.label)):
            url = button.url + "?" + "&".join(f"id={quote(id)}" for id in ids)
            yield Option(str(button.label), url, button.icon, sub=_("%(n)d selected") % {"n": len(ids)}, dialog=True)


def _resources(request: SignedRequest, q: str) -> list[Option]:
    names = {place.id: place.name for place in scope.accounts(request)}
    return [_resource(item, names) for item in search.search(request.actor, q, MOST)]


def _resource(item: Item, names: dict[str, str]) -> Option:
    kind = registry.resource(item.kind)
    ref = refs.of(item)
    where = " · ".join(
        part for part in (names.get(item.account, ""), item.region if item.region != "global" else "") if part
    )
    return Option(
        title=item.title,
        url=f"{rows.base_url(kind)}{quote(ref, safe='@:')}/",
        icon=kind.icon,
        sub=where,
        tile=registry.service(kind.service).tile or "compute",
        end=str(kind.label),
        tone=kind.state.tone(item.state) if kind.state else "",
        state=item.state,
        recent=f"{item.kind} {ref}",
    )


def _recent(request: SignedRequest) -> Iterator[Option]:
    """Only what is still there and may be seen: the browser's memory is not to be trusted."""
    try:
        told: Any = orjson.loads(request.GET.get("recent", "[]"))
    except orjson.JSONDecodeError:
        return
    names = {place.id: place.name for place in scope.accounts(request)}
    for text in told[:6] if isinstance(told, list) else ():
        kind, _space, ref = str(text).partition(" ")
        try:
            item = refs.find(request, registry.resource(kind), ref)
        except (registry.UnknownKind, Http404):  # gone, or nonsense
            continue
        yield _resource(item, names)


def _bookmarks(request: SignedRequest, words: list[str]) -> Iterator[Option]:
    """Folders and containers of their own and the organization's."""
    for kind in registry.everything():
        for mark in bookmarks.visible(request.actor, kind) if kind.within else ():
            if _matches(words, bookmark_pages.told(mark), mark.account.name):
                where = f"{mark.account.name} · {mark.region}"
                yield Option(bookmark_pages.told(mark), bookmark_pages.url_of(mark), "bookmark", sub=where)


def _pages(request: SignedRequest, words: list[str]) -> Iterator[Option]:
    keys = {key.url: f"G {key.letter.upper()}" for key in menus.go_keys()}
    for name, label, icon in menus.pages():
        if _matches(words, str(label)):
            yield Option(str(label), reverse(name), icon, keys=keys.get(reverse(name), ""))
    for kind in registry.resources():
        service = registry.service(kind.service)
        if _matches(words, _named(kind), str(service.title)):
            url = menus.list_url(kind)
            yield Option(str(kind.plural), url, kind.icon, sub=str(service.label), keys=keys.get(url, ""))
        for button in buttons.wizards(request.actor, kind):
            if not button.why and words and _matches(words, str(button.label), _named(kind)):
                yield Option(str(button.label), button.url, "plus", sub=str(service.label))


def _named(kind: Resource) -> Text:
    return f"{kind.plural} {kind.service}"


def _matches(words: list[str], *texts: Text) -> bool:
    text = " ".join(str(one) for one in texts).lower()
    return all(word in text for word in words)
