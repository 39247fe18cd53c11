"""What helps with a list: suggestions of the filter box, saved views, and the table's preferences."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from apps.catalog import filters
from apps.catalog.resources import Resource
from apps.console import flash, list_query, menus, preferences, refs, scope, shell
from apps.console.list_page import ListPage
from apps.console.models import SavedView
from apps.inventory import facets
from apps.tenancy.decorators import SignedRequest, signed_in

MOST_VIEWS = 50
KEPT = ("q", "f", "join", "sort", "size", "account", "region")


@signed_in
def hints(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """Suggestions for what is typed: properties, then operators' common values with how often they occur."""
    resource = refs.resource(service, slug)
    typed = request.GET.get("q", "").lstrip()[:200]
    found = _values(request, resource, typed) if "=" in typed or ":" in typed else _properties(resource, typed)
    return render(request, "resource/hints.html", {"hints": found[:12]})


def _properties(resource: Resource, typed: str) -> list[dict[str, Any]]:
    wanted, compared = typed.lower(), {measure.key for measure in resource.measures}
    found = [
        {"fill": f"{key}{'>' if key in compared else '='}", "label": label, "sub": key}
        for key, label in filters.properties(resource)
        if wanted in str(label).lower() or wanted in key
    ]
    if wanted in "tag" or wanted.startswith("tag"):
        found.append({"fill": "tag:", "label": _("Tag"), "sub": "tag:owner=platform"})
    return found


def _values(request: SignedRequest, resource: Resource, typed: str) -> list[dict[str, Any]]:
    key, _sign, value = typed.partition("=")
    bare = key.rstrip("!").strip().lower()
    if bare == "account":
        pairs = [(place.name, 0) for place in scope.accounts(request)]
    elif bare == "region":
        pairs = [(code, 0) for code in sorted({code for place in scope.accounts(request) for code in place.regions})]
    else:
        view = scope.view(request)
        pairs = facets.facets(request.actor, resource, view.accounts, view.regions).get(bare, [])
    return [
        {"fill": f"{key}={each}", "label": each, "sub": f"{count:,}" if count else "", "done": True}
        for each, count in pairs
        if value.strip().lower() in each.lower()
    ]


@signed_in
def views(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The menu of the person's saved views of this kind; a POST saves the query given, or deletes a view."""
    resource = refs.resource(service, slug)
    rows = SavedView.objects.filter(
        tenant_id=request.actor.tenant_id, user_id=preferences.person(request), kind=resource.kind
    ).order_by("name")
    if request.method == "POST":
        return _change(request, resource)
    current = _query(request.headers.get("HX-Current-URL", "").partition("?")[2])
    context = {"resource": resource, "views": rows, "current": current, "path": menus.list_url(resource)}
    return render(request, "resource/views.html", context)


def _change(request: SignedRequest, resource: Resource) -> HttpResponse:
    mine: dict[str, Any] = {
        "tenant_id": request.actor.tenant_id,
        "user_id": preferences.person(request),
        "kind": resource.kind,
    }
    query = _query(request.POST.get("query", ""))
    if request.POST.get("delete"):
        SavedView.objects.filter(**mine, id=_uuid(request.POST["delete"])).delete()
        flash.ok(request, _("The view is deleted."))
        return redirect(menus.list_url(resource))
    name = request.POST.get("name", "").strip()[:80]
    if not name:
        flash.bad(request, _("Enter a name for the view."))
    elif SavedView.objects.filter(**mine).count() >= MOST_VIEWS:
        flash.bad(request, _("There is room for %(most)s views. Delete one first.") % {"most": MOST_VIEWS})
    else:
        try:
            with transaction.atomic():
                SavedView.objects.update_or_create(**mine, name=name, defaults={"query": query})
            flash.ok(request, _("The view %(name)s is saved.") % {"name": name})
        except IntegrityError:
            flash.bad(request, _("There is a view of this name."))
    return redirect(f"{menus.list_url(resource)}?{query}" if query else menus.list_url(resource))


def _query(text: str) -> str:
    """Only the parts of a query that make a view."""
    given, kept = QueryDict(text[:4000]), QueryDict(mutable=True)
    for key in KEPT:
        if key in given:
            kept.setlist(key, given.getlist(key))
    return kept.urlencode()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@signed_in
def table(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The table's preferences; a POST keeps columns (those checked, in their order), page size, wrap and density."""
    resource = refs.resource(service, slug)
    query = _query(request.POST.get("query", "") or request.headers.get("HX-Current-URL", "").partition("?")[2])
    if request.method != "POST":
        shell.on(request, resource)
        context = {"list": ListPage(request, resource), "resource": resource, "query": query}
        return render(request, "resource/preferences.html", context)
    post = request.POST
    size = list_query.number(post.get("size"), 50)
    chosen: dict[str, object] = {
        "columns": [key for key in post.getlist("column") if resource.column(key)],
        "size": size if size in list_query.SIZES else 50,
        "wrap": "wrap" in post,
        "no_cost": bool(resource.monthly_cost) and "cost" not in post,
    }
    if "reset" in post:
        chosen = {}
    density = post.get("density")
    preferences.save(
        request,
        **{f"table.{resource.kind}": chosen or None, "density": density if density == "compact" else None},
    )
    kept = QueryDict(query, mutable=True)
    kept.pop("size", None)
    return redirect(f"{menus.list_url(resource)}?{kept.urlencode()}" if kept else menus.list_url(resource))
