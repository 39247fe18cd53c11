"""Sending objects: the page that does it in the browser, and the uploads that did not end."""

import shlex
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalog.resources import Action
from apps.cloud import multipart, objects
from apps.cloud.explain import CallFailed
from apps.console.objects import place, upload_texts
from apps.console.objects.place import Crumb, Place
from apps.objects import names, upload_rows, uploads
from apps.objects.models import Upload
from apps.objects.names import Ref
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

OPENING = "allow-uploads"  # the verb of a container's action that lets the panel's pages send to it
_ROWS = 500


class Page:
    """The page that sends, or `why` it can't be done here."""

    def __init__(self, request: SignedRequest, at: Place, prefix: str) -> None:
        self.at, self.prefix, self.container = at, prefix, at.container
        decision = at.decide(prefix, "write")
        self.denied = "" if decision.allowed else decision.reason
        self.mine = [_Mine(row) for row in upload_rows.mine(request.actor, self.container, prefix)]

    @property
    def why(self) -> str:
        if self.denied:
            return self.denied
        if self.unreachable:
            return _("No browser can ask for a key with a part of dots alone. AWS's own tools can:")
        try:
            upload_rows.permit(self.container, False)
        except upload_rows.Refused as refused:
            return str(refused)
        return ""

    @property
    def unreachable(self) -> bool:
        return not objects.reachable(f"{self.prefix}-")

    @property
    def sends(self) -> bool:
        return not self.why

    @property
    def replaces(self) -> bool:
        try:
            upload_rows.permit(self.container, True)
        except upload_rows.Refused:
            return False
        return True

    @property
    def classes(self) -> tuple[str, ...]:
        return multipart.CLASSES

    @property
    def title(self) -> str:
        return names.one_line(self.prefix) or self.container.name

    @property
    def crumbs(self) -> list[Crumb]:
        return self.at.crumbs(self.prefix)

    @property
    def folder_url(self) -> str:
        return self.at.folder(self.prefix)

    @property
    def unfinished_url(self) -> str:
        return self.at.below("uploads/", prefix=self.prefix)

    @property
    def door(self) -> str:
        return self.at.below("upload/", prefix=self.prefix, door="1")

    @property
    def cli(self) -> str:
        return f"aws {self.at.kind.service} cp --recursive . {shlex.quote(self.at.uri(self.prefix))}"

    @property
    def told(self) -> dict[str, Any]:
        """What the page's script is told."""
        item, kind = self.container.item, self.at.resource
        return {
            "api": f"/api/v1/{kind.service}/{kind.slug}/{quote(item.id)}/objects/uploads/",
            "place": place.encoded(account=item.account, region=item.region),
            "prefix": self.prefix,
            "once": multipart.ONE_PUT,
            "limits": {"largest": multipart.LARGEST, "key": names.LONGEST},
            "replaces": self.replaces,
            "worker": static("ui/crc32.js"),
            "texts": upload_texts.texts(),
        }


class _Mine:
    """An upload of the person's own that did not end."""

    def __init__(self, row: Upload) -> None:
        self.name, self.size, self.begun_at = names.one_line(row.key), row.size, row.begun_at


