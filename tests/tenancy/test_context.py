import threading
from uuid import uuid4

import pytest
from django.db import InterfaceError, OperationalError, connection, connections, transaction

from apps.tenancy.context import WrongTenant, current_tenant, person_tx, tenant_ids, tenant_tx
from apps.tenancy.models import Membership, Role, Tenant


def setting(name: str = "app.tenant") -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        return cursor.fetchone()[0] or ""


def test_the_tenant_is_set_inside_and_gone_outside(people):
    with tenant_tx(people.tenant_id):
        assert current_tenant() == people.tenant_id
        assert setting() == str(people.tenant_id)
    assert current_tenant() is None
    assert setting() == ""


def test_text_will_do_and_nonsense_will_not(people):
    with tenant_tx(str(people.tenant_id)):
        assert Role.objects.count() == 4
    with pytest.raises(ValueError, match="badly formed"), tenant_tx("nonsense"):
        pass


def test_nested_in_the_same_tenant_is_a_savepoint(people):
    with tenant_tx(people.tenant_id):
        with tenant_tx(people.tenant_id):
            Role.objects.create(tenant_id=people.tenant_id, name="Lost")
            transaction.set_rollback(True)
        Role.objects.create(tenant_id=people.tenant_id, name="Kept")
        assert setting() == str(people.tenant_id)
    with tenant_tx(people.tenant_id):
        assert set(Role.objects.filter(name__in=["Lost", "Kept"]).values_list("name", flat=True)) == {"Kept"}


def test_nested_in_another_tenant_it_refuses_and_stays(people):
    with tenant_tx(people.tenant_id):
        with pytest.raises(WrongTenant), tenant_tx(uuid4()):
            pass
        assert setting() == str(people.tenant_id)


def test_inside_a_plain_transaction_the_tenant_ends_with_its_block(people):
    other = people.outsider.actor.tenant_id
    with transaction.atomic():
        for tenant in (people.tenant_id, other):
            with tenant_tx(tenant):
                assert setting() == str(tenant)
            assert setting() == ""
        with pytest.raises(ZeroDivisionError), tenant_tx(other):
            raise ZeroDivisionError
        assert setting() == ""
        assert not Role.objects.exists()


def test_the_person_is_restored_at_a_nested_exit(people):
    person = people.owner.user.pk
    with tenant_tx(people.tenant_id):
        with tenant_tx(people.tenant_id, person):
            assert setting("app.user") == str(person)
        assert setting("app.user") == ""


def test_hooks_after_commit_may_enter_a_tenant(people):
    seen = []

    def hook() -> None:
        assert current_tenant() is None
        with tenant_tx(people.tenant_id):
            seen.append(Role.objects.count())

    with tenant_tx(people.tenant_id):
        transaction.on_commit(hook)
    assert seen == [4]


def test_another_thread_is_in_no_tenant(people):
    seen = []

    def look() -> None:
        seen.append((current_tenant(), Role.objects.count()))
        connections.close_all()

    with tenant_tx(people.tenant_id):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [(None, 0)]


def test_a_lost_connection_leaves_no_tenant_behind(people):
    def lose():
        with tenant_tx(people.tenant_id):
            connection.connection.close()
            Role.objects.count()

    with pytest.raises((OperationalError, InterfaceError)):
        lose()
    assert current_tenant() is None
    with tenant_tx(people.outsider.actor.tenant_id):
        assert Role.objects.count() == 4


def test_a_person_reads_their_own_memberships_and_organizations_only(people):
    with person_tx(people.viewer.user.pk):
        assert [one.tenant_id for one in Membership.objects.all()] == [people.tenant_id]
        assert [one.id for one in Tenant.objects.all()] == [people.tenant_id]
        assert not Role.objects.exists()


def test_a_dispatcher_lists_ids_though_it_reads_no_organization(people):
    assert {people.tenant_id, people.outsider.actor.tenant_id} <= set(tenant_ids())
    assert not Tenant.objects.exists()
    assert not Membership.objects.exists()
