"""A wizard cut before and after each of its calls: it ends whole, or taken back, or naming what it left."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from apps.operations import run as running
from apps.operations import undoing
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.operations.test_run import everything

MAKES = ("import_key_pair", "create_security_group", "authorize_security_group_ingress", "run_instances")
TAKES_BACK = ("terminate_instances", "delete_security_group", "delete_key_pair")


class Cut(BaseException):
    """The worker's death: nothing of the panel's catches it."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)


def cut(monkeypatch, name, when):
    """The first such call is the last thing that a worker does."""
    left = [name]
    for module in (running, undoing):

        def dying(account, region, call, params, *more, made=module.call, **named):
            if call != f"ec2.{name}" or not left:
                return made(account, region, call, params, *more, **named)
            left.pop()
            if when == "after":
                made(account, region, call, params, *more, **named)
            raise Cut

        monkeypatch.setattr(module, "call", dying)


def die(world, operation):
    with pytest.raises(Cut):
        world.run(operation)
    with tenant_tx(world.people.tenant_id):  # its lease runs out
        Operation.objects.filter(id=operation.id).update(lease_until="2020-01-01T00:00:00Z")


def there(world, operation):
    """What AWS has of the operation: ids to names."""
    tagged = [{"Name": "tag:northgate:operation", "Values": [str(operation.id)]}]
    alive = [*tagged, {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    found = world.aws.describe_instances(Filters=alive)["Reservations"]
    groups = world.aws.describe_security_groups(Filters=tagged)["SecurityGroups"]
    keys = world.aws.describe_key_pairs(Filters=tagged)["KeyPairs"]
    return (
        {i["InstanceId"]: i["InstanceId"] for r in found for i in r["Instances"]}
        | {group["GroupId"]: group["GroupName"] for group in groups}
        | {key["KeyName"]: key["KeyName"] for key in keys}
    )


def nothing_unnamed(world, done):
    told = json.dumps(done.left)
    for id, name in there(world, done).items():
        assert done.state == "attention", (id, done.state)
        assert id in told or name in told, (id, name, told)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", MAKES)
def test_it_is_made_once_however_the_worker_died(world, monkeypatch, name, when):
    cut(monkeypatch, name, when)
    operation = world.launch(everything(world))
    die(world, operation)
    done = world.run(operation)
    assert done.state == "succeeded", done.error
    assert len(there(world, done)) == 4, "two instances, a group and a key pair"
    assert world.proxy.calls["ImportKeyPair"] == world.proxy.calls["CreateSecurityGroup"] == 1
    assert world.proxy.calls["RunInstances"] == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", TAKES_BACK)
def test_it_is_taken_back_however_the_worker_died(world, monkeypatch, name, when):
    cut(monkeypatch, name, when)
    # Launched, and never seen running: whatever it waits for, the last step fails.
    operation = world.launch(everything(world))
    plan = world.read(operation).plan
    plan["steps"][-1]["until"] |= {"states": ["nonesuch"], "timeout": -1}
    with tenant_tx(world.people.tenant_id):
        Operation.objects.filter(id=operation.id).update(plan=plan)
    die(world, operation)
    done = world.run(operation)
    assert done.state == "failed", done.left
    assert there(world, done) == {}


@pytest.mark.parametrize("how", [{"code": "InternalError", "status": 500}, {"lose": True}], ids=["before", "after"])
@pytest.mark.parametrize("name", ["ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress"])
def test_no_orphan_is_unnamed_where_aws_never_answers(world, name, how):
    world.proxy.rule(name, times=999, **how)
    done = world.run(world.launch(everything(world)), goes=60)
    assert done.state in {"succeeded", "failed", "attention"}
    if done.state != "succeeded":
        nothing_unnamed(world, done)


@pytest.mark.parametrize("how", [{"code": "InternalError", "status": 500}, {"lose": True}], ids=["before", "after"])
def test_a_launch_without_an_answer_is_looked_up_in_the_end(world, how):
    world.proxy.rule("RunInstances", times=999, **how)
    done = world.run(world.launch(everything(world)), goes=60)
    assert done.state == ("succeeded" if "lose" in how else "failed"), done.error
    assert len(there(world, done)) == (4 if "lose" in how else 0)


def test_a_refusal_after_a_lost_answer_is_not_believed(world):
    """The launch took effect, its answer was lost, and then the account was throttled until nobody asked any more."""
    world.proxy.rule("RunInstances", lose=True)
    world.proxy.rule("RunInstances", times=999, code="RequestLimitExceeded")
    done = world.run(world.launch(everything(world)), goes=60)
    assert done.state == "succeeded", done.error
    assert len(there(world, done)) == 4


def test_what_is_hidden_for_a_moment_is_taken_back_all_the_same(world):
    world.proxy.rule("RunInstances", times=99, code="UnauthorizedOperation", status=403)
    world.proxy.rule("DeleteSecurityGroup", times=2, code="InvalidGroup.NotFound", status=400)
    done = world.run(world.launch(everything(world)))
    assert done.state == "failed"
    assert there(world, done) == {}
    assert done.error["code"] == "UnauthorizedOperation", "why it failed, not what was in the way of taking it back"


def test_what_is_not_there_is_taken_back(world):
    world.proxy.rule("RunInstances", times=99, code="UnauthorizedOperation", status=403)
    world.proxy.rule("DeleteSecurityGroup", times=99, code="InvalidGroup.NotFound", status=400)
    done = world.run(world.launch(everything(world)))
    assert (done.state, world.proxy.calls["DeleteKeyPair"]) == ("failed", 1)


def test_a_stop_that_may_still_take_effect_is_waited_out(world, monkeypatch):
    """Its answer was lost on the way: it would stop the instance after somebody else's start of it."""
    made = world.run(world.launch(world.launch_values()))
    world.sync("ec2.instance")
    monkeypatch.setattr(running, "IN_FLIGHT", 600)
    world.proxy.reset()
    world.proxy.rule("StopInstances", lose=True)
    operation = world.act("stop", made.result["ids"])
    for _ in range(3):
        world.hurry(operation)
        running.run(world.people.tenant_id, operation.id)
    assert world.read(operation).state == "running"
    assert world.proxy.calls["StopInstances"] == 1
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    assert world.run(operation).state == "succeeded"


def test_a_message_delivered_five_times_has_one_effect(world):
    operation = world.launch(everything(world))

    def deliver(_n):
        try:
            running.run(world.people.tenant_id, operation.id)
        finally:
            connection.close()

    for _ in range(30):
        world.hurry(operation)
        with ThreadPoolExecutor(5) as pool:
            list(pool.map(deliver, range(5)))
        if world.read(operation).ended:
            break
    done = world.read(operation)
    assert done.state == "succeeded", done.error
    assert len(there(world, done)) == 4
    for name in ("ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RunInstances"):
        assert world.proxy.calls[name] == 1, name


def test_a_database_that_is_away_ends_no_operation(world, monkeypatch):
    operation = world.launch(world.launch_values())
    monkeypatch.setattr(running, "Journal", _gone)
    for _ in range(12):
        world.hurry(operation)
        running.run(world.people.tenant_id, operation.id)
        with tenant_tx(world.people.tenant_id):
            Operation.objects.filter(id=operation.id).update(lease_until="2020-01-01T00:00:00Z")
    monkeypatch.undo()
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    assert world.run(operation).state == "succeeded"


def _gone(_held):
    raise OperationalError("server closed the connection unexpectedly")


def test_a_worker_that_was_held_up_sends_nothing(world, monkeypatch):
    """By then another may have looked up what came of the call, and found nothing."""
    monkeypatch.setattr(running, "SLACK", -1)
    operation = world.launch(everything(world))
    world.hurry(operation)
    running.run(world.people.tenant_id, operation.id)
    first = world.read(operation).journal[0]
    assert (first.state, first.error["code"], first.error["changed"]) == ("planned", "NotSent", "no")
    assert world.proxy.calls["ImportKeyPair"] == 0
    monkeypatch.setattr(running, "SLACK", 5)
    assert world.run(operation).state == "succeeded"
