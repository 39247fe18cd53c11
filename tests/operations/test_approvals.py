"""A second person decides: nothing is done before, and nothing but the plan that was shown."""

import secrets
from dataclasses import replace

import pytest

from apps.audit.models import AuditEvent
from apps.cloud.models import Account, Approval
from apps.operations import approvals, control, preview, query
from apps.operations import run as running
from apps.operations.approvals import Undecidable
from apps.operations.prepare import Missing
from apps.tenancy.access import Denied
from apps.tenancy.context import tenant_tx

VERB = "terminate"


@pytest.fixture
def guarded(world):
    """guarded(policy) sets the account's policy; afterwards it is as before."""

    def put(policy):
        with tenant_tx(world.people.tenant_id):
            Account.objects.filter(id=world.account.id).update(approval=policy)

    yield put
    put(Approval.NONE)


@pytest.fixture
def instance(world):
    image = world.aws.describe_images(Filters=[{"Name": "name", "Values": ["al2023*"]}])["Images"][0]["ImageId"]
    made = world.aws.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    world.sync("ec2.instance")
    return made["Instances"][0]["InstanceId"]


def decide(world, person, deed, *args):
    with tenant_tx(person.actor.tenant_id):
        return deed(person.actor, *args)


def state(world, id):
    (found,) = world.aws.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"]
    return found["State"]["Name"]


def test_nothing_is_done_until_a_second_person_approves(world, guarded, instance):
    guarded(Approval.DESTROYS)
    operation = world.act(VERB, [instance])
    assert operation.state == "awaiting"
    running.run(world.people.tenant_id, operation.id)
    assert (world.read(operation).state, state(world, instance)) == ("awaiting", "running")

    decide(world, world.people.owner, approvals.approve, operation.id, operation.plan_hash)
    ended = world.run(operation)
    assert (ended.state, state(world, instance)) == ("succeeded", "terminated")
    assert ended.decided_by == world.people.owner.actor.who.name
    with tenant_tx(world.people.tenant_id):
        event = AuditEvent.objects.get(operation=operation.id, act="operations.operation.approve")
    assert (event.plan_hash, event.who_name) == (operation.plan_hash, ended.decided_by)


def test_what_destroys_nothing_begins_at_once(world, guarded, instance):
    guarded(Approval.DESTROYS)
    assert world.act("reboot", [instance]).state == "queued"
    guarded(Approval.ALL)
    assert world.act("reboot", [instance]).state == "awaiting"


def test_nobody_decides_on_what_they_asked_for(world, guarded, instance):
    guarded(Approval.ALL)
    operation = world.act(VERB, [instance], person=world.people.owner)
    with pytest.raises(Undecidable, match="Somebody else must decide"):
        decide(world, world.people.owner, approvals.approve, operation.id, operation.plan_hash)
    assert world.read(operation).state == "awaiting"


def test_a_role_without_the_permission_is_refused_and_told(world, guarded, instance):
    guarded(Approval.ALL)
    operation = world.act(VERB, [instance])
    for person in (world.people.operator, world.people.viewer):
        with pytest.raises(Denied) as refused:
            decide(world, person, approvals.approve, operation.id, operation.plan_hash)
        assert refused.value.decision.permission == "operations.operation.approve"
    with pytest.raises(Missing):
        decide(world, world.people.outsider, approvals.approve, operation.id, operation.plan_hash)
    assert world.read(operation).state == "awaiting"


def test_another_plan_than_the_shown_one_is_not_approved(world, guarded, instance):
    guarded(Approval.ALL)
    operation = world.act(VERB, [instance])
    with pytest.raises(Undecidable, match="not the one that was shown"):
        decide(world, world.people.owner, approvals.approve, operation.id, "0" * 64)
    assert world.read(operation).state == "awaiting"


def test_declined_it_ends_with_the_reason_and_nothing_done(world, guarded, instance):
    guarded(Approval.ALL)
    operation = world.act(VERB, [instance])
    with pytest.raises(Undecidable, match="Say why"):
        decide(world, world.people.owner, approvals.decline, operation.id, " ")
    decide(world, world.people.owner, approvals.decline, operation.id, "Not on a Friday")
    found = world.read(operation)
    assert (found.state, found.decision_reason, state(world, instance)) == ("declined", "Not on a Friday", "running")
    assert {row.state for row in found.journal} == {"skipped"}
    with pytest.raises(Undecidable):
        decide(world, world.people.owner, approvals.approve, operation.id, operation.plan_hash)


def test_a_retry_is_no_way_around(world, guarded, instance):
    guarded(Approval.ALL)
    operation = world.act(VERB, [instance])
    decide(world, world.people.operator, control.cancel, operation.id)
    assert world.read(operation).state == "cancelled"
    decide(world, world.people.operator, control.retry, operation.id)
    found = world.read(operation)
    assert (found.state, found.decision) == ("awaiting", "")


def test_the_summary_says_it_and_the_badge_counts_for_those_who_may(world, guarded):
    guarded(Approval.ALL)
    key = f"key-{secrets.token_hex(4)}"
    prepared = world.prepared({"name": "web", "access": "new", "new_key_name": key}, world.people.operator)
    with tenant_tx(world.people.tenant_id):
        shown = preview.outline(world.people.operator.actor, replace(prepared, plan=None))
    assert shown.approval
    assert any("Needs approval" in check.text for check in shown.checks)


def test_only_others_requests_count(world, guarded, instance):
    guarded(Approval.ALL)

    def count(person):
        return decide(world, person, approvals.waiting_count)

    before = count(world.people.owner)
    world.act(VERB, [instance])
    assert count(world.people.owner) == before + 1
    world.act("reboot", [instance], person=world.people.owner)
    assert count(world.people.owner) == before + 1
    assert count(world.people.operator) == count(world.people.outsider) == 0
    listed = decide(world, world.people.owner, query.recent)
    assert listed.operations[0].state == "awaiting"
