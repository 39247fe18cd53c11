"""The judge sees what it is there for: without that, a run in which all is well says nothing."""

import pytest

from tests.chaos.aws import doom, named
from tests.chaos.judge import Bucket, Verdict, _buckets, _creations, _moves, _settings
from tests.chaos.work import Ask, plan
from tests.effects import Effect, Sent

pytestmark = pytest.mark.pure


def row(state, ids=(), left=(), act="ec2.instance.launch"):
    return {
        "state": state,
        "act": act,
        "title": "Launch",
        "left": [{"id": id, "text": ""} for id in left],
        "result": {"ids": list(ids)} if ids else None,
        "journal": "",
    }


def creations(rows, record=(), live=None):
    said = Verdict()
    _creations(said, rows, [Effect(action, {}, operation) for operation, action in record], live or {})
    return said


def test_all_is_well():
    live = {"a": {"i-1": "", "sg-1": "web"}, "c": {"i-3": "", "key": "key"}}
    rows = {"a": row("succeeded", ["i-1"]), "b": row("failed"), "c": row("attention", left=["i-3", "key"])}
    assert creations(rows, [("a", "RunInstances"), ("a", "CreateSecurityGroup")], live).fine


def test_a_second_effect_is_doubled_though_nothing_of_it_is_left():
    assert creations({"a": row("failed")}, [("a", "RunInstances")] * 2).doubled


def test_what_exists_and_is_no_result_is_doubled():
    assert creations({"a": row("succeeded", ["i-1"])}, (), {"a": {"i-1": "", "i-2": ""}}).doubled


def test_a_result_that_does_not_exist_is_lost():
    assert creations({"a": row("succeeded", ["i-1"])}).lost


@pytest.mark.parametrize("state", ["failed", "cancelled", "attention"])
def test_what_nobody_names_is_an_orphan(state):
    assert creations({"a": row(state, left=["i-2"])}, (), {"a": {"i-1": ""}}).orphans
    assert not creations({"a": row("attention", left=["i-1"])}, (), {"a": {"i-1": ""}}).orphans


def test_what_no_operation_made_is_an_orphan():
    assert creations({}, [("a", "RunInstances")]).orphans
    assert creations({}, (), {"a": {"i-1": ""}}).orphans


@pytest.mark.parametrize(
    ("states", "happened", "lost", "doubled"),
    [
        (["succeeded", "succeeded"], ["Stop", "Start"], False, False),
        (["succeeded", "succeeded"], ["Stop"], True, False),
        (["succeeded", "succeeded"], ["Stop", "Start", "Stop"], False, True),
        (["failed"], ["Stop"], False, True),
        (["attention"], ["Stop"], False, False),
        (["attention"], [], False, False),
    ],
)
def test_each_stop_and_start_moves_its_instance_once(states, happened, lost, doubled):
    said, verbs = Verdict(), ["stop", "start"]
    asks = [Ask(n, verbs[n], f"chaos-{n}", target="i-1") for n in range(len(states))]
    by_key = {str(n): [{"state": state}] for n, state in enumerate(states)}
    record = [Effect(f"{verb}Instances", {}, "", moved=(("i-1", "", ""),)) for verb in happened]
    _moves(said, by_key, asks, record)
    assert (bool(said.lost), bool(said.doubled)) == (lost, doubled)


@pytest.mark.parametrize(
    ("running", "state", "happened", "lost", "doubled"),
    [
        (True, "succeeded", ["Stop", "Start"], False, False),
        (True, "succeeded", ["Stop"], True, False),
        (True, "failed", [], False, False),
        (True, "failed", ["Stop", "Start"], False, False),
        (True, "failed", ["Stop", "Start", "Stop"], False, True),
        (False, "succeeded", [], False, False),
        (False, "succeeded", ["Start"], False, True),
    ],
)
def test_another_type_stops_and_starts_what_runs(running, state, happened, lost, doubled):
    said, asks = Verdict(), [Ask(0, "type", "chaos-0", target="i-1", running=running)]
    record = [Effect(f"{verb}Instances", {}, "", moved=(("i-1", "", ""),)) for verb in happened]
    _moves(said, {"0": [{"state": state}]}, asks, record)
    assert (bool(said.lost), bool(said.doubled)) == (lost, doubled)


