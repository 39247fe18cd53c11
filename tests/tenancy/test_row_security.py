"""The database keeps organizations apart by itself: asked as the application's real role."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections

from apps.tenancy import row_security
from apps.tenancy.checks import application_role
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership, Role, Team, Tenant

# Tables that are nobody's: people, what Django keeps, and the organizations themselves (secured by their id).
WITHOUT_TENANT = {"tenancy_tenant", "users_user", "users_attempt", "users_session"}
# A person's second factor, and what django-allauth brings along and nobody writes to.
WITHOUT_TENANT |= {"mfa_authenticator", "account_emailaddress", "account_emailconfirmation"}
OF_DJANGO = ("auth_", "django_")


def rows(query: str, *values) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def test_the_application_is_bound(people):
    name, bypasses = rows("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")[0]
    assert not bypasses
    assert rows("SELECT count(*) FROM pg_tables WHERE tableowner = %s", name) == [(0,)]
    assert application_role(databases=["default"]) == []


def test_a_role_that_is_not_bound_fails_the_check(people, monkeypatch):
    monkeypatch.setattr("apps.tenancy.checks.connections", {"default": connections["owner"]})
    assert [problem.id for problem in application_role(databases=["default"])] == ["tenancy.E001"]
    connections["owner"].close()


def test_no_tenant_table_forgot_row_level_security(people):
    bad = rows(
        """SELECT c.relname FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT (
               c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (
                   SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_isolation'
                   AND p.polcmd = '*' AND p.polpermissive AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL))"""
    )
    assert bad == []


def test_no_table_has_a_policy_that_nobody_meant(people):
    found = rows("SELECT policyname, tablename FROM pg_policies WHERE policyname <> 'tenant_isolation' ORDER BY 1")
    assert found == [
        ("own_memberships", "tenancy_membership"),
        ("own_organizations", "tenancy_tenant"),
        ("owner_reads", "tenancy_tenant"),
    ]


def test_every_table_of_ours_has_a_tenant_or_says_why_not(people):
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        secured = set(row_security.tenant_tables(cursor))
    assert {name for name in tables - secured - WITHOUT_TENANT if not name.startswith(OF_DJANGO)} == set()


def test_no_reference_between_tenant_tables_leaves_the_tenant_out(people):
    with connection.cursor() as cursor:
        bad = [
            one for one in row_security.tenant_references(connection) if not row_security._has_composite(cursor, *one)
        ]
    assert bad == []


def test_the_record_can_only_grow(people):
    found = rows(
        """SELECT table_name, privilege_type FROM information_schema.role_table_grants
           WHERE grantee = current_user AND table_name LIKE 'audit\\_%%' ORDER BY 1, 2"""
    )
    assert {privilege for _table, privilege in found} == {"INSERT", "SELECT"}


def test_applying_again_changes_nothing(people):
    row_security.apply("owner")
    connections["owner"].close()
    test_no_tenant_table_forgot_row_level_security(people)
    test_no_table_has_a_policy_that_nobody_meant(people)


def test_no_tenant_no_rows(people):
    assert not Role.objects.exists()
    assert not Tenant.objects.exists()


def test_one_tenant_sees_its_rows_only(people):
    with tenant_tx(people.tenant_id):
        assert set(Role.objects.values_list("tenant_id", flat=True)) == {people.tenant_id}
        assert Membership.objects.count() == 4
        assert [tenant.id for tenant in Tenant.objects.all()] == [people.tenant_id]


def test_another_tenants_rows_cannot_be_changed_or_deleted(people):
    with tenant_tx(people.outsider.actor.tenant_id):
        assert Role.objects.filter(tenant_id=people.tenant_id).update(name="Mine") == 0
        assert Role.objects.filter(tenant_id=people.tenant_id).delete()[0] == 0


def test_rows_cannot_be_put_or_moved_into_another_tenant(people):
    other = people.outsider.actor.tenant_id
    with pytest.raises(DatabaseError, match="row-level security"), tenant_tx(other):
        Role.objects.create(tenant_id=people.tenant_id, name="Planted", permissions=["*"])
    with pytest.raises(DatabaseError, match="row-level security"), tenant_tx(other):
        Role.objects.update(tenant_id=people.tenant_id)


def test_a_reference_into_another_tenant_is_refused(people):
    with tenant_tx(people.tenant_id):
        role = Role.objects.get(builtin="owner")
        member = Membership.objects.get(user_id=people.owner.user.pk)
    other = people.outsider.actor.tenant_id
    with pytest.raises(IntegrityError), tenant_tx(other):
        Binding.objects.create(tenant_id=other, role=role, membership=Membership.objects.get(tenant_id=other))
    with pytest.raises(IntegrityError), tenant_tx(other):
        Binding.objects.create(tenant_id=other, role=Role.objects.get(builtin="owner"), membership=member)


def test_a_binding_has_one_holder(people):
    with tenant_tx(people.tenant_id):
        role = Role.objects.get(builtin="viewer")
        team = Team.objects.create(tenant_id=people.tenant_id, name="Both")
        member = Membership.objects.first()
    with pytest.raises(IntegrityError), tenant_tx(people.tenant_id):
        Binding.objects.create(tenant_id=people.tenant_id, role=role, membership=member, team=team)
