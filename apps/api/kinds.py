"""The addresses of every kind of resource: its list, one of it, and what can be done to it."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import items, listing, questions, texts
from apps.api.bodies import read_object, text_member
from apps.api.changes import Asked, change
from apps.api.endpoint import calls_aws, endpoint
from apps.api.problems import Problem
from apps.catalog import registry
from apps.catalog.resources import Action, Resource
from apps.cloud.models import Account
from apps.inventory.places import GLOBAL, regions_of
from apps.operations import facts
from apps.operations.prepare import Missing, Prepared, prepare_create, prepare_targets, seen
from apps.tenancy.access import Actor, sees
from apps.tenancy.context import tenant_tx

MOST_TARGETS = 100


def show_list(request: HttpRequest, actor: Actor, service: str, plural: str) -> HttpResponse:
    return listing.show(request, actor, registry.by_slug(service, plural))


@calls_aws
def create(request: HttpRequest, actor: Actor, service: str, plural: str) -> HttpResponse:
    """Makes a resource by the kind's wizard: the form's fields, and the account and Region to make it in."""
    resource = registry.by_slug(service, plural)
    action = _wizard(request, resource)
    body = read_object(request)
    data = dict(body)
    account = text_member(data, "account")
    region = text_member(data, "region", required=resource.scope != GLOBAL) or GLOBAL

    def prepare(mint: bool) -> Prepared:
        _check_place(actor, resource, account, region)
        return prepare_create(actor, action, data, account=account, region=region, mint=mint)

    return change(request, actor, Asked(action, body, prepare))


def _check_place(actor: Actor, resource: Resource, account: str, region: str) -> None:
    """Raises Problem unless the actor sees the account, and it is used in that Region. Inside tenant_tx."""
    try:
        found = Account.objects.only("regions").filter(tenant_id=actor.tenant_id, id=UUID(account)).first()
    except ValueError:
        found = None
    if found is None or not sees(actor, found.id):
        raise Problem("invalid", errors={"account": [_("There is no such account.")]})
    if region not in (regions := regions_of(found, resource)):
        known = ", ".join(regions)
        raise Problem("invalid", errors={"region": [_("The value is one of %(values)s.") % {"values": known}]})


def _wizard(request: HttpRequest, resource: Resource) -> Action:
    verb = request.GET.get("wizard")
    if verb is None:
        return next(iter(resource.wizards.values()))
    if verb not in resource.wizards:
        known = ", ".join(resource.wizards)
        raise Problem("query", errors={"wizard": [_("The value is one of %(values)s.") % {"values": known}]})
    return resource.wizards[verb]


@calls_aws
def show_member(request: HttpRequest, actor: Actor, service: str, plural: str, rest: str) -> HttpResponse:
    """One of them, the answer to a question about it (`<id>/<question>`), or what AWS has of it as text
    (`<id>/<tab>`)."""
    resource = registry.by_slug(service, plural)
    id, _slash, name = rest.rpartition("/")
    if id and (tab := texts.asked(resource, name)):
        return texts.show(request, actor, resource, id, tab)
    with tenant_tx(actor.tenant_id):
        if id and (question := questions.asked(resource, name)):
            return questions.show(request, actor, resource, id, question)
        return items.show(request, actor, resource, rest)


@calls_aws
def act(request: HttpRequest, actor: Actor, service: str, plural: str, rest: str) -> HttpResponse:
    """An action on one resource: `<id>/<verb>`."""
    resource = registry.by_slug(service, plural)
    id, _slash, verb = rest.rpartition("/")
    body = read_object(request)
    return _act(request, actor, resource.actions[verb], [id], body, body)


@calls_aws
def act_on_many(request: HttpRequest, actor: Actor, service: str, plural: str, verb: str) -> HttpResponse:
    """An action on several resources: the body's `ids`, and the form's fields."""
    resource = registry.by_slug(service, plural)
    if verb not in resource.actions:
        raise Problem("not-found")
    body = read_object(request)
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or not all(isinstance(id, str) and id and "\x00" not in id for id in ids):
        raise Problem("invalid", errors={"ids": [_("The value is a list of one id or more.")]})
    ids = list(dict.fromkeys(ids))
    if len(ids) > MOST_TARGETS:
        raise Problem(
            "invalid",
            errors={"ids": [_("At most %(most)d, not %(count)d.") % {"most": MOST_TARGETS, "count": len(ids)}]},
        )
    data = {key: value for key, value in body.items() if key != "ids"}
    return _act(request, actor, resource.actions[verb], ids, data, body)


def _act(
    request: HttpRequest, actor: Actor, action: Action, ids: list[str], data: dict[str, Any], body: dict[str, Any]
) -> HttpResponse:
    account, region = items.place(request)
    known: facts.Facts = {}

    def read() -> None:
        with tenant_tx(actor.tenant_id):
            try:
                targets = seen(actor, action, ids, str(account or ""), region)
            except Missing:
                return  # `prepare` says so
        known.update(facts.read(actor, action, targets))

    def prepare(mint: bool) -> Prepared:
        where = str(account or "")
        try:
            return prepare_targets(actor, action, ids, data, account=where, region=region, attrs=known, mint=mint)
        except Missing as missing:
            # Missing to us may be there more than once.
            for id in missing.ids[:1]:
                items.find(request, actor, action.resource, id)
            raise

    return change(request, actor, Asked(action, body, prepare, read if action.facts else None))


def _takes(service: str, plural: str, rest: str = "") -> set[str]:
    """A list takes POST where there is a wizard; one resource is read, and its actions are posted to."""
    resource = registry.by_slug(service, plural)
    if not rest:
        return {"GET", "HEAD", "POST"} if resource.wizards else {"GET", "HEAD"}
    id, _slash, verb = rest.rpartition("/")
    return {"POST"} if id and verb in resource.actions else {"GET", "HEAD"}


collection = endpoint(takes=_takes, get=show_list, post=create)
member = endpoint(takes=_takes, get=show_member, post=act)
many = endpoint(post=act_on_many)
