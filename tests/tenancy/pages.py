"""A few views to hang the middleware's tests on; also the URLconf that those tests use."""

import asyncio

from django.http import Http404, HttpResponse, JsonResponse
from django.template.response import SimpleTemplateResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from apps.audit import record
from apps.tenancy import entry
from apps.tenancy.access import require
from apps.tenancy.context import current_tenant, tenant_tx
from apps.tenancy.decorators import own_transactions, signed_in
from apps.tenancy.models import Role


def whoami(request):
    actor = request.actor
    tenant = str(current_tenant()) if current_tenant() else None
    return JsonResponse(
        {
            "actor": actor and actor.name,
            "kind": actor and actor.kind,
            "organization": actor and actor.tenant_name,
            "tenant": tenant,
            "roles": Role.objects.count(),
        }
    )


@csrf_exempt
def exempt(request):
    return whoami(request)


@own_transactions
def own(request):
    return whoami(request)


@signed_in
def page(request):
    return HttpResponse("page")


def denied(request):
    record.write(tenant_id=request.actor.tenant_id, act="test.thing.write", result="ok", actor=request.actor.who)
    require(request.actor, "test.thing.break", account="a-1", label="prod", region="eu-west-1")


@own_transactions
def denied_later(request):
    with tenant_tx(request.actor.tenant_id):
        require(request.actor, "test.thing.break")


def absent(request):
    record.write(tenant_id=request.actor.tenant_id, act="test.thing.write", result="ok", actor=request.actor.who)
    raise Http404


def template(request):
    return SimpleTemplateResponse("roles.html", {"roles": Role.objects.all()})


@signed_in
async def stream(request):
    await asyncio.sleep(0)
    return JsonResponse({"actor": request.actor.name})


@own_transactions
def sign_in(request):
    result = entry.enter(request, request.POST["email"], request.POST["password"])
    return JsonResponse({"ok": result.ok, "problem": result.problem})


@own_transactions
def switch(request, tenant_id):
    try:
        return HttpResponse(entry.switch(request, tenant_id).name)
    except LookupError:
        raise Http404 from None


@own_transactions
def sign_out(request):
    entry.leave(request)
    return HttpResponse()


urlpatterns = [
    path("whoami", whoami),
    path("own", own),
    path("exempt", exempt),
    path("page", page),
    path("denied", denied),
    path("denied-later", denied_later),
    path("absent", absent),
    path("template", template),
    path("stream", stream),
    path("api/v1/whoami", whoami),
    path("api/v1/own", own),
    path("api/v1/page", page),
    path("api/v1/denied", denied),
    path("sign-in", sign_in, name="sign-in"),
    path("switch/<uuid:tenant_id>", switch),
    path("sign-out", sign_out),
]
