"""What a change of objects needs to know before it is planned, and whether something is in its way. Asks AWS, so never
inside a transaction; the plan itself is made by `operations` from what is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

from apps.catalog.items import Item
from apps.catalog.resources import Action
from apps.cloud import objects
from apps.cloud.explain import CallFailed
from apps.objects import names
from apps.objects.containers import Container
from apps.objects.names import Ref

MOST = 900  # targets of one change; what lies below a folder counts as one
_AT_ONCE = 8
_LOOKED_AT = 100  # places that are looked at, whether something is there

# What a target is; an action's `when` says for which it is meant.
OBJECT, FOLDER, VERSION, MARKER, HERE = "object", "folder", "version", "marker", "here"

Attrs = dict[str, dict[str, Any]]


class TooMany(Exception):
    """More targets than one change may have."""


def state(ref: Ref, known: Mapping[str, Any] | None = None) -> str:
    """What a reference is to an action. Only AWS tells a delete marker from a version."""
    if ref.below:
        return FOLDER
    if ref.version:
        return MARKER if known and ref.version in known.get("Markers", ()) else VERSION
    return OBJECT


def misfit(action: Action, refs: Sequence[Ref], attrs: Attrs) -> str:
    """The first key that the action is not meant for; nothing where it fits all."""
    if action.when is None:
        return ""
    # A folder in which something is to be made is a folder.
    fits = {*action.when, FOLDER} if HERE in action.when else action.when
    return next((ref.key or "/" for ref in refs if state(ref, attrs.get(ref.key)) not in fits), "")


def known(container: Container, action: Action, refs: Sequence[Ref]) -> Attrs:
    """By key what the action is told of its targets: which versions, whether all below, and the facts that it asks
    for. Raises TooMany, CallFailed."""
    if len(refs) > MOST:
        raise TooMany(_("At most %(most)d at once; take the folder instead.") % {"most": MOST})
    found: Attrs = {}
    for ref in refs:
        about = found.setdefault(ref.key, {"Holder": container.item.attrs, "VersionIds": [], "Markers": []})
        if ref.below:
            about["Below"] = True
    alone = [ref for ref in refs if not ref.below]
    facts = _facts(container, action, alone) if action.facts else ({} for _ref in alone)
    for ref, fact in zip(alone, facts, strict=True):
        about = found[ref.key]
        if ref.version:
            about["Markers" if fact.pop("DeleteMarker", False) else "VersionIds"].append(ref.version)
        about |= fact
    return found


def _facts(container: Container, action: Action, refs: Sequence[Ref]) -> Iterable[dict[str, Any]]:
    with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(refs))), thread_name_prefix="facts") as pool:
        return list(pool.map(lambda ref: _fact(container, action, ref), refs))


def _fact(container: Container, action: Action, ref: Ref) -> dict[str, Any]:
    where = container.account, container.region, container.name, ref.key, ref.version
    found: dict[str, Any] = {}
    try:
        if "head" in action.facts:
            found["Head"] = objects.head(*where)
        if "tags" in action.facts:
            found["Tags"] = objects.tags(*where)
    except CallFailed as failed:
        if failed.explained.http != 405 or not ref.version:  # the one thing that a marker says of itself
            raise
        found["DeleteMarker"] = True
    finally:
        connections.close_all()  # the thread's own, if reading the credential took one
    return found


def in_the_way(container: Container, action: Action, items: Sequence[Item], values: Mapping[str, Any]) -> list[str]:
    """Sentences that say what already lies where the action wants to put something. Raises CallFailed."""
    if action.vacant is None:
        return []
    places = dict.fromkeys(place for item in items for place in action.vacant(item, values))
    found = []
    for holder, key, below in list(places)[:_LOOKED_AT]:
        page = objects.listing(container.account, container.region, holder, key, delimiter="", limit=1)
        if any(below or each["Key"] == key for each in page.objects):
            found.append(_("%(key)s exists already.") % {"key": names.one_line(f"{holder}/{key}")})
    return found
