from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.audit.models import AuditEvent
from apps.tenancy import members
from apps.tenancy.access import Denied, Grant, allowed
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership, Role
from apps.tenancy.organization import create_tenant
from tests.people import make_user


@pytest.fixture
def inside(people):
    with tenant_tx(people.tenant_id):
        yield people


def role(key: str) -> Role:
    return Role.objects.get(builtin=key)


def membership(person) -> Membership:
    return Membership.objects.get(user_id=person.user.pk)


def test_a_new_organization_has_its_roles_and_owner(inside):
    assert set(Role.objects.values_list("builtin", flat=True)) == {"owner", "operator", "viewer", "auditor"}
    assert inside.owner.actor.grants == (Grant("Owner", ("*",)),)


def test_a_short_name_is_taken_once_and_well_formed(people):
    user = make_user("founder")
    with pytest.raises(IntegrityError):
        create_tenant("Again", people.tenant.slug, user)
    with pytest.raises(ValidationError):
        create_tenant("Bad", "Not a slug", user)


def test_a_team_gives_its_roles(inside):
    account = uuid4()
    team = members.create_team(inside.owner.actor, "Payments")
    members.bind(inside.owner.actor, role("operator"), team, account=account)
    members.join_team(inside.owner.actor, team, membership(inside.viewer))
    actor = load_actor(inside.tenant_id, inside.viewer.user.pk)
    assert allowed(actor, "ec2.instance.stop", account=account)
    assert not allowed(actor, "ec2.instance.stop", account=uuid4())
    members.leave_team(inside.owner.actor, team, membership(inside.viewer))
    assert load_actor(inside.tenant_id, inside.viewer.user.pk).grants == inside.viewer.actor.grants


def test_only_who_may_changes_members(inside):
    for person in (inside.operator, inside.viewer, inside.auditor):
        with pytest.raises(Denied):
            members.add_member(person.actor, make_user("new"))
        with pytest.raises(Denied):
            members.bind(person.actor, role("owner"), membership(person))


def test_nobody_gives_more_than_they_have(inside):
    owner = inside.owner.actor
    account = uuid4()
    limited = members.create_role(owner, "Personnel", ["tenancy.*.*", "*.*.read"])
    members.bind(owner, limited, membership(inside.viewer))
    personnel = load_actor(inside.tenant_id, inside.viewer.user.pk)
    members.bind(personnel, role("viewer"), membership(inside.auditor), account=account)
    for reckless in ("owner", "operator", "auditor"):
        with pytest.raises(Denied):
            members.bind(personnel, role(reckless), membership(inside.viewer), account=account)
    with pytest.raises(Denied):
        members.create_role(personnel, "All", ["*"])
    team = members.create_team(personnel, "Gate")
    members.bind(owner, role("owner"), team)
    with pytest.raises(Denied):
        members.join_team(personnel, team, membership(inside.viewer))


def test_a_member_leaves_with_roles_and_tokens(inside):
    held = membership(inside.viewer)
    members.remove_member(inside.owner.actor, held.id)
    assert load_actor(inside.tenant_id, inside.viewer.user.pk) is None
    assert not Binding.objects.filter(membership_id=held.id).exists()


def test_an_owner_always_remains(people):
    owner = people.owner.actor
    with pytest.raises(ValidationError), tenant_tx(people.tenant_id):
        members.remove_member(owner, owner.membership_id)
    with pytest.raises(ValidationError), tenant_tx(people.tenant_id):
        members.unbind(owner, Binding.objects.get(membership_id=owner.membership_id).id)
    with tenant_tx(people.tenant_id):
        second = members.bind(owner, role("owner"), membership(people.operator))
        members.unbind(owner, Binding.objects.get(membership_id=owner.membership_id).id)
        assert Binding.objects.filter(id=second.id).exists()


def test_each_change_is_recorded(inside):
    binding = members.bind(inside.owner.actor, role("viewer"), membership(inside.auditor), region="eu-west-1")
    members.unbind(inside.owner.actor, binding.id)
    row = AuditEvent.objects.filter(act="tenancy.binding.delete").latest("id")
    assert (row.who_name, row.params["role"], row.params["region"]) == (inside.owner.user.name, "Viewer", "eu-west-1")


def test_a_tag_is_key_and_value(inside):
    with pytest.raises(ValidationError):
        members.bind(inside.owner.actor, role("viewer"), membership(inside.auditor), tag="env")


def test_a_role_on_a_path_comes_with_the_actor_and_is_no_whole(inside):
    members.bind(inside.owner.actor, role("operator"), membership(inside.viewer), path="acme/logs/*")
    known = load_actor(inside.tenant_id, inside.viewer.user.id)
    assert allowed(known, "s3.object.write", path="acme/logs/x")
    assert not allowed(known, "s3.object.write", path="acme/other")
    assert not allowed(known, "ec2.instance.stop")
    row = AuditEvent.objects.filter(act="tenancy.binding.create").latest("id")
    assert row.params["path"] == "acme/logs/*"


@pytest.mark.parametrize(
    "path", ["acme", "acme/*/x", "acme/**", "acme/logs", "acme/logs/", "*/logs/*", "/logs/*", " acme/logs/*"]
)
def test_a_path_is_a_holder_and_a_beginning(inside, path):
    with pytest.raises(ValidationError, match="bucket/prefix"):
        members.bind(inside.owner.actor, role("viewer"), membership(inside.auditor), path=path)


def test_who_holds_a_role_on_a_path_only_gives_no_more(inside):
    members.bind(inside.owner.actor, role("owner"), membership(inside.operator), path="acme/logs/*")
    narrow = load_actor(inside.tenant_id, inside.operator.user.id)
    with pytest.raises(Denied):
        members.bind(narrow, role("viewer"), membership(inside.auditor), path="acme/*")
