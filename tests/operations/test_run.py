"""Operations on the real protocol: done once, taken back whole, or said to need attention."""

import pytest

from apps.audit.models import AuditEvent
from apps.operations import claims, control
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.tenancy.context import tenant_tx

RULES = [
    {"type": "https", "source": "0.0.0.0/0"},
    {"type": "tcp", "port_from": 8000, "port_to": 8010, "source": "10.0.0.0/8"},
]


def everything(world, **more):
    return world.launch_values(
        access="new",
        new_key_name=f"key-{world.mark}",
        group_choice="new",
        new_group_name=f"group-{world.mark}",
        rules=RULES,
        tags=[{"key": "env", "value": "prod"}],
        volumes=[{"device": "/dev/sdf", "size": 50, "type": "gp3"}],
        user_data="#!/bin/sh\necho ${HOME}",
        count=2,
        **more,
    )


def test_launch_with_new_key_and_group(world, steps):
    operation = world.launch(everything(world))
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert set(steps(done).values()) == {"done"}
    found = world.instances(f"api-{world.mark}")
    assert len(found) == 2
    assert {i["KeyName"] for i in found} == {f"key-{world.mark}"}
    assert {g["GroupName"] for i in found for g in i["SecurityGroups"]} == {f"group-{world.mark}"}
    assert {tag["Value"] for i in found for tag in i["Tags"] if tag["Key"] == "northgate:operation"} == {
        str(operation.id)
    }
    assert done.result == {"kind": "ec2.instance", "ids": [i["InstanceId"] for i in found]}


def test_every_call_has_its_intent_and_outcome_in_the_audit(world):
    operation = world.launch(everything(world))
    world.run(operation)
    with tenant_tx(world.people.tenant_id):
        rows = list(AuditEvent.objects.filter(operation=operation.id).order_by("id"))
    assert rows[0].result == "intent"
    assert rows[0].step == ""
    assert rows[0].who_name == world.people.operator.actor.name
    calls = [(row.step.split()[1], row.result) for row in rows if row.step]
    for call in (
        "ec2.import_key_pair",
        "ec2.create_security_group",
        "ec2.authorize_security_group_ingress",
        "ec2.run_instances",
    ):
        assert calls.index((call, "intent")) < calls.index((call, "ok"))
    made = [row for row in rows if row.target_kind == "ec2.instance" and row.result == "ok"]
    assert [row.target_name for row in made] == [f"api-{world.mark}"] * 2
    assert "echo" not in str([row.params for row in rows]), "user data may hold secrets"


def test_a_launch_that_fails_takes_back_what_it_made(world, steps):
    world.proxy.rule("RunInstances", code="InsufficientInstanceCapacity", status=500, times=99)
    done = world.run(world.launch(everything(world)))
    assert done.state == "failed"
    assert done.error["code"] == "InsufficientInstanceCapacity"
    assert steps(done) == {
        "import_key_pair": "undone",
        "create_security_group": "undone",
        "authorize_security_group_ingress": "done",
        "run_instances": "failed",
    }
    assert (
        world.aws.describe_key_pairs(Filters=[{"Name": "key-name", "Values": [f"key-{world.mark}"]}])["KeyPairs"] == []
    )
    groups = world.aws.describe_security_groups(Filters=[{"Name": "group-name", "Values": [f"group-{world.mark}"]}])
    assert groups["SecurityGroups"] == []


def test_retry_goes_on_after_the_cause_is_gone(world):
    rule = world.proxy.rule("RunInstances", code="UnauthorizedOperation", status=403, times=99)
    operation = world.launch(everything(world))
    assert world.run(operation).state == "failed"
    rule.times = 0
    with tenant_tx(world.people.tenant_id):
        control.retry(world.people.operator.actor, operation.id)
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert len(world.instances(f"api-{world.mark}")) == 2


def test_a_lost_answer_is_looked_up_not_repeated(world, monkeypatch):
    """The group was made and the answer lost: the tag tells, and no second group is tried."""
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    world.proxy.rule("CreateSecurityGroup", lose=True, times=1)
    done = world.run(world.launch(everything(world)))
    assert done.state == "succeeded", done.error
    assert world.proxy.calls["CreateSecurityGroup"] == 1


def test_throttling_is_waited_out(world):
    world.proxy.rule("RunInstances", code="RequestLimitExceeded", times=6)
    done = world.run(world.launch(world.launch_values()))
    assert done.state == "succeeded", done.error
    assert len(world.instances(f"api-{world.mark}")) == 1


def test_a_repeated_call_carries_the_same_token(world):
    seen = []
    original = running.call

    def spy(account, region, name, params, **more):
        if name == "ec2.run_instances":
            seen.append(params["ClientToken"])
        return original(account, region, name, params, **more)

    running.call = spy
    try:
        world.proxy.rule("RunInstances", code="InternalError", status=500, times=4)
        done = world.run(world.launch(world.launch_values()))
    finally:
        running.call = original
    assert done.state == "succeeded"
    assert len(seen) >= 2
    assert len(set(seen)) == 1


