from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import record
from apps.audit.models import AuditEvent
from apps.audit.record import Target, Who
from apps.tenancy.context import tenant_tx

ADA = Who("user", "u-1", "Ada", "192.0.2.1", "s-1")


def write(people, **more):
    values = {"tenant_id": people.tenant_id, "act": "ec2.instance.stop", "result": "ok", "actor": ADA, **more}
    record.write(**values)


def newest(people) -> AuditEvent:
    with tenant_tx(people.tenant_id):
        return AuditEvent.objects.filter(tenant_id=people.tenant_id).latest("id")


def test_a_row_says_who_what_where_and_how(people):
    operation = uuid4()
    with tenant_tx(people.tenant_id):
        write(
            people,
            target=Target("ec2.instance", "i-1", "web", "a-1", "prod", "eu-west-1", "arn:aws:ec2:x"),
            params={"InstanceIds": ["i-1"], "Password": "hunter2"},
            before={"state": "running"},
            after={"state": "stopped"},
            operation=operation,
            step="s1",
            plan_hash="abc",
            request_ids=["r-1"],
        )
    row = newest(people)
    assert (row.act, row.result, row.who_name, row.who_address) == ("ec2.instance.stop", "ok", "Ada", "192.0.2.1")
    assert (row.target_id, row.target_account_name, row.target_region) == ("i-1", "prod", "eu-west-1")
    assert row.params == {"InstanceIds": ["i-1"], "Password": {"redacted": "secret"}}
    assert (row.before, row.after) == ({"state": "running"}, {"state": "stopped"})
    assert (row.operation, row.step, row.plan_hash, row.request_ids) == (operation, "s1", "abc", ["r-1"])


def test_the_database_says_when_and_in_which_transaction(people):
    with tenant_tx(people.tenant_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            number = cursor.fetchone()[0]
        write(people)
        write(people)
        first, second = AuditEvent.objects.filter(tenant_id=people.tenant_id).order_by("-id")[:2]
    assert first.xid == second.xid == number
    assert first.at > second.at


def test_a_rolled_back_act_leaves_no_row(people):
    def act():
        with tenant_tx(people.tenant_id):
            write(people, act="ec2.instance.reboot")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert newest(people).act != "ec2.instance.reboot"


def test_outside_a_transaction_it_refuses(people):
    with pytest.raises(RuntimeError):
        write(people)


def test_outside_the_tenants_own_transaction_it_refuses(people):
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        write(people)
    with pytest.raises(DatabaseError, match="row-level security"), tenant_tx(people.outsider.actor.tenant_id):
        write(people)


def test_an_unknown_result_is_an_error(people):
    with tenant_tx(people.tenant_id), pytest.raises(ValueError, match="maybe"):
        write(people, result="maybe")


def test_awkward_text_is_stored(people):
    with tenant_tx(people.tenant_id):
        write(people, target=Target(name="a\x00b\ud800"), params={"na\x00me": "\ud800\x00"}, reason="x\x00")
    row = newest(people)
    assert row.target_name == "a\ufffdb?"
    assert row.params == {"na\ufffdme": "?\ufffd"}


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET act = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"]
)
def test_the_application_can_neither_change_nor_delete(people, statement):
    denied = pytest.raises(DatabaseError, match="permission denied")
    with denied, tenant_tx(people.tenant_id), connection.cursor() as cursor:
        cursor.execute(statement)
