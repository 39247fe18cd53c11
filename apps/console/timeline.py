"""What happened to a resource: the record of who did what, woven with what readings saw."""

from typing import Any

from django.utils.translation import gettext as _

from apps.audit import search
from apps.audit.models import AuditEvent, Result
from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.resources import Resource
from apps.console.audit import TONES
from apps.console.templatetags.ui import words
from apps.inventory import history
from apps.inventory.models import Change
from apps.tenancy import access
from apps.tenancy.access import Actor, Decision


def moments(actor: Actor, resource: Resource, item: Item, limit: int) -> tuple[list[dict[str, Any]], Decision]:
    """The latest first, and whether the actor may read the record (else only what readings saw is there)."""
    may = access.explain(actor, "audit.event.read")
    changes = history.changes(actor.tenant_id, resource.kind, item.id, item.account, item.region, limit)
    found = [_seen(change) for change in changes]
    if may.allowed:
        page = search.timeline(actor.tenant_id, item.id, kind=resource.kind, size=limit)
        found += [_done(event) for event in page.events]
    return sorted(found, key=lambda one: one["at"], reverse=True)[:limit], may


def _seen(change: Change) -> dict[str, Any]:
    if change.what == "appeared":
        told, icon = _("First seen"), "eye"
    elif change.what == "gone":
        told, icon = _("No longer listed by AWS"), "eye-off"
    elif "state" in change.after:
        told, icon = _("Now %(state)s") % {"state": words(str(change.after["state"])).lower()}, "activity"
    else:
        told, icon = _("Renamed to %(name)s") % {"name": change.after.get("name", "")}, "pencil"
    return {"icon": icon, "words": told, "sub": _("Seen at AWS"), "at": change.at, "tone": "", "label": ""}


def _done(event: AuditEvent) -> dict[str, Any]:
    try:
        action = registry.action(event.act)
        told, icon = str(action.label), action.icon
    except registry.UnknownKind:
        told, icon = event.act, "shield-check"
    plain = event.result in (Result.OK, Result.INTENT)
    return {
        "icon": icon,
        "words": told,
        "sub": event.who_name,
        "at": event.at,
        "tone": "" if plain else TONES[event.result],
        "label": "" if plain else str(Result(event.result).label),
    }
