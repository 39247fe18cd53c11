"""What was read for a form and a plan must still be so when the call is made: on a real bucket's tags."""

import secrets
from dataclasses import replace

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import checks, code, plans, registry
from apps.catalog.plans import Same, Step
from apps.catalog.resources import NoFields
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.inventory import sync
from apps.operations import control, facts
from apps.operations import run as running
from apps.operations.prepare import prepare_targets, seen
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.operations.test_sweep import REGION, _database, _quiet, cloud, go, read  # noqa: F401  fixtures

OLD, NEW, OTHER = ([{"Key": "owner", "Value": value}] for value in ("old", "new", "other"))


def _run(item, _values):
    params = {"Bucket": item.id}
    now = item.attrs.get("Tags")
    yield Step(
        "s3.put_bucket_tagging",
        title="Write the tags",
        Bucket=item.id,
        Tagging={"TagSet": NEW},
        same=Same("s3.get_bucket_tagging", params, "TagSet", now, ("NoSuchTagSet",), "The tags"),
    )


@pytest.fixture
def act():
    return replace(registry.action("s3.bucket.empty"), run=_run, facts=("Tags",), form=NoFields, warn=None)


@pytest.fixture
def name(cloud):  # noqa: F811
    """A bucket with the old tags, of which the inventory knows nothing."""
    _people, account, aws, _proxy = cloud
    name = f"same-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name)
    sync.sync(account, "global", "s3.bucket")
    aws.put_bucket_tagging(Bucket=name, Tagging={"TagSet": OLD})
    return name


@pytest.fixture
def ask(cloud, act, name):  # noqa: F811
    """Submits it as a door does, with what was read just before."""
    actor = cloud[0].owner.actor

    def submitted():
        with tenant_tx(actor.tenant_id):
            items = seen(actor, act, [name])
        known = facts.read(actor, act, items)
        with tenant_tx(actor.tenant_id):
            prepared = prepare_targets(actor, act, [name], {}, attrs=known)
            return submit(actor, prepared)

    return submitted


def tags(cloud, name):  # noqa: F811
    return cloud[2].get_bucket_tagging(Bucket=name)["TagSet"]


def test_form_and_plan_are_made_from_what_is_so_now(cloud, act, name):  # noqa: F811
    actor = cloud[0].owner.actor
    with tenant_tx(actor.tenant_id):
        items = seen(actor, act, [name])
    assert "Tags" not in items[0].attrs
    assert facts.read(actor, act, items) == {name: {"Tags": OLD}}
    shown = replace(act, like=lambda item: {"tags": item.attrs["Tags"]})
    with tenant_tx(actor.tenant_id):
        prepared = prepare_targets(actor, shown, [name], {}, attrs={name: {"Tags": OLD}})
    assert prepared.form.initial == {"tags": OLD}
    assert prepared.plan.steps[0]["same"]["value"] == OLD
    cloud[2].delete_bucket_tagging(Bucket=name)
    assert facts.read(actor, act, items) == {name: {"Tags": None}}


def test_what_can_not_be_read_is_no_empty_form(cloud, act, name):  # noqa: F811
    actor = cloud[0].owner.actor
    with tenant_tx(actor.tenant_id):
        items = seen(actor, act, [name])
    cloud[2].delete_bucket(Bucket=name)
    with pytest.raises(CallFailed) as failed:
        facts.read(actor, act, items)
    assert failed.value.explained.code == "NoSuchBucket"


def test_it_is_written_while_it_is_so(cloud, ask, name):  # noqa: F811
    operation = go(ask())
    assert operation.state == "succeeded", operation.error
    assert tags(cloud, name) == NEW


def test_what_was_changed_meanwhile_is_left_alone(cloud, ask, name):  # noqa: F811
    operation = ask()
    cloud[2].put_bucket_tagging(Bucket=name, Tagging={"TagSet": OTHER})
    ended = go(operation)
    assert (ended.state, ended.error["code"], ended.error["changed"]) == ("failed", "ChangedMeanwhile", "no")
    assert ended.error["text"] == "The tags changed since this was planned. Nothing was written."
    assert ended.error["next"] == "Open the form again."
    assert tags(cloud, name) == OTHER
    assert cloud[3].calls["PutBucketTagging"] == 0
    with tenant_tx(operation.tenant_id):
        said = AuditEvent.objects.filter(operation=operation.id, step="s1 s3.get_bucket_tagging")
        assert [one.result for one in said] == ["failed"]


