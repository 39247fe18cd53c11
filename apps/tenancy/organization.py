"""Found an organization."""

from __future__ import annotations

import uuid

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership, Role, Tenant
from apps.tenancy.permissions import BUILT_IN
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
