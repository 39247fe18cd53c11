"""The tabs of a resource that are fetched when looked at. Those that ask AWS run outside any transaction."""

import re
import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.catalog.resources import Tab
from apps.catalog.text import visible
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.console import asking, cards, maps, monitoring, questions, refs, related, shell, timeline
from apps.console.audit import pretty
from apps.console.details import Detail
from apps.inventory import parts, readings
from apps.tenancy import denials
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

Answer = tuple[str, dict[str, Any]]  # a template and its context


@own_transactions
@signed_in
def tab(request: SignedRequest, service: str, slug: str, id: str, tab: str) -> HttpResponse:
    """One tab's content: a fragment. `in=panel` asks for the narrow form."""
    resource = refs.resource(service, slug)
    with tenant_tx(request.actor.tenant_id):
        shell.on(request, resource)
        shown = Detail(request, resource, refs.find(request, resource, id))
        account = Account.objects.get(tenant_id=request.actor.tenant_id, id=shown.item.account)
        asked, more = resource.asked_on(tab), resource.asks_on(tab)
        stored = None if asked or more else _known(request, shown, tab)
        shown.place  # noqa: B018  read while rows can be read
    if asked or more:
        if asked:
            shown = Detail(request, resource, parts.looked(account, resource, shown.item, asked))
        around = cards.around_of(request.actor, shown.item, _address(request))
        told = asking.told(request.actor, account, resource, shown.item, tab, around) if more else {}
        with tenant_tx(request.actor.tenant_id):
            stored = _known(request, shown, tab, told)
    if stored is None:
        stored = _asked(request, shown, account, tab)
    template, context = stored
    narrow = request.GET.get("in") == "panel"
    here = {
        "detail": shown,
        "resource": resource,
        "panel": narrow,
        "tab_url": request.get_full_path(),
        "content": template,
        "part": tab,
        "parts": shown.beside(tab, narrow),
    }
    with tenant_tx(request.actor.tenant_id):
        return render(request, "resource/tab.html", here | context)


def _address(request: SignedRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")


def _known(
    request: SignedRequest, shown: Detail, name: str, told: Mapping[int, Any] = MappingProxyType({})
) -> Answer | None:
    """The tab, if nothing has to be asked of AWS for it, or `told` is what was."""
    if name in shown.resource.sheets:
        place = shown.place.name if shown.place else ""
        around = cards.around_of(request.actor, shown.item, _address(request))
        found = cards.of(request.actor, shown.resource, shown.item, name, place, around, told)
        return "resource/tabs/cards.html", {"cards": found}
    drawn = next((one for one in shown.resource.maps if one.sheet.id == name), None)
    if drawn:
        return "resource/tabs/map.html", maps.context(request.actor, drawn, shown.item)
    asked = next((one for one in shown.resource.questions if one.sheet.id == name), None)
    if asked:
        place = shown.place.name if shown.place else ""
        return "resource/tabs/question.html", questions.context(request, asked, shown.item, place)
    return _STORED[name](request, shown) if name in _STORED else None


def _asked(request: SignedRequest, shown: Detail, account: Account, name: str) -> Answer:
    if name in ("monitoring", "glance") and shown.metrics:
        return (monitoring.glance if name == "glance" else monitoring.tab)(request, shown, account)
    found = next((one for one in shown.resource.tabs if one.id == name), None)
    if found is None:
        raise Http404(_("There is no such tab."))
    return _text(request, shown, account, found)


# Tabs that the panel answers from what it knows


def _overview(request: SignedRequest, shown: Detail) -> Answer:
    return "resource/tabs/overview.html", {}


def _tags(request: SignedRequest, shown: Detail) -> Answer:
    return "resource/tabs/tags.html", {}


def _code(request: SignedRequest, shown: Detail) -> Answer:
    read = shown.resource.reads[0]
    name = read.operation.replace("_", "-")
    words = ["aws", shown.resource.client, name, "--region", shown.item.region]
    if read.by_id:
        words += ["--" + _dashed(read.by_id), shown.item.id]
    if shown.place:
        words[1:1] = ["--profile", shown.place.name]
    return "resource/tabs/code.html", {"json": pretty(shown.item.attrs), "cli": shlex.join(words), "seen": None}


def _related(request: SignedRequest, shown: Detail) -> Answer:
    return "resource/tabs/related.html", {"groups": related.groups(request, shown.resource, shown.item)}


def _timeline(request: SignedRequest, shown: Detail) -> Answer:
    limit = 5 if request.GET.get("in") == "panel" else 50
    moments, may = timeline.moments(request.actor, shown.resource, shown.item, limit)
    return "resource/tabs/timeline.html", {"moments": moments, "may": may}


_STORED: dict[str, Callable[[SignedRequest, Detail], Answer]] = {
    "overview": _overview,
    "tags": _tags,
    "code": _code,
    "related": _related,
    "timeline": _timeline,
}

# Tabs that ask AWS


def _text(request: SignedRequest, shown: Detail, account: Account, found: Tab) -> Answer:
    here: dict[str, Any] = {"label": found.label, "empty": found.empty, "live": found.live}
    try:
        text = readings.text(request.actor, account, shown.resource, shown.item, found)
    except Denied as denied:
        denials.record(request.actor, denied)
        return "resource/tabs/denied.html", {"decision": denied.decision}
    except CallFailed as failed:
        return "resource/tabs/text.html", here | {"error": failed.explained}
    if found.picture:
        whole = re.fullmatch(r"[A-Za-z0-9+/=\s]*", text) is not None
        return "resource/tabs/picture.html", here | {"picture": text if whole else "", "type": found.picture}
    return "resource/tabs/text.html", here | {"text": _plain(text)}


# What a terminal obeys: a sequence with its parameters; a text to it, such as a title or a link; two letters.
_OBEYED = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[\\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]"
)


def _plain(text: str) -> str:
    """Without what a terminal obeys, which means nothing here and could hide what was written; what else isn't seen, or
    turns the direction of what follows, is shown as a sign."""
    return visible(_OBEYED.sub("", text).replace("\r\n", "\n")).strip("\n")


def _dashed(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() and n else char.lower() for n, char in enumerate(name))
