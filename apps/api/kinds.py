"""The addresses of every kind of resource: its list, one of it, and what can be done to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import items, listing
from apps.api.bodies import read_object, text_member
from apps.api.changes import Asked, change
from apps.api.endpoint import calls_aws, endpoint
from apps.api.problems import Problem, problem
from apps.catalog import registry
from apps.catalog.resources import Action, Resource
from apps.operations.prepare import prepare_create, prepare_targets
from apps.tenancy.access import Actor

MOST_TARGETS = 100


def show_list(request: HttpRequest, actor: Actor, service: str, plural: str) -> HttpResponse:
    return listing.show(request, actor, registry.by_slug(service, plural))


@calls_aws
def create(request: HttpRequest, actor: Actor, service: str, plural: str) -> HttpResponse:
    """Makes a resource by the kind's wizard: the form's fields, and the account and Region to make it in."""
    resource = registry.by_slug(service, plural)
    if not resource.wizards:
        return problem("method", headers={"Allow": "GET, HEAD"})
    action = _wizard(request, resource)
    body = read_object(request)
    data = dict(body)
    account = text_member(data, "account")
    region = text_member(data, "region", required=resource.scope != "global") or "global"
    return change(
        request,
        actor,
        Asked(
            action, body, lambda mint: prepare_create(actor, action, data, account=account, region=region, mint=mint)
        ),
    )


def _wizard(request: HttpRequest, resource: Resource) -> Action:
    verb = request.GET.get("wizard")
    if verb is None:
        return next(iter(resource.wizards.values()))
    if verb not in resource.wizards:
        known = ", ".join(resource.wizards)
        raise Problem("query", errors={"wizard": [_("The value is one of %(values)s.") % {"values": known}]})
    return resource.wizards[verb]


def show_member(request: HttpRequest, actor: Actor, service: str, plural: str, rest: str) -> HttpResponse:
    """One resource. The address of an action takes POST alone."""
    resource = registry.by_slug(service, plural)
    if rest.rpartition("/")[2] in resource.actions and "/" in rest:
        return problem("method", headers={"Allow": "POST"})
    return items.show(request, actor, resource, rest)


@calls_aws
def act(request: HttpRequest, actor: Actor, service: str, plural: str, rest: str) -> HttpResponse:
    """An action on one resource: `<id>/<verb>`."""
    resource = registry.by_slug(service, plural)
    id, _slash, verb = rest.rpartition("/")
    if not id or verb not in resource.actions:
        # What is not an action's address is a resource's, which is only read.
        return problem("method", headers={"Allow": "GET, HEAD"}) if not id else problem("not-found")
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
    asked = Asked(action, body, lambda mint: prepare_targets(actor, action, ids, data, mint=mint))
    return change(request, actor, asked)


collection = endpoint(get=show_list, post=create)
member = endpoint(get=show_member, post=act)
many = endpoint(post=act_on_many)
