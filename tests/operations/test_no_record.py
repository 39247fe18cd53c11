"""No record, no call: while the record can't be written, nothing leaves for AWS that changes anything."""

import contextlib

import psycopg
import pytest
from django.db import DatabaseError, connection

from apps.audit.models import AuditEvent
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.operations.test_edges import once
from tests.operations.test_run import everything

MUTATIONS = (
    "Create",
    "Run",
    "Import",
    "Stop",
    "Start",
    "Terminate",
    "Delete",
    "Authorize",
    "Modify",
    "Attach",
    "Reboot",
)


@pytest.fixture
def root(postgres):
    with psycopg.connect(postgres, dbname=connection.settings_dict["NAME"], autocommit=True) as found:
        yield found


@contextlib.contextmanager
def revoked(root):
    app = connection.settings_dict["USER"]
    root.execute(f"REVOKE INSERT ON audit_event FROM {app}")
    try:
        yield
    finally:
        root.execute(f"GRANT INSERT ON audit_event TO {app}")


@contextlib.contextmanager
def full(root, when="true"):
    """As PostgreSQL says it when the disk has no room for the row; `when` is about the new row."""
    root.execute(
        f"""CREATE FUNCTION test_disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF {when} THEN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
            END IF;
            RETURN NEW; END $$"""
    )
    root.execute(
        "CREATE TRIGGER test_disk_full BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION test_disk_full()"
    )
    try:
        yield
    finally:
        root.execute("DROP TRIGGER test_disk_full ON audit_event")
        root.execute("DROP FUNCTION test_disk_full()")


TROUBLES = {"revoked": revoked, "full": full}
trouble = pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)


def mutations(world):
    return {name: count for name, count in world.proxy.calls.items() if name.startswith(MUTATIONS)}


def intents(world, operation):
    with tenant_tx(world.people.tenant_id):
        rows = AuditEvent.objects.filter(tenant_id=world.people.tenant_id, operation=operation.id, result="intent")
        return [event.step.partition(".")[2] for event in rows.order_by("id") if event.step]


@trouble
def test_nothing_is_even_asked_for(world, root, trouble):
    with tenant_tx(world.people.tenant_id):
        before = Operation.objects.filter(tenant_id=world.people.tenant_id).count()
    with trouble(root), pytest.raises(DatabaseError):
        world.launch(everything(world))
    with tenant_tx(world.people.tenant_id):
        assert Operation.objects.filter(tenant_id=world.people.tenant_id).count() == before
    assert mutations(world) == {}


@trouble
def test_a_worker_makes_no_call_and_does_all_of_it_afterwards(world, root, trouble):
    operation = world.launch(everything(world))
    with trouble(root):
        for _ in range(3):
            once(world, operation)
        assert mutations(world) == {}
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert mutations(world)["RunInstances"] == 1
    assert len(world.instances(f"api-{world.mark}")) == 2


@pytest.mark.parametrize("call", ["create_security_group", "authorize_security_group_ingress", "run_instances"])
def test_the_record_fills_up_midway(world, root, call):
    """What is on the record was called; what isn't was not."""
    operation = world.launch(everything(world))
    action = "".join(word.title() for word in call.split("_"))
    with full(root, f"NEW.result = 'intent' AND NEW.step LIKE '%.{call}'"):
        once(world, operation)
        assert action not in mutations(world)
        assert call not in intents(world, operation)
        assert sum(mutations(world).values()) == len(intents(world, operation))
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert mutations(world)[action] == 1


def test_nothing_is_taken_back_without_the_record_either(world, root):
    world.proxy.rule("RunInstances", code="InvalidParameterValue", status=400, times=99)
    operation = world.launch(everything(world))
    with full(root, "NEW.result = 'intent' AND NEW.step LIKE '%.delete_%'"):
        once(world, operation)
        with revoked(root):
            once(world, operation)
        assert not [name for name in mutations(world) if name.startswith("Delete")]
    done = world.run(operation)
    assert done.state == "failed"  # and nothing is left
    assert [name for name in mutations(world) if name.startswith("Delete")]


def test_a_lost_outcome_is_looked_up_and_not_called_again(world, root):
    """The call was made and its outcome can't be written: the next worker finds what became of it."""
    operation = world.launch(everything(world))
    with full(root, "NEW.result = 'ok' AND NEW.step LIKE '%.run_instances'"):
        once(world, operation)
        assert mutations(world)["RunInstances"] == 1
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert mutations(world)["RunInstances"] == 1
    assert len(world.instances(f"api-{world.mark}")) == 2
