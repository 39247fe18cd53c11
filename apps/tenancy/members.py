"""People in an organization and the roles they hold. All inside tenant_tx, all recorded.

Nobody hands out more than they hold, and the organization always keeps an owner.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target
from apps.tenancy.access import Actor, Decision, Denied, Grant, require
from apps.tenancy.models import Binding, Membership, Role, Team, TeamMember, Tenant
from apps.tenancy.permissions import check_patterns, covered
from apps.users.models import User

# A holder and how what lies in it begins. In between, a "*" would look as if it stood for something.
_PATH = re.compile(r"[^/*\s]+/[^*]*\*", re.DOTALL)


def add_member(actor: Actor, user: User) -> Membership:
    """Make a person a member, who may do nothing until a role is bound. Raises Denied, IntegrityError for a second."""
    target = Target(kind="tenancy.member", id=str(user.pk), name=user.email)
    require(actor, "tenancy.member.create", target=target)
    membership = Membership.objects.create(tenant_id=actor.tenant_id, user=user)
    _record(actor, "tenancy.member.create", target)
    return membership


def remove_member(actor: Actor, membership_id: UUID) -> None:
    """End a membership with its bindings and tokens. Raises Membership.DoesNotExist, Denied, ValidationError."""
    membership = Membership.objects.select_related("user").get(tenant_id=actor.tenant_id, id=membership_id)
    target = Target(kind="tenancy.member", id=str(membership.user_id), name=membership.user.email)
    require(actor, "tenancy.member.delete", target=target)
    _lock(actor)
    membership.delete()
    _keep_an_owner(actor)
    _record(actor, "tenancy.member.delete", target)


def create_role(actor: Actor, name: str, permissions: list[str]) -> Role:
    """A role of the organization's own. Raises Denied, ValidationError, IntegrityError for a taken name."""
    target = Target(kind="tenancy.role", name=name)
    require(actor, "tenancy.role.create", target=target)
    check_patterns(permissions)
    _holds_at_least(actor, "tenancy.role.create", tuple(permissions), Grant("", ()))
    role = Role.objects.create(tenant_id=actor.tenant_id, name=name, permissions=permissions)
    _record(actor, "tenancy.role.create", target, {"permissions": permissions})
    return role


def bind(
    actor: Actor,
    role: Role,
    holder: Membership | Team,
    *,
    account: UUID | None = None,
    region: str = "",
    tag: str = "",
    path: str = "",
) -> Binding:
    """Give a role to a member or a team on a scope. Raises Denied when the actor doesn't hold as much there."""
    target = Target(kind="tenancy.binding", name=role.name, account=str(account or ""), region=region)
    require(actor, "tenancy.binding.create", target=target)
    if tag and not tag.partition("=")[1]:
        raise ValidationError({"tag": _("Write a tag as key=value.")})
    if path and not _PATH.fullmatch(path):
        raise ValidationError({"path": _("Write a path as bucket/prefix*, with one * at its end.")})
    scope = Grant(role.name, tuple(role.permissions), account, region, tag, path)
    _holds_at_least(actor, "tenancy.binding.create", scope.patterns, scope)
    held = {"membership": holder} if isinstance(holder, Membership) else {"team": holder}
    binding = Binding.objects.create(
        tenant_id=actor.tenant_id, role=role, account=account, region=region, tag=tag, path=path, **held
    )
    _record(actor, "tenancy.binding.create", target, _described(binding))
    return binding


def unbind(actor: Actor, binding_id: UUID) -> None:
    """Take a role away. Raises Binding.DoesNotExist, Denied, ValidationError for the last owner."""
    binding = Binding.objects.select_related("role").get(tenant_id=actor.tenant_id, id=binding_id)
    target = Target(kind="tenancy.binding", id=str(binding.id), name=binding.role.name)
    require(actor, "tenancy.binding.delete", target=target)
    _lock(actor)
    described = _described(binding)
    binding.delete()
    _keep_an_owner(actor)
    _record(actor, "tenancy.binding.delete", target, described)


def create_team(actor: Actor, name: str) -> Team:
    """An empty team. Raises Denied, IntegrityError for a taken name."""
    target = Target(kind="tenancy.team", name=name)
    require(actor, "tenancy.team.create", target=target)
    team = Team.objects.create(tenant_id=actor.tenant_id, name=name)
    _record(actor, "tenancy.team.create", target)
    return team


def join_team(actor: Actor, team: Team, membership: Membership) -> TeamMember:
    """Put a member into a team, which gives them its roles. Raises Denied as `bind` does."""
    target = Target(kind="tenancy.team", id=str(team.id), name=team.name)
    require(actor, "tenancy.team.update", target=target)
    for binding in Binding.objects.filter(tenant_id=actor.tenant_id, team=team).select_related("role"):
        patterns = tuple(binding.role.permissions)
        scope = Grant(binding.role.name, patterns, binding.account, binding.region, binding.tag, binding.path)
        _holds_at_least(actor, "tenancy.team.update", patterns, scope)
    joined = TeamMember.objects.create(tenant_id=actor.tenant_id, team=team, membership=membership)
    _record(actor, "tenancy.team.update", target, {"joined": membership.user_id})
    return joined


def leave_team(actor: Actor, team: Team, membership: Membership) -> None:
    """Take a member out of a team. Raises TeamMember.DoesNotExist, Denied, ValidationError for the last owner."""
    target = Target(kind="tenancy.team", id=str(team.id), name=team.name)
    require(actor, "tenancy.team.update", target=target)
    _lock(actor)
    TeamMember.objects.get(tenant_id=actor.tenant_id, team=team, membership=membership).delete()
    _keep_an_owner(actor)
    _record(actor, "tenancy.team.update", target, {"left": membership.user_id})


def _holds_at_least(actor: Actor, permission: str, wanted: tuple[str, ...], scope: Grant) -> None:
    for grant in actor.grants if not actor.only_permissions and not actor.only_accounts else ():
        wide = grant.whole or _scope(grant) == _scope(scope)
        if wide and covered(wanted, grant.patterns):
            return
    raise Denied(Decision(False, permission, _("You can't give permissions that you don't have yourself.")))


def _scope(grant: Grant) -> tuple[UUID | None, str, str, str]:
    return grant.account, grant.region, grant.tag, grant.path


def _lock(actor: Actor) -> None:
    # Two owners who remove each other at the same moment would leave none.
    Tenant.objects.select_for_update().get(id=actor.tenant_id)


def _keep_an_owner(actor: Actor) -> None:
    active = Q(membership__user__is_active=True) | Q(team__members__membership__user__is_active=True)
    owners = Binding.objects.filter(active, tenant_id=actor.tenant_id, role__builtin="owner")
    if not owners.filter(account=None, region="", tag="", path="").exists():
        raise ValidationError(_("An organization keeps at least one owner."))


def _described(binding: Binding) -> dict[str, Any]:
    return {
        "role": binding.role.name,
        "membership": binding.membership_id,
        "team": binding.team_id,
        "account": binding.account,
        "region": binding.region,
        "tag": binding.tag,
        "path": binding.path,
    }


def _record(actor: Actor, act: str, target: Target, params: dict[str, Any] | None = None) -> None:
    record.write(tenant_id=actor.tenant_id, act=act, result="ok", actor=actor.who, target=target, params=params)