@require_safe
@own_transactions
@signed_in
def page(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The page, which asks AWS nothing; with `door`, whether AWS takes what it sends."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        shown = Page(request, at, place.text(request, "prefix"))
        if "door" not in request.GET:
            context = {"page": shown, "at": at, "resource": at.resource, "kind": at.kind}
            answer = render(request, "objects/upload.html", context)
            place.allow_sending(answer, at)
            return answer
        at.container.require(request.actor, shown.prefix, "write")
    context = {"page": shown, "at": at} | _door(request, at)
    with tenant_tx(request.actor.tenant_id):
        return render(request, "objects/upload_door.html", context)


def _door(request: SignedRequest, at: Place) -> dict[str, Any]:
    """Whether a page of this origin may send there; else what opens the door."""
    origin = f"{request.scheme}://{request.get_host()}"
    sent = ["content-type", "if-none-match", "x-amz-checksum-crc32", "x-amz-storage-class"]
    container = at.container
    try:
        stands_open = multipart.open_to(container.account, container.region, container.name, origin, sent)
    except CallFailed as failed:
        return {"error": failed.explained}
    opening: Action | None = None if stands_open else at.resource.actions.get(OPENING)
    query = place.encoded(id=at.ref, origin=origin)
    url = f"{at.list_url}action/{OPENING}/?{query}"
    return {"open": stands_open, "origin": origin, "opening": opening, "opening_url": url}


@require_http_methods(["GET", "POST"])
@own_transactions
@signed_in
def unfinished(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """Uploads that were begun and did not end, as AWS lists them; a POST aborts those that are chosen."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        prefix, cursor = place.text(request, "prefix"), request.GET.get("after", "")
        at.container.require(request.actor, prefix)
        context = {"at": at, "resource": at.resource, "kind": at.kind, "prefix": prefix, "url": at.below("uploads/")}
        decision = at.decide(prefix, "write")
        context |= {
            "why": "" if decision.allowed else decision.reason,
            "rows_url": _rows_url(at, prefix, cursor),
            "rows": None,
        }
        if request.method == "GET" and "rows" not in request.GET:
            return render(request, "objects/unfinished.html", context)
    if request.method == "POST":
        return _aborted(request, at, prefix)
    container = at.container
    try:
        found = multipart.unfinished(
            container.account, container.region, container.name, prefix, cursor=cursor, limit=_ROWS
        )
    except CallFailed as failed:
        with tenant_tx(request.actor.tenant_id):
            context |= {"error": failed.explained, "needs": multipart.LIST, "rows": ()}
            return render(request, "objects/unfinished.html", context)
    with tenant_tx(request.actor.tenant_id):
        own = uploads.ours(request.actor, container, [each["UploadId"] for each in found.uploads])
        context["rows"] = [_row(at, each, own) for each in found.uploads]
        context["next_url"] = _rows_url(at, prefix, found.next) if found.next else ""
        return render(request, "objects/unfinished.html", context)


def _row(at: Place, each: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    known = own.get(each["UploadId"])
    folder = each["Key"][: each["Key"].rfind("/") + 1]
    return {
        "ref": f"{Ref(each['Key'], each['UploadId'])}",
        "key": names.one_line(each["Key"]),
        "begun": datetime.fromisoformat(each["Initiated"]) if each.get("Initiated") else None,
        "by": known.who_name if known else (each.get("Initiator") or {}).get("DisplayName", ""),
        "size": known.size if known else None,
        "go_on": at.below("upload/", prefix=folder) if known else "",
    }


def _rows_url(at: Place, prefix: str, cursor: str) -> str:
    return at.below("uploads/", prefix=prefix, after=cursor, rows="1")


def _aborted(request: SignedRequest, at: Place, prefix: str) -> HttpResponse:
    try:
        chosen = [Ref.parse(text) for text in request.POST.getlist("upload")]
    except ValueError:
        raise Http404(_("There is no such upload.")) from None
    if not all(ref.version for ref in chosen) or len(chosen) > _ROWS:
        raise Http404(_("There is no such upload."))
    gone = uploads.abort_many(request.actor, at.container, [(ref.key, ref.version) for ref in chosen])
    with tenant_tx(request.actor.tenant_id):
        bad = [(key, error) for key, error in gone if error]
        done = len(gone) - len(bad)
        if done:
            text = ngettext("%(n)d upload was aborted.", "%(n)d uploads were aborted.", done) % {"n": done}
            messages.success(request, text)
        for key, error in bad[:5]:
            messages.error(request, f"{names.one_line(key)}: {error.text} ({error.code} {error.request_id})")
        return redirect(at.below("uploads/", prefix=prefix) if prefix else at.below("uploads/"))
