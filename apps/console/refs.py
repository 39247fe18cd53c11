"""How a resource is named in a URL: by its id, and where that is not unique by `id@account:region`."""

import re

from django.http import Http404
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.inventory import query
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest

# What AWS numbers itself (i-0b1f4c2e9d7a63f10) is unique in the world; names and ARNs of others are not.
_UNIQUE = re.compile(r"[a-z]+(-[a-z]+)*-[0-9a-f]{8,17}\Z")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLACED = re.compile(rf"(?P<id>.+)@(?P<account>{_UUID}):(?P<region>[a-z0-9-]*)\Z", re.S)


def ref(id: str, account: str, region: str) -> str:
    return id if _UNIQUE.match(id) else f"{id}@{account}:{region}"


def of(item: Item) -> str:
    return ref(item.id, item.account, item.region)


def parts(text: str) -> tuple[str, str | None, str | None]:
    """(id, account or None, Region or None)."""
    found = _PLACED.match(text)
    return (found["id"], found["account"], found["region"]) if found else (text, None, None)


def resource(service: str, slug: str) -> Resource:
    """The kind of that page. Raises Http404."""
    try:
        return registry.by_slug(service, slug)
    except registry.UnknownKind:
        raise Http404(_("There is no such page.")) from None


def find(request: SignedRequest, kind: Resource, text: str) -> Item:
    """The resource that a URL names. One that is unknown, another tenant's or not to be seen is the same Http404."""
    id, account, region = parts(text)
    item = query.get(request.actor.tenant_id, kind.kind, id, account=account, region=region)
    if item is None or not access.allowed(
        request.actor, kind.permission, account=item.account, region=item.region, tags=item.tags
    ):
        raise Http404(_("There is no such resource, or you may not see it."))
    return item


def find_all(request: SignedRequest, kind: Resource, texts: list[str]) -> list[Item]:
    """Each as `find`, in the order given, at most 200."""
    return [find(request, kind, text) for text in dict.fromkeys(texts[:200])]
