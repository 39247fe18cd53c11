"""What a resource is joined to: what it names, and what names it."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Resource
from apps.catalog.text import Text
from apps.console import refs, rows
from apps.inventory import query
from apps.inventory.scope import InventoryScope
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest

MOST = 50
Group = tuple[Any, list[dict[str, Any]]]


def groups(request: SignedRequest, resource: Resource, item: Item) -> list[Group]:
    """(plural, links) by kind; only what the person may see. Ids that the panel has not read have no link."""
    ids: dict[str, list[str]] = {}
    naming: dict[str, list[dict[str, Any]]] = {}
    for one in resource.related:
        if _known(one.kind):
            ids.setdefault(one.kind, []).extend(_ids(getter(one.path)(item.attrs)))
    found = {kind: _named(request, registry.resource(kind), _ids(each), item) for kind, each in ids.items() if each}
    for other in registry.resources():
        back = [one for one in other.related if one.kind == resource.kind]
        if back:
            naming[other.kind] = [_link(other, each) for each in _naming(request, other, back, item)]
    said = [(registry.resource(kind).plural, links) for kind, links in found.items() if links]
    return said + [(_label(kind, found), links) for kind, links in naming.items() if links]


def _label(kind: str, found: Mapping[str, Any]) -> Text:
    """Of what is joined both ways, each way is a list of its own."""
    plural = registry.resource(kind).plural
    return _("%(kinds)s that name it") % {"kinds": plural} if found.get(kind) else plural


def _named(request: SignedRequest, kind: Resource, ids: list[str], item: Item) -> list[dict[str, Any]]:
    region = None if kind.scope == "global" else item.region
    known = {
        each.id: each
        for each in query.get_many(request.actor.tenant_id, kind.kind, ids, item.account, region)
        if query.may_see(request.actor, each)
    }
    return [_link(kind, known[id]) if id in known else _bare(kind, id) for id in ids]


def _naming(request: SignedRequest, other: Resource, back: Iterable[Any], item: Item) -> list[Item]:
    """Resources of another kind that name this one, in its account and Region."""
    if not access.reach(request.actor, other.permission):
        return []
    scope = InventoryScope(request.actor, item.account, item.region)
    paths = [getter(one.path) for one in back]
    found = scope.find(other.kind)
    return [each for each in found if any(item.id in _ids(path(each.attrs)) for path in paths)][:MOST]


def _link(kind: Resource, item: Item) -> dict[str, Any]:
    tile = registry.service(kind.service).tile
    return {
        "title": item.title,
        "sub": item.id if item.name else str(kind.label),
        "url": f"{rows.base_url(kind)}{quote(refs.of(item), safe='@:')}/",
        "icon": kind.icon,
        "tile": tile,
        "state": item.state,
        "tone": kind.state.tone(item.state) if kind.state else "",
    }


def _bare(kind: Resource, id: str) -> dict[str, Any]:
    tile = registry.service(kind.service).tile
    return {"title": id, "sub": str(kind.label), "url": "", "icon": kind.icon, "tile": tile, "state": "", "tone": ""}


def _ids(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(str(one) for one in values if one))[:MOST]


def _known(kind: str) -> bool:
    try:
        registry.resource(kind)
    except registry.UnknownKind:
        return False
    return True
