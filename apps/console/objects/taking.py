"""Taking content out: one object by an address of AWS's own, a link for somebody else, many as one archive."""

import shlex
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from apps.cloud import objects
from apps.cloud.explain import CallFailed
from apps.console import flash
from apps.console.context import is_fragment
from apps.console.objects import detail, place
from apps.console.objects.place import Place
from apps.objects import archive, links, names, sending
from apps.objects.archive import Contents
from apps.objects.names import Ref
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

HOLDS = {
    "300": gettext_lazy("5 minutes"),
    "3600": gettext_lazy("1 hour"),
    "43200": gettext_lazy("12 hours"),
    "86400": gettext_lazy("1 day"),
    "259200": gettext_lazy("3 days"),
    "604800": gettext_lazy("7 days"),
}


class ShareForm(forms.Form):
    seconds = forms.TypedChoiceField(label=gettext_lazy("Holds for"), coerce=int, initial="3600")
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Stands in the audit trail beside your name."),
    )

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(value, str(label)) for value, label in HOLDS.items() if int(value) <= most]
        whole = str(most // 60 * 60)
        if most < objects.LONGEST and whole not in HOLDS and most >= links.LEAST:
            offered.append((whole, _("%(n)d minutes, as long as the role's session") % {"n": most // 60}))
        self.fields["seconds"].choices = offered  # type: ignore[attr-defined]
        if offered and int(self.fields["seconds"].initial) > most:
            self.fields["seconds"].initial = offered[-1][0]


@require_safe
@own_transactions
@signed_in
def content(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponseBase:
    """The download. AWS sends the bytes; a key that no browser can ask AWS for passes through the panel."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        found = detail.shown(request, at)
    try:
        return _download(request, at, found.key, found.version)
    except CallFailed as failed:
        with tenant_tx(request.actor.tenant_id):
            context = {
                "title": _("AWS did not answer this"),
                "text": failed.explained.text,
                "next": failed.explained.next,
            }
            details = f"{failed.explained.code} {failed.explained.request_id}".strip()
            return render(request, "errors/page.html", context | {"details": details}, status=502)


def _download(request: SignedRequest, at: Place, key: str, version: str) -> HttpResponseBase:
    container = at.container
    if objects.reachable(key):
        answer = HttpResponseRedirect(links.download(request.actor, container, key, version))
        answer["Cache-Control"] = "no-store"
        answer["Referrer-Policy"] = "no-referrer"
        return answer
    links.recorded(request.actor, container, "download", key, version)
    pieces = objects.content(container.account, container.region, container.name, key, version)
    return sending.attachment(request, pieces, names.disposition(key))


@require_http_methods(["GET", "POST"])
@own_transactions
@signed_in
def share(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponse:
    """The dialog that makes a link, and the link: shown once, in this answer alone."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        found = detail.shown(request, at)
    context: dict[str, Any] = {
        "object": found,
        "at": at,
        "url": request.get_full_path(),
        "fragment": is_fragment(request),
    }
    try:
        most = objects.longest(at.container.account)
        form = ShareForm(request.POST if request.method == "POST" else None, most=most)
        if request.method == "POST" and form.is_valid():
            seconds, reason = form.cleaned_data["seconds"], form.cleaned_data["reason"]
            made = links.share(request.actor, at.container, found.key, found.version, seconds=seconds, reason=reason)
            context["link"] = made
        shorter = links.why_not_longer(at.container, most) if most < objects.LONGEST else ""
        context |= {"form": form, "shorter": shorter, "reachable": objects.reachable(found.key)}
    except CallFailed as failed:
        context["error"] = failed.explained
    except links.TooLong as refused:  # the session ended while the dialog was open
        form.add_error("seconds", str(refused))
        context |= {"form": form}
    with tenant_tx(request.actor.tenant_id):
        answer = render(request, "objects/share.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def refs(request: SignedRequest) -> list[Ref]:
    """What is selected. Raises Http404 for what is no reference."""
    given = request.POST if request.method == "POST" else request.GET
    try:
        found = [Ref.parse(text) for value in given.getlist("id") for text in value.split()]
        for ref in found:
            if ref.key:
                names.check(ref.key)
    except ValueError:
        raise Http404(_("No object can have such a key.")) from None
    return list(dict.fromkeys(found))


@require_http_methods(["POST"])
@own_transactions
@signed_in
def pack(request: SignedRequest, service: str, slug: str, id: str) -> HttpResponseBase:
    """What an archive of the selection would hold, in a dialog; with `go`, the archive."""
    with tenant_tx(request.actor.tenant_id):
        at = place.find(request, service, slug, id)
        chosen = refs(request)
        if not chosen:
            raise Http404(_("Nothing is selected."))
        for ref in chosen:
            at.container.require(request.actor, ref.key)
    if "go" not in request.POST and len(chosen) == 1 and not chosen[0].below and is_fragment(request):
        alone = HttpResponse(status=204)  # one is no archive
        alone["HX-Redirect"] = at.below("content/", key=chosen[0].key, version=chosen[0].version)
        return alone
    prefix = _common(chosen)
    context: dict[str, Any] = {"at": at, "refs": " ".join(map(str, chosen)), "cli": _cli(at, prefix)}
    context |= {"most_objects": archive.MOST_OBJECTS, "most_bytes": archive.MOST_BYTES}
    try:
        held = archive.contents(at.container, chosen)
        if "go" in request.POST and held.fits and held.members:
            return _packed(request, at, held, prefix)
        context["held"] = held
    except CallFailed as failed:
        context["error"] = failed.explained
    with tenant_tx(request.actor.tenant_id):
        if not is_fragment(request):
            flash.bad(request, _("The selection can't be downloaded as one archive any more."))
            return HttpResponseRedirect(at.folder(prefix))
        return render(request, "objects/archive.html", context)


def _packed(request: SignedRequest, at: Place, held: Contents, prefix: str) -> HttpResponseBase:
    told = {"objects": len(held.members), "bytes": held.size}
    links.recorded(request.actor, at.container, "archive", prefix, params=told)
    name = names.file_name(prefix) if prefix.strip("/") else at.container.name
    pieces = archive.stream(at.container, held.members, prefix)
    return sending.attachment(request, pieces, names.disposition(f"{name}.zip"))


def _cli(at: Place, prefix: str) -> str:
    return f"aws {at.kind.service} cp --recursive {shlex.quote(at.uri(prefix))} ."


def _common(chosen: list[Ref]) -> str:
    """The folder that all of them lie in."""
    folders = [names.parent(ref.key) for ref in chosen]
    first = min(folders, key=len)
    while not all(folder.startswith(first) for folder in folders):
        first = names.parent(first)
    return first
