"""Bookmarks of containers and folders: the way to those that no listing shows to the account."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.cloud.explain import CallFailed
from apps.console import refs, scope, shell
from apps.console.context import is_fragment
from apps.console.objects import place
from apps.objects import bookmarks, names
from apps.objects.models import Bookmark
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
_ADDRESS = re.compile(r"[a-z0-9]+://(?P<name>[^/]+)/?(?P<prefix>.*)", re.DOTALL)


class MarkForm(forms.Form):
    """What to open: a name, or an address with a folder, and where it is."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=1400,
        strip=False,
        help_text=gettext_lazy("Or its address with a folder, such as s3://name/folder/."),
    )
    folder = forms.CharField(
        label=gettext_lazy("Folder"),
        required=False,
        max_length=names.LONGEST,
        strip=False,
        help_text=gettext_lazy("Where you may list only below it."),
    )
    account = forms.ChoiceField(label=gettext_lazy("Account"))
    region = forms.CharField(
        label=gettext_lazy("Region"), required=False, max_length=32, help_text=gettext_lazy("Left empty: AWS is asked.")
    )
    shared = forms.BooleanField(label=gettext_lazy("For everybody in the organization"), required=False)

    def __init__(self, *args: Any, places: tuple[scope.Place, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [(one.id, one.name) for one in places]  # type: ignore[attr-defined]

    def clean_region(self) -> str:
        region: str = self.cleaned_data["region"].strip()
        if region and not _REGION.fullmatch(region):
            raise forms.ValidationError(_("A Region is written as eu-west-1."))
        return region

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if found := _ADDRESS.fullmatch(data.get("name", "")):
            data["name"], data["folder"] = found["name"], found["prefix"] or data.get("folder", "")
        data["name"] = data.get("name", "").strip().strip("/")
        if "/" in data["name"]:
            data["name"], _slash, data["folder"] = data["name"].partition("/")
        try:
            if data.get("folder"):
                names.check(data["folder"])
        except ValueError:
            self.add_error("folder", _("No object can have such a key."))
        return data


def url_of(mark: Bookmark) -> str:
    """Where a bookmark leads."""
    resource = registry.resource(registry.resource(mark.kind).within)
    base = place.base(resource, place.ref(mark.container, str(mark.account_id), mark.region))
    return f"{base}?{place.encoded(prefix=mark.prefix)}" if mark.prefix else base


def address(resource: Resource) -> str:
    """Of the dialog, for kinds whose resources hold something; else nothing."""
    return reverse("bookmarks", args=[resource.service, resource.slug]) if registry.inside(resource.kind) else ""


def told(mark: Bookmark) -> str:
    """A bookmark as it is shown."""
    return names.one_line(f"{mark.container}/{mark.prefix}" if mark.prefix else mark.container)


@require_http_methods(["GET", "POST"])
@own_transactions
@signed_in
def index(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The dialog with the bookmarks and a form for another; a POST keeps it and goes there."""
    resource, kind = _kinds(service, slug)
    with tenant_tx(request.actor.tenant_id):
        shell.on(request, resource)
        places = scope.accounts(request)
    if request.method == "GET":
        return _shown(request, resource, kind, MarkForm(places=places, initial=request.GET.dict()))
    form = MarkForm(request.POST, places=places)
    if form.is_valid():
        try:
            data = form.cleaned_data
            where = UUID(data["account"]), data["name"], data["region"], data["folder"]
            mark = bookmarks.keep(request.actor, kind, *where, shared=data["shared"])
        except CallFailed as failed:
            form.add_error(None, f"{failed.explained.text} {failed.explained.next} ({failed.explained.code})")
        except bookmarks.Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _there(request, url_of(mark))
    return _shown(request, resource, kind, form)


@require_POST
@signed_in
def remove(request: SignedRequest, service: str, slug: str, mark: UUID) -> HttpResponse:
    resource, kind = _kinds(service, slug)
    shell.on(request, resource)
    try:
        bookmarks.remove(request.actor, kind, mark)
    except Bookmark.DoesNotExist:
        raise Http404(_("There is no such bookmark.")) from None
    if is_fragment(request):
        return _shown(request, resource, kind, MarkForm(places=scope.accounts(request)))
    return redirect(address(resource))


def _kinds(service: str, slug: str) -> tuple[Resource, Resource]:
    resource = refs.resource(service, slug)
    kind = registry.inside(resource.kind)
    if kind is None:
        raise Http404(_("There is no such page."))
    return resource, kind


def _shown(request: SignedRequest, resource: Resource, kind: Resource, form: MarkForm) -> HttpResponse:
    with tenant_tx(request.actor.tenant_id):
        marks = [
            {
                "mark": mark,
                "told": told(mark),
                "url": url_of(mark),
                "why": bookmarks.why_not(request.actor, "delete", mark),
            }
            for mark in bookmarks.visible(request.actor, kind)
        ]
        may_share = access.explain(request.actor, f"{bookmarks.ACT}.create")
        context = {"marks": marks, "form": form, "resource": resource, "kind": kind, "url": address(resource)}
        context |= {"may_share": may_share, "fragment": is_fragment(request)}
        return render(request, "objects/bookmarks.html", context)


def _there(request: HttpRequest, url: str) -> HttpResponse:
    if not is_fragment(request):
        return redirect(url)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = url
    return answer