@pytest.mark.parametrize(
    ("states", "now", "lost"),
    [
        (["succeeded", "succeeded"], "1", False),
        (["succeeded", "succeeded"], "0", True),
        (["succeeded", "failed"], "0", False),
        (["succeeded", "failed"], "1", True),
        (["succeeded", "attention"], "0", False),
        (["succeeded", "attention"], "1", False),
        (["failed"], "", False),
    ],
)
def test_what_was_asked_for_last_is_what_is_there(states, now, lost):
    said, asks = Verdict(), [Ask(n, "tag", f"chaos-{n}", target="i-1", value=str(n)) for n in range(len(states))]
    by_key = {str(n): [{"state": state}] for n, state in enumerate(states)}
    tags = [{"Key": "chaos", "Value": now}] if now else []
    _settings(said, by_key, asks, {"i-1": {"InstanceType": "t3.micro", "Tags": tags}})
    assert bool(said.lost) is lost


FULL = Bucket("", 3)


@pytest.mark.parametrize(
    ("asked", "there", "verdict"),
    [
        ({"bucket": "succeeded"}, FULL, ""),
        ({"bucket": "succeeded"}, None, "lost"),
        ({"bucket": "failed"}, FULL, "orphans"),
        ({"bucket": "attention"}, FULL, "orphans"),
        ({"bucket": "failed"}, None, ""),
        ({"doomed-bucket": "succeeded"}, FULL, "lost"),
        ({"doomed-bucket": "failed"}, FULL, "orphans"),
        ({"bucket": "succeeded", "versions": "succeeded"}, FULL, "lost"),
        ({"bucket": "succeeded", "versions": "succeeded"}, Bucket("Enabled", 0), ""),
        ({"bucket": "succeeded", "empty": "succeeded"}, FULL, "lost"),
        ({"bucket": "succeeded", "empty": "failed"}, FULL, ""),
        ({"bucket": "succeeded", "delete": "succeeded"}, FULL, "orphans"),
        ({"bucket": "succeeded", "delete": "succeeded"}, None, ""),
        ({"bucket": "succeeded", "delete": "failed"}, None, "lost"),
        ({"bucket": "succeeded", "delete": "attention"}, None, ""),
        ({}, FULL, "orphans"),
    ],
)
def test_a_bucket_is_there_as_it_was_asked_for(asked, there, verdict):
    said = Verdict()
    asks = [Ask(n, verb, "b", target="" if "bucket" in verb else "b") for n, verb in enumerate(asked)]
    by_key = {str(n): [{"state": state, "left": []}] for n, state in enumerate(asked.values())}
    _buckets(said, by_key, asks, [], {"b": there} if there else {})
    assert {name for name in ("lost", "doubled", "orphans") if getattr(said, name)} == ({verdict} if verdict else set())


def test_a_bucket_that_was_created_twice_is_doubled():
    said = Verdict()
    _buckets(said, {}, [], [Effect("", {"Bucket": "b"}, "", call="s3.create_bucket")] * 2, {})
    assert said.doubled


def test_a_seed_says_what_is_asked_for():
    assert plan(3, 500) == plan(3, 500) != plan(4, 500)
    assert sum(map(len, plan(3, 500))) == 500
    verbs = {verb for chain in plan(3, 500) for verb in chain}
    ec2 = {"launch", "wizard", "stop", "tag", "type", "doomed", "doomed-full"}
    assert verbs == ec2 | {"bucket", "versions", "empty", "delete", "doomed-bucket"}


def test_a_call_is_doomed_by_the_name_that_it_gives():
    params = {"TagSpecification.1.Tag.1.Key": "Name", "TagSpecification.1.Tag.1.Value": "doomed-full-1-2"}
    assert named(params) == "doomed-full-1-2"
    assert doom(Sent("ec2.run_instances", params, True)) == "InsufficientInstanceCapacity"
    assert doom(Sent("ec2.create_security_group", {"GroupName": "doomed-1"}, True)) == ""
    assert doom(Sent("s3.put_public_access_block", {"Bucket": "doomed-bucket-1"}, True)) == "AccessDenied"
    assert doom(Sent("s3.create_bucket", {"Bucket": "doomed-bucket-1"}, True)) == ""
