"""Found an organization, and what it demands of its members."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership, Role, Tenant
from apps.tenancy.permissions import BUILT_IN
from apps.users import factors
from apps.users.models import User


def create_tenant(name: str, slug: str, owner_user: User) -> Tenant:
    """A new organization with the built-in roles, owned by `owner_user`.

    Raises ValidationError for a bad slug and IntegrityError for a taken one. Not inside another tenant's tenant_tx.
    """
    tenant = Tenant(id=uuid.uuid4(), name=name, slug=slug)
    tenant.clean_fields()
    with tenant_tx(tenant.id):
        tenant.save(force_insert=True)
        roles = {
            key: Role.objects.create(tenant=tenant, name=label, permissions=list(patterns), builtin=key)
            for key, (label, patterns) in BUILT_IN.items()
        }
        membership = Membership.objects.create(tenant=tenant, user=owner_user)
        Binding.objects.create(tenant=tenant, role=roles["owner"], membership=membership)
        record.write(
            tenant_id=tenant.id,
            act="tenancy.organization.create",
            result="ok",
            actor=Who("user", str(owner_user.id), owner_user.name or owner_user.email),
            target=Target(kind="tenancy.organization", id=str(tenant.id), name=name),
            params={"slug": slug},
        )
    return tenant


def require_second_factor(actor: Actor, wanted: bool) -> None:
    """Demand a second factor of every member, or no longer. Inside tenant_tx. Raises Denied, and ValidationError for
    somebody who has none: they would lock themselves out of this very setting."""
    target = Target(kind="tenancy.organization", id=str(actor.tenant_id), name=actor.tenant_name)
    access.require(actor, "tenancy.organization.update", target=target)
    if wanted and (actor.user_id is None or not factors.has(actor.user_id)):
        raise ValidationError(_("Set up a second factor of your own first."))
    tenant = Tenant.objects.select_for_update().get(id=actor.tenant_id)
    before, tenant.second_factor = tenant.second_factor, wanted
    tenant.save(update_fields=["second_factor"])
    record.write(
        tenant_id=actor.tenant_id,
        act="tenancy.organization.update",
        result="ok",
        actor=actor.who,
        target=target,
        before={"second_factor": before},
        after={"second_factor": wanted},
    )
