"""The tabs of an object: each a fragment, of the one or two calls to AWS that it takes."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.cloud import objects
from apps.cloud.explain import CallFailed, Explained
from apps.console import rows
from apps.console.objects import buttons, detail, place
from apps.console.objects.detail import TABS, Shown
from apps.objects import links, preview
from apps.objects.names import Ref
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

Answer = tuple[str, dict[str, Any]]
_VERSIONS = 100


@require_safe
@own_transactions
@signed_in
def tab(request: SignedRequest, service: str, slug: str, id: str, tab: str) -> HttpResponse:
    """A tab's content: a fragment, of the calls to AWS that it takes."""
    if tab not in TABS:
        raise Http404(_("There is no such tab."))
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        found = detail.shown(request, at, tab)
    template, more = _content(found, tab)
    with tenant_tx(request.actor.tenant_id):
        return render(request, template, detail.context(found) | more | {"tab_url": request.get_full_path()})


def _content(found: Shown, tab: str) -> Answer:
    if found.why:
        return "resource/tabs/denied.html", {"decision": found.decision}
    try:
        return _ASKED[tab](found)
    except CallFailed as failed:
        if failed.explained.http == 405 and found.version:  # the one thing that a delete marker says of itself
            return "objects/tabs/marker.html", {}
        return "objects/tabs/failed.html", {"error": failed.explained, "needs": _NEEDS[tab](found)}


def _where(found: Shown) -> tuple[Any, str, str]:
    container = found.at.container
    return container.account, container.region, container.name


def _overview(found: Shown) -> Answer:
    found.head = objects.head(*_where(found), found.key, found.version)
    return "objects/tabs/overview.html", {}


def _preview(found: Shown) -> Answer:
    container = found.at.container
    links.recorded(found.request.actor, container, "preview", found.key, found.version)
    content = objects.first(*_where(found), found.key, found.version, limit=preview.MOST)
    made = preview.preview(found.key, content.head, content.body, content.size)
    context: dict[str, Any] = {"preview": made, "size": content.size, "limit": preview.MOST}
    if made.sort == "picture" and objects.reachable(found.key):
        context["picture"] = links.picture(container, found.key, found.version, made.type)
    return "objects/tabs/preview.html", context


def _tags(found: Shown) -> Answer:
    return "objects/tabs/tags.html", {"tags": sorted(objects.tags(*_where(found), found.key, found.version).items())}


def _versions(found: Shown) -> Answer:
    cursor = found.request.GET.get("after", "")
    page = objects.versions_of(*_where(found), found.key, cursor=cursor, limit=_VERSIONS)
    lines = [_version(found, obj) for obj in page.objects]
    return "objects/tabs/versions.html", {
        "lines": lines,
        "next": found.tab_url("versions", after=page.next) if page.next else "",
        "kept": any(line["id"] not in ("", "null") for line in lines),
    }


def _version(found: Shown, obj: dict[str, Any]) -> dict[str, Any]:
    id = str(obj.get("VersionId") or "")
    marker = bool(obj.get("DeleteMarker"))
    return {
        "id": id,
        "url": "" if marker else found.at.object(found.key, id),
        "latest": obj.get("IsLatest"),
        "marker": marker,
        "when": rows.when(obj.get("LastModified")),
        "size": obj.get("Size"),
        "actions": buttons.for_version(found.at, Ref(found.key, id), marker=marker),
    }


def _permissions(found: Shown) -> Answer:
    """Who may, by the object's own list; and what the person may by their roles here."""
    decisions = [found.at.decide(found.key, verb) for verb in ("read", "write")]
    grants: list[dict[str, str]] = []
    error: Explained | None = None
    try:
        grants = list(_grants(objects.acl(*_where(found), found.key, found.version)))
    except CallFailed as failed:
        error = failed.explained
    told = {"decisions": decisions, "grants": grants, "error": error, "needs": objects.READ_ACL}
    return "objects/tabs/permissions.html", told


def _grants(acl: dict[str, Any]) -> Iterator[dict[str, str]]:
    owner = str(acl.get("Owner", {}).get("ID") or "")
    for grant in acl.get("Grants", ()):
        who = grant.get("Grantee", {})
        uri = str(who.get("URI") or "").rpartition("/")[2]
        id = str(who.get("ID") or "")
        name = str(who.get("DisplayName") or who.get("EmailAddress") or id)
        yield {
            "who": _("Everybody")
            if uri == "AllUsers"
            else _("Everybody with an AWS account")
            if uri == "AuthenticatedUsers"
            else uri or (_("%(name)s (owner)") % {"name": name} if id == owner else name),
            "may": str(grant.get("Permission") or ""),
            "public": "1" if uri in ("AllUsers", "AuthenticatedUsers") else "",
        }


_ASKED: dict[str, Callable[[Shown], Answer]] = {
    "overview": _overview,
    "preview": _preview,
    "tags": _tags,
    "versions": _versions,
    "permissions": _permissions,
}


def _read(found: Shown) -> str:
    return objects.READ_VERSION if found.version else objects.READ


_NEEDS: dict[str, Callable[[Shown], str]] = {
    "overview": _read,
    "preview": _read,
    "tags": lambda found: objects.READ_TAGS_OF_VERSION if found.version else objects.READ_TAGS,
    "versions": lambda found: objects.LIST_VERSIONS,
    "permissions": _read,
}