def test_what_went_meanwhile_was_changed_too(cloud, ask, name):  # noqa: F811
    operation = ask()
    cloud[2].delete_bucket_tagging(Bucket=name)
    assert go(operation).error["code"] == "ChangedMeanwhile"


def test_after_a_lost_answer_its_own_doing_is_no_change(cloud, ask, name, monkeypatch):  # noqa: F811
    """The call took effect, its answer was lost, and the next is refused for now: what stands there is its own."""
    operation = ask()
    came = []

    def lost(account, region, call_name, params, **more):
        answer = call(account, region, call_name, params, **more)
        if call_name != "s3.put_bucket_tagging":
            return answer
        came.append(call_name)
        if len(came) < 3:
            code, changed = (("ReadTimeoutError", "unknown"), ("SlowDown", "no"))[len(came) - 1]
            raise CallFailed(running.Explained(code=code, text=code, changed=changed, retry=True))
        return answer

    monkeypatch.setattr(running, "call", lost)
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    ended = go(operation)
    assert ended.state == "succeeded", ended.error
    assert len(came) == 3
    assert tags(cloud, name) == NEW


def test_whoever_goes_on_after_a_failure_looks_anew(cloud, ask, name):  # noqa: F811
    people = cloud[0]
    operation = ask()
    cloud[2].put_bucket_tagging(Bucket=name, Tagging={"TagSet": OTHER})
    assert go(operation).state == "failed"
    with tenant_tx(people.tenant_id):
        control.retry(people.owner.actor, operation.id)
    assert go(operation).error["code"] == "ChangedMeanwhile"
    cloud[2].put_bucket_tagging(Bucket=name, Tagging={"TagSet": OLD})
    with tenant_tx(people.tenant_id):
        control.retry(people.owner.actor, operation.id)
    assert go(operation).state == "succeeded"
    assert tags(cloud, name) == NEW


def test_a_look_that_fails_for_now_is_made_again(cloud, ask, name, monkeypatch):  # noqa: F811
    from apps.operations import unchanged

    operation, came = ask(), []

    def busy(*args, **more):
        came.append(args[2])
        if len(came) == 1:
            raise CallFailed(running.Explained(code="SlowDown", text="Slow down.", changed="unknown", retry=True))
        return call(*args, **more)

    monkeypatch.setattr(unchanged, "call", busy)
    running.run(operation.tenant_id, operation.id)
    assert read(operation).journal[0].state == "planned"
    assert go(operation).state == "succeeded"
    assert came == ["s3.get_bucket_tagging"] * 2


def test_a_look_that_fails_for_good_changed_nothing(cloud, ask, name):  # noqa: F811
    operation = ask()
    cloud[2].delete_bucket(Bucket=name)
    ended = go(operation)
    assert (ended.state, ended.error["code"], ended.error["changed"]) == ("failed", "NoSuchBucket", "no")


def test_it_is_part_of_the_plan_and_of_its_code(act):
    item = checks.example_item(act.resource)
    one, other = (plans.compile_targets(act, [replace(item, attrs={"Tags": tags})], {}) for tags in (OLD, OTHER))
    assert one.hash != other.hash
    cli, boto3, *_rest = code.render(one, lambda _account: "prod")
    assert cli.text.index("aws s3api get-bucket-tagging") < cli.text.index("aws s3api put-bucket-tagging")
    assert "# Go on only while this is" in cli.text
    assert "s3.get_bucket_tagging(Bucket='acme-uploads')" in boto3.text
    compile(boto3.text, "boto3", "exec")


def test_a_declaration_is_held_against_the_model(act):
    wrong = Same("s3.get_bucket_taggings", {})
    steps = [Step("s3.delete_bucket_tagging", Bucket="a", same=same) for same in (wrong,)]
    found = list(checks._check_action(replace(act, run=lambda *_: iter(steps), facts=("Tagz",))))
    assert {one.id for one in found} == {"northgate.E038", "northgate.E010"}
    astray = Same("s3.get_bucket_tagging", {"Bucket": "a"}, "TagSets")
    step = Step("s3.delete_bucket_tagging", Bucket="a", same=astray)
    assert [one.id for one in checks._check_action(replace(act, run=lambda *_: iter([step])))] == ["northgate.E013"]
