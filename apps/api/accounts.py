"""AWS accounts: `/api/v1/accounts/`. Credentials go in and never come out."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api.account_form import draft_of, external_id
from apps.api.addresses import url
from apps.api.answers import answer
from apps.api.bodies import read_object
from apps.api.endpoint import calls_aws, endpoint
from apps.api.faults import aws
from apps.api.problems import Problem
from apps.cloud import accounts as service
from apps.cloud.connect import Draft
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account
from apps.inventory.freshness import sync_account
from apps.tenancy.access import Actor, reach, require
from apps.tenancy.context import tenant_tx

READ, CREATE, UPDATE = "cloud.account.read", "cloud.account.create", "cloud.account.update"


def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every account that the caller may see, by name; not paged, since there are few."""
    if request.GET:
        raise Problem("query", errors={name: [_("There is no such parameter.")] for name in request.GET})
    results = [account_json(request, found) for found in _visible(actor).order_by("name", "id")]
    return answer({"results": results, "next": None})


def _visible(actor: Actor) -> QuerySet[Account]:
    """Those on which the caller holds the permission to read accounts. Raises Denied when there can be none."""
    reaches = reach(actor, READ)
    if not reaches:
        require(actor, READ)
    found = Account.objects.filter(tenant_id=actor.tenant_id).defer("secret")
    if any(one.account is None for one in reaches):
        return found
    return found.filter(Q(id__in=[one.account for one in reaches]))


def account_json(request: HttpRequest, found: Account) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": url(request, "accounts", str(found.id)),
        "name": found.name,
        "number": found.number,
        "environment": found.environment,
        "approval": found.approval,
        "required_tags": found.required_tags,
        "regions": found.regions,
        "credential": found.credential,
        "role_arn": found.role_arn,
        "external_id": found.external_id,
        "source": found.source_id,
        "key_hint": found.key_hint,
        "endpoints": found.endpoints,
        "status": found.status,
        "problem": found.problem,
        "checked_at": found.checked_at,
        "created_at": found.created_at,
    }


def show(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    return answer(account_json(request, _find(actor, id)))


def _find(actor: Actor, id: UUID) -> Account:
    found = _visible(actor).filter(id=id).first()
    if found is None:
        raise Problem("not-found")
    return found


@calls_aws
def create(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Connects an account: signs in with the credential given, and keeps it sealed when that works."""
    require(actor, CREATE)
    body = read_object(request)
    with tenant_tx(actor.tenant_id):
        draft = draft_of(actor, body)
    made = _kept(lambda: service.create_account(actor, draft))
    return _told(request, actor, made, status=201)


@calls_aws
def update(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Changes what is given; what is left out stays. The credential is tried anew before it is kept."""
    with tenant_tx(actor.tenant_id):
        old = _find(actor, id)
        require(actor, UPDATE, account=old.id, label=old.name, target=service.target(old))
        draft: Draft = draft_of(actor, read_object(request), old)
    changed = _kept(lambda: service.update_account(actor, id, draft))
    return _told(request, actor, changed, status=200)


def _kept(keep: Any) -> Account:
    """What the service answers. What AWS or the panel finds wrong with the draft is the caller's to correct."""
    try:
        return keep()  # type: ignore[no-any-return]
    except IntegrityError as error:
        raise Problem("invalid", errors={"name": [_("Another account has this name.")]}) from error
    except CallFailed as failed:
        problem = aws(failed.explained)
        if failed.explained.kind == "invalid":
            raise Problem("invalid", errors={"__all__": [failed.explained.text]}, **problem.more) from failed
        raise problem from failed


def _told(request: HttpRequest, actor: Actor, account: Account, *, status: int) -> HttpResponse:
    with tenant_tx(actor.tenant_id):
        found = Account.objects.defer("secret").get(tenant_id=actor.tenant_id, id=account.id)
        sync_account(found)
    out = account_json(request, found)
    return answer(out, status=status, headers={"Location": out["url"]} if status == 201 else None)


@calls_aws
def delete(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Forgets the account and its inventory; nothing at AWS changes."""
    with tenant_tx(actor.tenant_id):
        _find(actor, id)
    try:
        service.delete_account(actor, id)
    except Account.DoesNotExist as error:
        raise Problem("not-found") from error
    except service.InUse as error:
        names = ", ".join(error.names)
        raise Problem("conflict", _("%(names)s: their roles are assumed with it.") % {"names": names}) from error
    return HttpResponse(status=204)


@calls_aws
def check(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Signs in anew, and tells whose account it is and what the credential may do."""
    read_object(request)
    with tenant_tx(actor.tenant_id):
        _find(actor, id)
    found = service.check_account(actor, id)
    may = [{"action": action, "allowed": allowed} for action, allowed in found.may]
    return answer({"number": found.number, "arn": found.arn, "may": may, "regions": list(found.regions)})


def new_external_id(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new external id for the trust policy of a role, to be sent when the account is connected."""
    require(actor, CREATE)
    return answer({"external_id": external_id(actor.tenant_id)}, status=201)


collection = endpoint(get=listing, post=create)
member = endpoint(get=show, patch=update, delete=delete)
checking = endpoint(post=check)
external_ids = endpoint(post=new_external_id)
