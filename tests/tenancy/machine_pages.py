"""Views of every make for test_machine.py, each of which tells whatever it can see; behind them the panel's own."""

import asyncio
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path

from apps.tenancy.access import require
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import own_transactions, signed_in
from apps.tenancy.models import Membership, Role
from controlpanel.urls import urlpatterns as panel
from tests.tenancy.canaries import SIGHT


def seen() -> str:
    """Whose rows there are to see, as text."""
    with connection.cursor() as cursor:
        cursor.execute(SIGHT)
        return repr(sorted({tenant for _table, whose, _marks in cursor.fetchall() for tenant in whose or ()}))


@signed_in
def plain(request):
    return HttpResponse(seen())


@signed_in
def template(request):
    return SimpleTemplateResponse("roles.html", {"roles": Role.objects.all()})


@signed_in
def failing(request):
    seen()
    raise ZeroDivisionError


@signed_in
def broken(request):
    """The database refuses a statement, and the view goes on as if nothing were."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    except Exception:
        return HttpResponse("went on")


@signed_in
def absent(request):
    seen()
    raise Http404


@signed_in
def denied(request):
    require(request.actor, "test.thing.break")


@signed_in
def later(request):
    """A hook after the commit, which enters the tenant anew and fails there."""

    def hook() -> None:
        with tenant_tx(request.actor.tenant_id):
            seen()
            raise ZeroDivisionError

    transaction.on_commit(hook)
    return HttpResponse(seen())


@own_transactions
@signed_in
def own(request):
    outside = seen()
    with tenant_tx(request.actor.tenant_id):
        inside = seen()
    return HttpResponse(f"{outside} {inside} {seen()}")


@own_transactions
@signed_in
def stream(request):
    return StreamingHttpResponse(chunks(request.actor.tenant_id))


def chunks(tenant_id) -> Iterator[str]:
    """As the panel's streams do: a transaction for each piece, none while the visitor is slow."""
    for _n in range(6):
        with tenant_tx(tenant_id):
            piece = seen()
        yield piece


def holding(tenant_id) -> Iterator[str]:
    """As no stream should: it stays in the transaction while the visitor is slow."""
    with tenant_tx(tenant_id):
        while True:
            yield seen()


@signed_in
async def waiting(request):
    outside = await sync_to_async(seen)()
    await asyncio.sleep(0)
    inside = await sync_to_async(inside_of)(request.actor.tenant_id)
    return HttpResponse(f"{outside} {inside}")


@signed_in
async def waiting_stream(request):
    async def pieces() -> AsyncIterator[str]:
        for _n in range(2):
            yield await sync_to_async(inside_of)(request.actor.tenant_id)

    return StreamingHttpResponse(pieces())


@signed_in
async def waiting_failing(request):
    await sync_to_async(inside_of)(request.actor.tenant_id)
    raise ZeroDivisionError


def inside_of(tenant_id) -> str:
    with tenant_tx(tenant_id):
        Membership.objects.count()
        return seen()


VIEWS = [plain, template, failing, broken, absent, denied, later, own, stream]
ASYNC = [waiting, waiting_stream, waiting_failing]
PANEL = [
    "/api/v1/ec2/instances/",
    "/api/v1/operations/",
    "/api/v1/audit/?limit=5",
    "/api/v1/accounts/",
    "/api/v1/tokens/",
]
urlpatterns = [path(f"machine/{view.__name__}", view) for view in (*VIEWS, *ASYNC)] + panel
