"""A kind's list: one view for the page, for its htmx fragment and for the forced refresh."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.cloud.models import Account
from apps.console import refs, shell
from apps.console.list_page import ListPage
from apps.inventory import freshness as background
from apps.inventory.places import Place, places
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest, signed_in


@signed_in
def index(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """The list. Leaves a hint that a sync is due; never waits for AWS."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    page = ListPage(request, resource)
    if page.places:
        background.ensure_fresh(request.actor.tenant_id, resource, regions=page.view.regions, measures=page.measures)
    response = render(request, "resource/list.html", {"list": page, "resource": resource})
    if page.fragment and page.asked.taken:
        response["HX-Replace-Url"] = page.url
    return response


@require_POST
@signed_in
def refresh(request: SignedRequest, service: str, slug: str) -> HttpResponse:
    """Asks for a sync now of what is in view, or of one `source` (account:Region)."""
    resource = refs.resource(service, slug)
    shell.on(request, resource)
    page = ListPage(request, resource)
    if access.reach(request.actor, resource.permission):
        page.refreshing = True
        background.enqueue(_wanted(page, request.POST.get("source", "")))
    if page.fragment:
        return render(request, "resource/list.html", {"list": page, "resource": resource})
    return redirect(page.url)


def _wanted(page: ListPage, source: str) -> list[Place]:
    rows = Account.objects.filter(tenant_id=page.actor.tenant_id, id__in=[place.id for place in page.places])
    wanted = places(rows.defer("secret"), [page.resource], page.view.regions)
    if source:
        return [place for place in wanted if f"{place.account_id}:{place.region}" == source]
    return [place for place in wanted if page.view.holds(str(place.account_id), place.region)]
