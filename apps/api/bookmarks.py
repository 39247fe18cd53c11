"""Bookmarks of containers and of prefixes in them: `/api/v1/bookmarks/`."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api.addresses import url
from apps.api.answers import answer
from apps.api.bodies import read_object, text_member
from apps.api.endpoint import calls_aws, endpoint
from apps.api.problems import Problem
from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.cloud.models import Account
from apps.objects import bookmarks, names
from apps.objects.models import Bookmark
from apps.tenancy.access import Actor


def kinds() -> dict[str, Resource]:
    """The kinds of what can be bookmarked, by name, with what lies in them."""
    found = ((each.kind, registry.inside(each.kind)) for each in registry.resources())
    return {kind: inside for kind, inside in found if inside}


def show(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The caller's own, and those for everybody."""
    found = [(kind, mark) for kind, inside in kinds().items() for mark in bookmarks.visible(actor, inside)]
    return answer({"results": [_json(request, kind, mark) for kind, mark in found], "next": None})


@calls_aws
def keep(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Looks whether there is something to list, and keeps it."""
    body = read_object(request)
    kind, container = text_member(body, "kind"), text_member(body, "container")
    prefix, region = text_member(body, "prefix", required=False), text_member(body, "region", required=False)
    account, shared = _account(text_member(body, "account")), body.pop("shared", False)
    errors = {name: [_("There is no field %(name)s.") % {"name": name}] for name in body}
    if kind not in kinds():
        errors["kind"] = [_("The value is one of %(values)s.") % {"values": ", ".join(kinds())}]
    if not isinstance(shared, bool):
        errors["shared"] = [_("The value is of type boolean.")]
    if not 0 < len(container) <= 255:
        errors["container"] = [_("The value is a name.")]
    if prefix and not _possible(prefix):
        errors["prefix"] = [_("The value is text of 1 to 1,024 bytes in UTF-8.")]
    if errors:
        raise Problem("invalid", errors=errors)
    try:
        mark = bookmarks.keep(actor, kinds()[kind], account, container, region, prefix, shared=shared)
    except Account.DoesNotExist:
        raise Problem("invalid", errors={"account": [_("There is no such account.")]}) from None
    except bookmarks.Refused as refused:
        raise Problem("conflict", str(refused)) from None
    out = _json(request, kind, mark)
    return answer(out, status=201, headers={"Location": out["url"]})


def _account(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("invalid", errors={"account": [_("The value is the id of an account, a UUID.")]}) from None


def _possible(key: str) -> bool:
    try:
        return bool(names.check(key))
    except ValueError:
        return False


def remove(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    for inside in kinds().values():
        try:
            bookmarks.remove(actor, inside, id)
        except Bookmark.DoesNotExist:
            continue
        return HttpResponse(status=204)
    raise Problem("not-found")


def _json(request: HttpRequest, kind: str, mark: Bookmark) -> dict[str, Any]:
    resource = registry.resource(kind)
    place = f"account={mark.account_id}&region={mark.region}"
    return {
        "id": mark.id,
        "url": url(request, "bookmarks", str(mark.id)),
        "kind": kind,
        "container": mark.container,
        "account": mark.account_id,
        "region": mark.region,
        "prefix": mark.prefix,
        "shared": mark.membership_id is None,
        "objects": f"{url(request, resource.service, resource.slug, mark.container, 'objects')}?{place}",
    }


collection = endpoint(get=show, post=keep)
member = endpoint(delete=remove)
