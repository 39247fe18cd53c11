"""The record against what AWS really did: a row for each change, a change for each row that says so."""

from dataclasses import replace

import pytest

from apps.operations import run as running
from tests import ledger
from tests.effects import Effect
from tests.operations.test_buckets import act, create, run  # noqa: F401  a fixture
from tests.operations.test_run import everything
from tests.operations.test_sweep import _database, bucket, cloud, go  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)


@pytest.fixture
def told(postgres):
    """The discrepancies between what a proxy saw since its last reset and the record of these operations."""
    dsn = f"{postgres.partition('/postgres?')[0]}/northgate?{postgres.partition('?')[2]}"

    def found(proxy, *operations):
        wanted = {str(operation.id) for operation in operations}
        rows = [row for row in ledger.rows(dsn, str(operations[0].tenant_id)) if row["operation"] in wanted]
        return rows, ledger.discrepancies(rows, proxy.effects, proxy.refused)

    return found


HOW = [{}, {"lose": True}, {"lose": True, "code": "InternalError", "status": 500}]
CALLS = (
    *("ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "RunInstances", "CreateTags"),
    *("StopInstances", "ModifyInstanceAttribute", "StartInstances"),
)


@pytest.mark.parametrize("how", HOW, ids=["answered", "lost", "500 though done"])
def test_of_a_launch_tags_and_another_type(world, told, how):
    for name in CALLS if how else ():
        world.proxy.rule(name, **how)
    launched = world.run(world.launch(everything(world)))
    assert launched.state == "succeeded", launched.error
    (one, *_rest) = launched.result["ids"]
    world.sync("ec2.instance")
    tagged = world.run(world.act("tag", [one], {"tags": [{"key": "env", "value": "test"}]}))
    world.sync("ec2.instance")
    changed = world.run(world.act("change-type", [one], {"type": "t3.small", "stop": True}))
    assert (tagged.state, changed.state) == ("succeeded", "succeeded"), (tagged.error, changed.error)
    rows, said = told(world.proxy, launched, tagged, changed)
    assert said == []
    assert {effect.call for effect in world.proxy.effects} == {row["step"].split()[1] for row in rows}


@pytest.mark.parametrize("how", HOW, ids=["answered", "lost", "500 though done"])
def test_of_a_launch_that_is_taken_back(world, told, how):
    for name in ("DeleteSecurityGroup", "DeleteKeyPair") if how else ():
        world.proxy.rule(name, **how)
    world.proxy.rule("RunInstances", code="UnauthorizedOperation", status=403, times=99)
    done = world.run(world.launch(everything(world)))
    assert done.state == "failed"
    assert told(world.proxy, done)[1] == []


@pytest.mark.parametrize("how", HOW, ids=["answered", "lost", "500 though done"])
def test_of_a_bucket_from_making_to_deleting(cloud, create, told, how):  # noqa: F811
    people, _account, aws, proxy = cloud
    proxy.reset()
    for name in ("PUT bucket", "DeleteObjects", "DELETE bucket") if how else ():
        proxy.rule(name, **how)
    made = run(create(tags=[{"key": "owner", "value": "web"}]), people)
    assert made.state == "succeeded", made.error
    (name,) = made.result["ids"]
    if how:
        proxy.rule("PUT bucket", **how)
    kept = act(people, "edit-versioning", name, {"status": "Enabled"})
    for n in range(12):
        aws.put_object(Bucket=name, Key=f"k/{n} <é>", Body=b"x")
        aws.delete_object(Bucket=name, Key=f"k/{n} <é>")
    aws.create_multipart_upload(Bucket=name, Key="unfinished")
    emptied = act(people, "empty", name, {})
    deleted = act(people, "delete", name, {})
    assert {one.state for one in (kept, emptied, deleted)} == {"succeeded"}
    rows, said = told(proxy, made, kept, emptied, deleted)
    assert said == []
    assert {effect.call for effect in proxy.effects} == {row["step"].split()[1] for row in rows}


def test_what_was_planted_is_found(world, told):
    done = world.run(world.launch(everything(world)))
    rows, said = told(world.proxy, done)
    assert said == []
    effects, refused = list(world.proxy.effects), world.proxy.refused
    by_call = {effect.call: effect for effect in effects}
    launch = by_call["ec2.run_instances"]

    def found(rows=rows, effects=effects):
        return ledger.discrepancies(rows, effects, refused)

    for effect in effects:
        without = [one for one in effects if one is not effect]
        assert found(effects=without), f"{effect.call}: a row, and no call"
        assert found(rows=[row for row in rows if not row["step"].endswith(effect.call)]), "a call, and no row"
        assert found(effects=[*effects, replace(effect, ids=["another"])]), "a second call of one intent"
    strange = Effect("", {"GroupName": "strange"}, "", call="ec2.create_security_group", ids=["strange"])
    assert found(effects=[*effects, strange])
    failed = [{**row, "result": "failed"} if row["result"] == "ok" and row["request_ids"] else row for row in rows]
    assert len(found(rows=failed)) == len(effects)
    other = replace(launch, params={**launch.params, "MinCount": "7"})
    assert found(effects=[other if one is launch else one for one in effects]), "made with something else"
    late = [{**row, "at": row["at"] + 60} if row["result"] == "intent" else row for row in rows]
    lost = [replace(one, ids=["never came"]) for one in effects]
    unanswered = [row for row in late if row["result"] == "intent"]
    assert len(found(rows=unanswered, effects=lost)) == len(effects), "an intent that is younger than its call"


def test_a_step_found_done_by_looking_needs_something_that_was_made(world, told):
    world.proxy.rule("CreateSecurityGroup", lose=True)
    done = world.run(world.launch(everything(world)))
    rows, said = told(world.proxy, done)
    assert said == []
    without = [one for one in world.proxy.effects if one.call != "ec2.create_security_group"]
    assert ledger.discrepancies(rows, without, world.proxy.refused)
    looked = [row for row in rows if row["step"].endswith("ec2.create_security_group") and row["result"] == "ok"]
    assert [row["request_ids"] for row in looked] == [[]]
    denied = [{**row, "result": "failed"} if row in looked else row for row in rows]
    assert len(ledger.discrepancies(denied, world.proxy.effects, world.proxy.refused)) == 1


def test_the_record_of_an_operation_that_nobody_asked_for_stands_apart(world, told):
    """Another operation's rows explain nothing of this one's calls."""
    first = world.run(world.launch(world.launch_values()))
    second = world.run(world.launch(world.launch_values()))
    assert told(world.proxy, first, second)[1] == []
    assert told(world.proxy, first)[1]
