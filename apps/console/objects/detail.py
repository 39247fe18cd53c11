"""An object's page and panel. Both answer without AWS; what AWS knows of it stands in tabs (see tabs.py)."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.catalog.text import Text
from apps.console import rows
from apps.console.buttons import Button
from apps.console.objects import buttons, place
from apps.console.objects.place import Crumb, Place
from apps.console.rows import Cell
from apps.console.templatetags.ui import bytesize
from apps.objects import facts, names
from apps.objects.names import Ref
from apps.tenancy.decorators import SignedRequest, signed_in

TABS: dict[str, Text] = {
    "overview": gettext_lazy("Overview"),
    "preview": gettext_lazy("Preview"),
    "tags": gettext_lazy("Tags"),
    "versions": gettext_lazy("Versions"),
    "permissions": gettext_lazy("Permissions"),
}


@dataclass(frozen=True, slots=True)
class TabLink:
    id: str
    label: Text
    page: str
    content: str


class Shown:
    """One object, or one version of it, as its templates show it. `head` is there where AWS was asked."""

    def __init__(self, request: SignedRequest, at: Place, key: str, version: str = "", tab: str = "") -> None:
        self.request, self.at, self.key, self.version = request, at, key, version
        self.tab = tab if tab in TABS else "overview"
        self.head: dict[str, Any] = {}
        self.decision = at.decide(key)

    @property
    def ref(self) -> str:
        return str(Ref(self.key, self.version))

    @property
    def title(self) -> str:
        return names.one_line(names.leaf(self.key, self.folder))

    @property
    def whole(self) -> str:
        return names.one_line(self.key)

    @property
    def folder(self) -> str:
        return names.parent(self.key)

    @property
    def crumbs(self) -> list[Crumb]:
        return self.at.crumbs(self.folder)

    @property
    def url(self) -> str:
        return self.at.object(self.key, self.version)

    @property
    def latest_url(self) -> str:
        return self.at.object(self.key)

    @property
    def uri(self) -> str:
        return self.at.uri(self.key)

    @property
    def arn(self) -> str:
        pattern = self.at.resource.arn
        return pattern.format(id=self.at.container.path(self.key), region="", account="", name="") if pattern else ""

    def tab_url(self, tab: str, **more: str) -> str:
        return self.at.below(f"tab/{tab}/", key=self.key, version=self.version, **more)

    @property
    def tabs(self) -> list[TabLink]:
        return [
            TabLink(id, label, self.at.object(self.key, self.version, tab=id), self.tab_url(id))
            for id, label in TABS.items()
        ]

    @property
    def content_url(self) -> str:
        return self.tab_url(self.tab)

    @property
    def download_url(self) -> str:
        return self.at.below("content/", key=self.key, version=self.version)

    @property
    def share_url(self) -> str:
        return self.at.below("share/", key=self.key, version=self.version)

    @property
    def why(self) -> str:
        """Why they may not read it; nothing where they may."""
        return "" if self.decision.allowed else self.decision.reason

    @property
    def marker(self) -> bool:
        """Whether the row that it was opened from is a delete marker; AWS has the last word."""
        return bool(self.version) and self.request.GET.get("marker") == "1"

    @property
    def actions(self) -> list[Button]:
        ref = Ref(self.key, self.version)
        return buttons.for_version(self.at, ref, marker=True) if self.marker else buttons.for_object(self.at, ref)

    @property
    def facts(self) -> list[Cell]:
        found = [_cell(fact) for fact in facts.facts(self.head)]
        if self.arn:
            found.append(Cell("mono", self.arn, label="ARN", copy=True, key="arn"))
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {name: names.one_line(value) for name, value in facts.headers(self.head).items()}

    @property
    def metadata(self) -> dict[str, str]:
        return {names.one_line(name): names.one_line(value) for name, value in facts.metadata(self.head).items()}


def _cell(fact: facts.Fact) -> Cell:
    if fact.sort == "size":
        exact = _("%(size)s (%(bytes)s bytes)") % {"size": bytesize(fact.value), "bytes": f"{fact.value:,}"}
        return Cell("num", bytesize(fact.value) if fact.value < 1024 else exact, label=fact.label)
    if fact.sort == "time":
        return Cell("", str(fact.value), moment=rows.when(fact.value), label=fact.label)
    told, mono = rows.words(fact.value).strip('"'), fact.sort == "mono"
    return Cell("mono" if mono else "", told, label=fact.label, copy=mono)


def shown(request: SignedRequest, at: Place, tab: str = "") -> Shown:
    """The object that the query names. Raises Http404."""
    key = place.text(request, "key")
    if not key:
        raise Http404(_("There is no such page."))
    return Shown(request, at, key, request.GET.get("version", "").replace("\0", ""), tab or request.GET.get("tab", ""))


def page(request: SignedRequest, at: Place) -> HttpResponse:
    found = shown(request, at)
    answer = render(request, "objects/object.html", context(found))
    place.allow_pictures(answer, at)
    return answer


def opened(request: SignedRequest, at: Place) -> Shown | None:
    """The panel that the browser's address says is open."""
    try:
        ref = Ref.parse(request.GET.get("open", ""))
        return None if ref.below else Shown(request, at, names.check(ref.key), ref.version)
    except ValueError:
        return None


@require_safe
@signed_in
def panel(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The split panel; tells htmx the browser's address with this row open."""
    at = place.find(request, service, slug, id)
    found = shown(request, at)
    answer = render(request, "objects/panel.html", context(found) | {"panel": True})
    if url := place.opened_url(request, found.ref):
        answer["HX-Replace-Url"] = url
    return answer


def context(found: Shown) -> dict[str, Any]:
    return {"object": found, "at": found.at, "resource": found.at.resource, "kind": found.at.kind}