def test_what_can_be_neither_tokened_nor_looked_up_needs_attention(world):
    (instance,) = _launched(world)
    world.sync("ec2.instance")
    world.proxy.rule("RebootInstances", lose=True, times=99)
    done = world.run(world.act("reboot", [instance]))
    assert done.state == "attention"
    assert "Reboot" in done.left[0]["text"]


def test_two_workers_make_one(world):
    operation = world.launch(world.launch_values())
    world.hurry(operation)
    held = claims.claim(world.people.tenant_id, operation.id)
    assert claims.claim(world.people.tenant_id, operation.id) is None
    running.run(world.people.tenant_id, operation.id)
    assert world.proxy.calls["RunInstances"] == 0
    with tenant_tx(world.people.tenant_id):
        claims.release(held, 0)
    assert world.run(operation).state == "succeeded"
    assert world.proxy.calls["RunInstances"] == 1


def test_a_worker_that_lost_its_lease_writes_nothing(world):
    operation = world.launch(world.launch_values())
    old = claims.claim(world.people.tenant_id, operation.id)
    with tenant_tx(world.people.tenant_id):
        Operation.objects.filter(id=operation.id).update(lease_until="2020-01-01T00:00:00Z")
    new = claims.claim(world.people.tenant_id, operation.id)
    assert new.epoch == old.epoch + 1
    with tenant_tx(world.people.tenant_id), pytest.raises(claims.LostClaim):
        claims.assert_held(old)


def test_no_audit_row_no_call(world, monkeypatch):
    """Writing the record fails: nothing may be sent."""
    from apps.audit import record

    operation = world.launch(world.launch_values())

    def refuse(**_):
        raise RuntimeError("disk full")

    monkeypatch.setattr(record, "write", refuse)
    world.hurry(operation)
    running.run(world.people.tenant_id, operation.id)
    assert world.proxy.calls["RunInstances"] == 0


def test_cancel_before_the_first_step(world):
    operation = world.launch(everything(world))
    with tenant_tx(world.people.tenant_id):
        control.cancel(world.people.operator.actor, operation.id)
    done = world.run(operation)
    assert done.state == "cancelled"
    assert sum(world.proxy.calls[name] for name in ("ImportKeyPair", "CreateSecurityGroup", "RunInstances")) == 0


def test_bulk_goes_on_past_a_failure(world):
    one, two = _launched(world, count=2)
    world.sync("ec2.instance")
    world.proxy.rule("StopInstances", code="IncorrectInstanceState", status=400, times=1)
    done = world.run(world.act("stop", [one, two]))
    assert done.state == "failed"
    assert sorted(row.state for row in done.journal) == ["done", "failed"]


def test_change_type_stops_changes_and_starts(world):
    (instance,) = _launched(world)
    world.sync("ec2.instance")
    done = world.run(world.act("change-type", [instance], {"type": "t3.small", "stop": True}))
    assert done.state == "succeeded", done.error
    assert [row.call for row in done.journal] == [
        "ec2.stop_instances",
        "ec2.modify_instance_attribute",
        "ec2.start_instances",
    ]
    (found,) = world.instances(f"api-{world.mark}")
    assert (found["InstanceType"], found["State"]["Name"]) == ("t3.small", "running")


def test_inventory_follows_an_operation(world):
    from apps.inventory.models import Entry

    (instance,) = _launched(world)
    with tenant_tx(world.people.tenant_id):
        assert Entry.objects.get(resource_id=instance).state == "running"
    world.run(world.act("terminate", [instance]))
    with tenant_tx(world.people.tenant_id):
        assert Entry.objects.get(resource_id=instance).state == "terminated"


def test_a_crash_after_the_call_is_settled_with_the_same_token(world):
    """The worker died between the call and its outcome: `started` stands in the journal."""
    operation = world.launch(world.launch_values())
    world.hurry(operation)
    with tenant_tx(world.people.tenant_id):
        OperationStep.objects.filter(operation_id=operation.id).update(
            state="started", attempts=1, sent_at="2020-01-01T00:00:00Z"
        )
    done = world.run(operation)
    assert done.state == "succeeded"
    assert world.proxy.calls["RunInstances"] == 1


def _launched(world, count=1):
    done = world.run(world.launch(world.launch_values(count=count)))
    assert done.state == "succeeded", done.error
    return done.result["ids"]


def test_a_page_follows_its_cursor(world):
    from apps.operations import query

    actor = world.people.operator.actor
    for _ in range(3):
        world.launch(world.launch_values())
    with tenant_tx(actor.tenant_id):
        first = query.recent(actor, limit=2)
        second = query.recent(actor, limit=2, cursor=first.next)
    assert query.is_cursor(first.next)
    assert not query.is_cursor("yesterday")
    assert not {one.id for one in first.operations} & {one.id for one in second.operations}
    assert first.operations[-1].created_at >= second.operations[0].created_at
