"""What one reading call answers of a resource as text: `/api/v1/<service>/<plural>/<id>/<tab>/`, such as an instance's
system log. It is asked of AWS as it is asked for."""

from django.http import HttpRequest, HttpResponse

from apps.api import items
from apps.api.answers import answer
from apps.api.problems import Problem
from apps.catalog.resources import Resource, Tab
from apps.cloud.models import Account
from apps.inventory import query, readings
from apps.tenancy.access import Actor, reach, require
from apps.tenancy.context import tenant_tx


def asked(resource: Resource, name: str) -> Tab | None:
    """The kind's tab of that name."""
    return next((one for one in resource.tabs if one.id == name), None)


def show(request: HttpRequest, actor: Actor, resource: Resource, id: str, tab: Tab) -> HttpResponse:
    """The text, or a picture in base64. Call outside any transaction. Raises Problem, Denied, CallFailed."""
    with tenant_tx(actor.tenant_id):
        if not reach(actor, resource.permission):
            require(actor, resource.permission)
        row = items.find(request, actor, resource, id)
        place, region = str(row[3]), str(row[4])
        item = query.get(actor.tenant_id, resource.kind, id, account=place, region=region)
        account = Account.objects.filter(tenant_id=actor.tenant_id, id=place).first()
    if item is None or account is None:
        raise Problem("not-found")
    text = readings.text(actor, account, resource, item, tab)
    return answer({"id": item.id, "type": tab.picture or "text/plain", "text": text})
