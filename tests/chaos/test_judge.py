"""The judge sees what it is there for: without that, a run in which all is well says nothing."""

import pytest

from tests.chaos.aws import Effect, doom, named
from tests.chaos.judge import Verdict, _creations, _moves
from tests.chaos.work import Ask, plan

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


def test_a_seed_says_what_is_asked_for():
    assert plan(3, 500) == plan(3, 500) != plan(4, 500)
    assert sum(map(len, plan(3, 500))) == 500
    verbs = {verb for chain in plan(3, 500) for verb in chain}
    assert verbs == {"launch", "wizard", "stop", "start", "doomed", "doomed-full"}


def test_a_call_is_doomed_by_the_name_that_it_gives():
    params = {"TagSpecification.1.Tag.1.Key": "Name", "TagSpecification.1.Tag.1.Value": "doomed-full-1-2"}
    assert named(params) == "doomed-full-1-2"
    assert doom("RunInstances", params) == "InsufficientInstanceCapacity"
    assert doom("CreateSecurityGroup", {"GroupName": "doomed-1"}) == ""
