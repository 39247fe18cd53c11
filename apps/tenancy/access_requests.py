"""Asking for access, and settling what was asked for."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target
from apps.tenancy import members
from apps.tenancy.access import Actor, require
from apps.tenancy.models import AccessRequest, Role

MOST_OPEN = 20  # of one member
GIVE = "tenancy.binding.create"


def ask(actor: Actor, permission: str, reason: str, *, account: UUID | None = None, region: str = "") -> AccessRequest:
    """A request of the actor's own; asked again, the open one with the new reason. Inside tenant_tx. Raises
    ValidationError when the reason is missing or too many are open."""
    if actor.membership_id is None or actor.kind != "user":
        raise ValidationError(_("Only a person can ask for access."))
    if not reason.strip():
        raise ValidationError(_("Say what you need it for."))
    mine = AccessRequest.objects.filter(tenant_id=actor.tenant_id, membership_id=actor.membership_id, settled_at=None)
    found = mine.filter(permission=permission, account=account, region=region).first()
    if found is None and mine.count() >= MOST_OPEN:
        raise ValidationError(_("There are %(most)d open requests of yours already.") % {"most": MOST_OPEN})
    found = found or AccessRequest(
        tenant_id=actor.tenant_id,
        membership_id=actor.membership_id,
        permission=permission,
        account=account,
        region=region,
    )
    found.reason = reason.strip()[:500]
    found.save()
    _record(actor, "tenancy.access.request", found, found.reason)
    return found


def waiting(actor: Actor) -> list[AccessRequest]:
    """The open ones, the oldest first. Inside tenant_tx; for who may read the members."""
    rows = AccessRequest.objects.filter(tenant_id=actor.tenant_id, settled_at=None).select_related("membership__user")
    return list(rows.order_by("created_at")[:100])


def grant(actor: Actor, request_id: UUID, role: Role) -> AccessRequest:
    """Gives the role where it was asked for. Raises AccessRequest.DoesNotExist, and as `members.bind`."""
    found = _open(actor, request_id)
    members.bind(actor, role, found.membership, account=found.account, region=found.region)
    return _settle(actor, found, True, role.name)


def decline(actor: Actor, request_id: UUID) -> AccessRequest:
    """Puts the request away. Raises AccessRequest.DoesNotExist, Denied."""
    return _settle(actor, _open(actor, request_id), False, "")


def _open(actor: Actor, request_id: UUID) -> AccessRequest:
    require(actor, GIVE, target=Target(kind="tenancy.access"))
    rows = AccessRequest.objects.select_for_update(of=("self",)).select_related("membership__user")
    return rows.get(tenant_id=actor.tenant_id, id=request_id, settled_at=None)


def _settle(actor: Actor, found: AccessRequest, granted: bool, reason: str) -> AccessRequest:
    AccessRequest.objects.filter(tenant_id=actor.tenant_id, id=found.id).update(settled_at=Now(), granted=granted)
    _record(actor, "tenancy.access.grant" if granted else "tenancy.access.decline", found, reason)
    return found


def _record(actor: Actor, act: str, found: AccessRequest, reason: str) -> None:
    target = Target(
        kind="tenancy.access",
        id=str(found.id),
        name=found.permission,
        account=str(found.account or ""),
        region=found.region,
    )
    record.write(tenant_id=actor.tenant_id, act=act, result="ok", actor=actor.who, target=target, reason=reason)
