"""What can go wrong around a worker: accounts that are gone, answers nobody expects, messages that come again."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connections

from apps.audit.models import AuditEvent
from apps.cloud import accounts, clients
from apps.cloud.connect import Draft
from apps.cloud.models import Account
from apps.inventory.models import Entry
from apps.operations import claims, control
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.tenancy.context import tenant_tx
from tests.operations.conftest import REGION
from tests.operations.test_run import everything


@pytest.fixture
def own(world):
    """The same world with an account that a test may remove."""
    draft = Draft(
        name=f"own {world.mark}",
        number="123456789012",
        regions=(REGION,),
        credential="keys",
        access_key="AKIA" + secrets.token_hex(8).upper(),
        secret_key="secret",
        endpoints={"*": world.proxy.url},
    )
    account = accounts.create_account(world.people.owner.actor, draft, check=False)
    made = replace(world, account=account, aws=clients.client(account, "ec2", REGION))
    made.sync("ec2.vpc", "ec2.subnet", "ec2.security-group", "ec2.key-pair")
    # The catalogues are the same for every account, and reading them takes seconds.
    with tenant_tx(world.people.tenant_id):
        catalogues = Entry.objects.filter(account=world.account, kind__in=["ec2.image", "ec2.instance-type"])
        for entry in (found := list(catalogues)):
            entry.pk, entry.account_id = None, account.id
        Entry.objects.bulk_create(found)
    return made


def once(world, operation):
    """One go of a worker."""
    world.hurry(operation)
    running.run(world.people.tenant_id, operation.id)
    return world.read(operation)


def change(world, operation, **changes):
    with tenant_tx(world.people.tenant_id):
        Operation.objects.filter(id=operation.id).update(**changes)


def halfway(world):
    """A launch whose key pair and group are made, and whose instances AWS puts off."""
    world.proxy.rule("RunInstances", code="RequestLimitExceeded", times=99)
    operation = world.launch(everything(world))
    read = once(world, operation)
    assert [row.state for row in read.journal if row.call == "ec2.create_security_group"] == ["done"]
    return operation


def test_what_an_account_that_was_removed_holds_is_named_and_not_called_taken_back(own, steps):
    operation = halfway(own)
    accounts.delete_account(own.people.owner.actor, own.account.id)
    done = own.run(operation)
    assert done.state == "attention"
    assert done.error["code"] == "AccountRemoved"
    assert "undone" not in steps(done).values()
    left = " ".join(each["text"] for each in done.left)
    assert f"key-{own.mark}" in left
    assert f"group-{own.mark}" in left


def test_a_call_without_an_answer_in_an_account_that_was_removed_is_in_doubt(own, monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    own.proxy.rule("CreateSecurityGroup", lose=True, times=99)
    operation = own.launch(everything(own))
    once(own, operation)
    accounts.delete_account(own.people.owner.actor, own.account.id)
    done = own.run(operation)
    assert done.state == "attention"
    assert any("not known" in each["text"] for each in done.left)


def test_waiting_in_an_account_that_was_removed_says_why(own):
    operation = own.launch(own.launch_values())
    own.proxy.rule("DescribeInstances", code="RequestLimitExceeded", times=99)
    assert once(own, operation).journal[-1].state == "waiting"
    accounts.delete_account(own.people.owner.actor, own.account.id)
    done = own.run(operation)
    assert done.state == "attention"
    assert done.error["code"] == "AccountRemoved"


def test_a_look_up_that_is_never_allowed_ends(world, monkeypatch):
    """The answer was lost, and the role may not look: a person must, and no worker asks forever."""
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    world.proxy.rule("CreateSecurityGroup", lose=True, times=99)
    operation = world.launch(everything(world))
    once(world, operation)
    world.proxy.rule("DescribeSecurityGroups", code="UnauthorizedOperation", status=403, times=999)
    done = world.run(operation, goes=30)
    assert done.state == "attention"
    assert any("not known" in each["text"] for each in done.left)


@pytest.mark.parametrize("part", ["until", "touches"])
def test_a_kind_that_is_declared_no_more_doesnt_keep_a_worker(world, part):
    operation = world.launch(world.launch_values())
    plan = world.read(operation).plan
    for step in plan["steps"]:
        if part == "until" and step["until"]:
            step["until"]["kind"] = "ec2.nonesuch"
        elif part == "touches":
            step["touches"] = [["ec2.nonesuch", None]]
    change(world, operation, plan=plan)
    done = world.run(operation)
    assert done.state == ("attention" if part == "until" else "succeeded")
    assert len(world.instances(f"api-{world.mark}")) == 1


@pytest.mark.parametrize("broken", ["reference", "call", "shape"])
def test_a_plan_that_no_worker_can_carry_out_ends(world, broken):
    """Whatever it is that fails, it fails each time: after some tries a person must look."""
    operation = world.launch(everything(world))
    plan = world.read(operation).plan
    last = plan["steps"][-1]
    if broken == "reference":
        last["params"]["KeyName"] = {"$ref": "s1", "path": "No.Such.Path"}
    elif broken == "call":
        last["call"] = "ec2.no_such_call"
    else:
        del last["params"]
    change(world, operation, plan=plan)
    done = world.run(operation, goes=60)
    assert done.state in {"attention", "failed"}
    assert done.error
    assert world.instances(f"api-{world.mark}") == []
    if done.state == "attention":
        assert f"group-{world.mark}" in " ".join(each["text"] for each in done.left)
    with tenant_tx(world.people.tenant_id):
        last = AuditEvent.objects.filter(operation=operation.id).latest("id")
    assert last.result == {"attention": "unknown", "failed": "failed"}[done.state]


def test_a_failing_worker_says_so_and_its_next_go_succeeds(world, monkeypatch):
    from apps.audit import record

    operation = world.launch(world.launch_values())
    with monkeypatch.context() as patch:

        def refuse(**_):
            raise RuntimeError("disk full: password=hunter2")

        patch.setattr(record, "write", refuse)
        read = once(world, operation)
    assert read.state == "running"
    assert "hunter2" not in str(read.error)
    done = world.run(operation)
    assert (done.state, done.error) == ("succeeded", None)


def test_a_message_that_comes_five_times_is_done_once(world):
    operation = world.launch(world.launch_values())
    world.hurry(operation)

    def deliver(_):
        try:
            running.run(world.people.tenant_id, operation.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(deliver, range(5)))
    for _ in range(5):
        running.run(world.people.tenant_id, operation.id)
    assert world.run(operation).state == "succeeded"
    assert world.proxy.calls["RunInstances"] == 1
    for _ in range(5):
        running.run(world.people.tenant_id, operation.id)
    assert world.proxy.calls["RunInstances"] == 1


def test_a_lease_lost_during_the_call_makes_nothing_twice(world):
    """The worker hangs in the call; another takes over, and the first may write nothing when it wakes."""
    operation = world.launch(world.launch_values())
    rule = world.proxy.rule("RunInstances", hold=True, times=1)
    world.hurry(operation)

    def work():
        try:
            running.run(world.people.tenant_id, operation.id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(work)
        assert rule.reached.wait(20)
        change(world, operation, lease_until="2020-01-01T00:00:00Z", due_at="2020-01-01T00:00:00Z")
        with tenant_tx(world.people.tenant_id):
            taken = Operation.objects.get(id=operation.id).epoch
        second = claims.claim(world.people.tenant_id, operation.id)
        assert second is not None
        assert second.epoch == taken + 1
        rule.go.set()
        first.result(30)
    read = world.read(operation)
    assert (read.state, read.epoch, read.journal[-1].state) == ("running", second.epoch, "started")
    with tenant_tx(world.people.tenant_id):
        claims.release(second, 0)
    assert world.run(operation).state == "succeeded"
    assert len(world.instances(f"api-{world.mark}")) == 1


def test_a_retry_while_a_worker_has_it_is_refused(world):
    operation = halfway(world)
    with tenant_tx(world.people.tenant_id), pytest.raises(control.Impossible, match="under way"):
        control.retry(world.people.operator.actor, operation.id)


def test_a_worker_that_dies_while_it_takes_back_is_followed_by_one_that_goes_on(world, steps):
    world.proxy.rule("RunInstances", code="InvalidParameterValue", status=400, times=99)
    world.proxy.rule("DeleteSecurityGroup", code="DependencyViolation", status=400, times=1)
    operation = world.launch(everything(world))
    read = once(world, operation)
    assert steps(read)["create_security_group"] == "undoing"
    done = world.run(operation)
    assert done.state == "failed"
    assert steps(done)["create_security_group"] == steps(done)["import_key_pair"] == "undone"
    assert (
        world.aws.describe_key_pairs(Filters=[{"Name": "key-name", "Values": [f"key-{world.mark}"]}])["KeyPairs"] == []
    )


def test_steps_that_were_never_begun_are_not_left_as_planned(world):
    """The worker died between the failure and the note that the rest is skipped."""
    operation = world.launch(everything(world))
    with tenant_tx(world.people.tenant_id):
        rows = OperationStep.objects.filter(operation_id=operation.id).order_by("position")
        OperationStep.objects.filter(id=rows[0].id).update(state="failed")
    done = world.run(operation)
    assert "planned" not in {row.state for row in done.journal}


def test_a_credential_that_can_not_be_read_fails_in_words(own):
    operation = own.launch(own.launch_values())
    with tenant_tx(own.people.tenant_id):
        Account.objects.filter(id=own.account.id).update(secret=b"\x01" + b"x" * 80)
    clients.forget(own.account)
    done = own.run(operation)
    assert done.state == "failed"
    assert done.error["code"] == "CredentialUnreadable"
    assert own.proxy.calls["RunInstances"] == 0
