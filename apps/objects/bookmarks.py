"""Containers and prefixes that somebody wants to find again, among them those that no listing shows to the account."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target
from apps.catalog.resources import Resource
from apps.cloud import objects
from apps.cloud.models import Account
from apps.live.bus import publish
from apps.objects.models import Bookmark
from apps.tenancy import access
from apps.tenancy.access import Actor, Decision
from apps.tenancy.context import tenant_tx

ACT = "objects.bookmark"
MOST = 500  # that one person has, with the shared ones


class Refused(Exception):
    """It can't be kept; the text says why."""


def visible(actor: Actor, kind: Resource) -> list[Bookmark]:
    """The person's own and those shared with everybody, as far as they may read objects there. By name."""
    rows = Bookmark.objects.filter(tenant_id=actor.tenant_id, kind=kind.kind).select_related("account")
    own = rows.filter(Q(membership_id=actor.membership_id) | Q(membership=None)).order_by("container", "prefix", "id")
    return [mark for mark in own[:MOST] if mark.membership_id or decide(actor, kind, mark).allowed]


def decide(actor: Actor, kind: Resource, mark: Bookmark) -> Decision:
    """Whether they may read objects where the bookmark leads."""
    return access.explain(
        actor,
        kind.permission,
        account=mark.account_id,
        region=mark.region,
        path=f"{mark.container}/{mark.prefix}",
        label=mark.account.name,
        target=_target(mark, mark.account),
    )


def keep(
    actor: Actor, kind: Resource, account_id: UUID, container: str, region: str, prefix: str, *, shared: bool
) -> Bookmark:
    """Looks whether there is something to list, and keeps that; without a Region in the one that AWS tells. Not in a
    transaction. Raises Account.DoesNotExist, Denied, Refused, CallFailed."""
    with tenant_tx(actor.tenant_id):
        account = Account.objects.get(tenant_id=actor.tenant_id, id=account_id)
        # Without the account's name: whoever sees nothing in it is not told.
        access.require(actor, kind.permission, account=account.id, region=region, path=f"{container}/{prefix}")
    region = region or objects.home(account, container)
    if not region:
        raise Refused(_("AWS doesn't tell where %(name)s lies. Enter its Region.") % {"name": container})
    objects.listing(account, region, container, prefix, limit=1)
    with tenant_tx(actor.tenant_id):
        return add(actor, kind, account, container, region, prefix, shared=shared)


def add(
    actor: Actor, kind: Resource, account: Account, container: str, region: str, prefix: str = "", *, shared: bool
) -> Bookmark:
    """A new bookmark, in the tenant's transaction. The caller has looked whether there is something to list.

    Raises Denied without the permission to read there, or to share it; Refused where it exists already or there are
    too many.
    """
    mark = Bookmark(
        tenant_id=actor.tenant_id,
        membership_id=None if shared else actor.membership_id,
        account=account,
        kind=kind.kind,
        container=container,
        region=region,
        prefix=prefix,
    )
    decision = decide(actor, kind, mark)
    if not decision.allowed:
        raise access.Denied(decision)
    _require_shared(actor, "create", mark, account)
    if actor.membership_id is None and not shared:
        raise Refused(_("Only a person can have bookmarks of their own."))
    rows = Bookmark.objects.filter(tenant_id=actor.tenant_id)
    same = rows.filter(membership_id=mark.membership_id) if mark.membership_id else rows.filter(membership=None)
    if same.count() >= MOST:
        raise Refused(_("There are %(most)d bookmarks already. Remove some first.") % {"most": MOST})
    try:
        with transaction.atomic():
            mark.save(force_insert=True)
    except IntegrityError:
        raise Refused(_("This bookmark exists already.")) from None
    _record(actor, "create", mark, account)
    return mark


def remove(actor: Actor, kind: Resource, id: UUID) -> None:
    """In the tenant's transaction. Raises Bookmark.DoesNotExist also for what they can't see, Denied for a shared one
    without the permission."""
    mark = next((mark for mark in visible(actor, kind) if mark.id == id), None)
    if mark is None:
        raise Bookmark.DoesNotExist
    _require_shared(actor, "delete", mark, mark.account)
    mark.delete()
    mark.id = id
    _record(actor, "delete", mark, mark.account)


def why_not(actor: Actor, verb: str, mark: Bookmark) -> str:
    """Why they may not change a bookmark that they see; nothing where they may."""
    if mark.membership_id is not None:
        return ""
    decision = access.explain(actor, f"{ACT}.{verb}", account=mark.account_id, label=mark.account.name)
    return "" if decision.allowed else decision.reason


def _require_shared(actor: Actor, verb: str, mark: Bookmark, account: Account) -> None:
    """What everybody sees isn't for everybody to change; one's own needs no permission."""
    if mark.membership_id is None:
        target = _target(mark, account)
        access.require(actor, f"{ACT}.{verb}", account=account.id, label=account.name, target=target)


def _record(actor: Actor, verb: str, mark: Bookmark, account: Account) -> None:
    record.write(
        tenant_id=actor.tenant_id,
        act=f"{ACT}.{verb}",
        result="ok",
        actor=actor.who,
        target=_target(mark, account),
        params={"shared": mark.membership_id is None},
    )
    publish(actor.tenant_id, "bookmarks")


def _target(mark: Bookmark, account: Account) -> Target:
    return Target(
        mark.kind,
        f"{mark.container}/{mark.prefix}",
        mark.prefix or mark.container,
        str(account.id),
        account.name,
        mark.region,
    )
