"""Waiting as code: what the AWS CLI and boto3 have a waiter for, and loops for the rest."""

import jmespath
import pytest

from apps.catalog import code, code_waits, registry
from apps.catalog.items import Item
from apps.catalog.plans import Step, compile_targets, reaches

pytestmark = pytest.mark.pure

PLACE = "--profile dev --region eu-west-1"


def until(kind, *states, ids=("x-1", "x-2"), gone=False):
    made = reaches(kind, list(ids), *states, gone=gone)
    return {"kind": made.kind, "ids": list(ids), "states": list(made.states), "gone": made.gone}


@pytest.mark.parametrize(
    ("awaited", "waiter"),
    [
        (until("ec2.instance", "running"), "instance_running"),
        (until("ec2.instance", "stopped"), "instance_stopped"),
        (until("ec2.instance", "terminated", gone=True), "instance_terminated"),
        (until("ec2.volume", "available"), "volume_available"),
        (until("ec2.volume", "in-use"), "volume_in_use"),
        (until("ec2.volume", gone=True), "volume_deleted"),
        (until("ec2.snapshot", "completed"), "snapshot_completed"),
    ],
)
def test_what_botocore_waits_for_is_left_to_it(awaited, waiter):
    lines, modules = code_waits.boto3(awaited, "ec2")
    assert lines[0].startswith(f"ec2.get_waiter('{waiter}').wait(")
    assert not modules
    text = code_waits.cli(awaited, PLACE)
    assert text.startswith(f"aws ec2 wait {waiter.replace('_', '-')}")
    assert text.endswith(" x-1 x-2")


def test_other_states_are_looked_for():
    awaited = until("ec2.volume", "available", "in-use")
    query = """'length(Volumes[] | [?!contains(`["available", "in-use"]`, State)])'"""
    asked = f"aws ec2 describe-volumes {PLACE} --volume-ids x-1 x-2 --query {query} --output text"
    assert code_waits.cli(awaited, PLACE) == f'until [ "$({asked})" = 0 ]; do sleep 5; done'
    lines, modules = code_waits.boto3(awaited, "ec2")
    assert lines[0].startswith("while jmespath.search(")
    assert modules == {"jmespath", "time"}


def test_what_it_shall_have_besides_is_looked_for():
    made = reaches("ec2.volume", ["x-1"], "available", has="Tags[?Key=='a']")
    awaited = {"kind": made.kind, "ids": ["x-1"], "states": ["available"], "gone": False, "has": made.has}
    lines, _modules = code_waits.boto3(awaited, "ec2")
    looked = """Volumes[] | [?!contains(`["available"]`, State) || !(Tags[?Key=='a'])]"""
    assert lines[0].startswith(f"while jmespath.search({looked!r}, ec2.describe_volumes(")
    there = {"State": "available", "Tags": [{"Key": "a"}]}
    for volume, late in ((there, 0), (there | {"Tags": [{"Key": "b"}]}, 1), (there | {"State": "creating"}, 1)):
        assert len(jmespath.search(looked, {"Volumes": [volume]})) == late


def test_what_shall_go_is_asked_for_until_aws_knows_none():
    awaited = until("ec2.security-group", gone=True)
    assert code_waits.cli(awaited, PLACE).startswith("while aws ec2 describe-security-groups")
    lines, modules = code_waits.boto3(awaited, "ec2")
    assert lines[0] == "with contextlib.suppress(ec2.exceptions.ClientError):"
    assert modules == {"contextlib", "time"}


def rendered(*steps):
    from dataclasses import replace

    action = replace(registry.action("ec2.instance.stop"), run=lambda _item, _values: iter(steps))
    item = Item("ec2.instance", "i-1", account="a", region="eu-west-1")
    return {one.id: one.text for one in code.render(compile_targets(action, [item], {}), lambda _id: "dev")}


def test_only_what_a_later_call_counts_on_is_waited_for():
    stop = Step("ec2.stop_instances", InstanceIds=["i-1"], until=reaches("ec2.instance", ["i-1"], "stopped"))
    start = Step("ec2.start_instances", InstanceIds=["i-1"], until=reaches("ec2.instance", ["i-1"], "running"))
    found = rendered(stop, start)
    assert found["cli"].count(" wait ") == 1
    assert found["boto3"].count("get_waiter") == 1
    assert found["cli"].index("wait instance-stopped") < found["cli"].index("start-instances")


def _attach():
    made = yield Step("ec2.create_volume", AvailabilityZone="eu-west-1a", Size=1)
    yield Step("ec2.attach_volume", VolumeId=made["VolumeId"], InstanceId=made["AvailabilityZone"], Device="/dev/sdf")


def test_two_things_of_one_answer_are_two_variables():
    from dataclasses import replace

    action = replace(registry.action("ec2.instance.stop"), run=lambda _item, _values: _attach())
    item = Item("ec2.instance", "i-1", account="a", region="eu-west-1")
    (text,) = (
        one.text for one in code.render(compile_targets(action, [item], {}), lambda _id: "dev") if one.id == "cli"
    )
    assert 'read -r AVAILABILITY_ZONE_1 VOLUME_ID_1 <<< "$(aws ec2 create-volume' in text
    assert "--query '[AvailabilityZone, VolumeId]' --output text" in text
    assert '--volume-id "$VOLUME_ID_1"' in text
