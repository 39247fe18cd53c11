"""Creating and deleting buckets: the rules, the defaults, and what is really there afterwards."""

import secrets

import pytest

from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.inventory import sync
from apps.inventory.models import Entry
from apps.operations import waiting
from apps.operations.models import Operation
from apps.operations.prepare import prepare_create, prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.operations.test_sweep import REGION, _database, cloud, go, left  # noqa: F401  fixtures


@pytest.fixture
def create(cloud):  # noqa: F811
    people, account, _aws, _proxy = cloud

    def prepare(person=None, region=REGION, **values):
        actor = (person or people.owner).actor
        data = {"name": f"made-{secrets.token_hex(6)}", **values}
        with tenant_tx(actor.tenant_id):
            action = registry.action("s3.bucket.create")
            return prepare_create(actor, action, data, account=str(account.id), region=region)

    return prepare


def run(prepared, people):
    assert prepared.plan, prepared.form.errors.as_json()
    with tenant_tx(people.tenant_id):
        operation = submit(people.owner.actor, prepared)
    return go(operation)


def act(people, verb, name, values):
    actor = people.owner.actor
    with tenant_tx(actor.tenant_id):
        prepared = prepare_targets(actor, registry.action(f"s3.bucket.{verb}"), [name], values)
        assert prepared.plan, prepared.form.errors.as_json()
        operation = submit(actor, prepared)
    return go(operation)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ab", "3 to 63 characters; this one has 2"),
        ("a" * 64, "this one has 64"),
        ("Acme-reports", "not “A”"),
        ("acme_reports", "not “_”"),
        ("-acme", "begins and ends"),
        ("acme-", "begins and ends"),
        ("ac..me", "two dots"),
        ("192.168.5.4", "IP address"),
        ("999.1.1.1", "IP address"),
        ("xn--acme", "xn--"),
        ("sthree-acme", "sthree-"),
        ("amzn-s3-demo-acme", "amzn-s3-demo-"),
        ("acme-s3alias", "-s3alias"),
        ("acme--ol-s3", "--ol-s3"),
        ("acme.mrap", ".mrap"),
        ("acme--x-s3", "--x-s3"),
        ("acme--table-s3", "--table-s3"),
    ],
)
def test_a_name_that_aws_would_refuse_is_refused_with_the_rule(create, name, words):
    prepared = create(name=name)
    assert prepared.plan is None
    assert words in json_errors(prepared.form)["name"][0]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"block_new_policies": False}, "public"),
        ({"object_lock": True}, "versioning"),
        ({"kms_key": "alias/x"}, "kms_key"),
        ({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}, "tags"),
        ({"tags": [{"key": "aws:a", "value": "1"}]}, "tags[0].key"),
    ],
)
def test_what_does_not_go_together_is_said_beside_its_field(create, values, field):
    assert field in json_errors(create(**values).form)


def test_left_alone_it_has_the_defaults_of_aws(cloud, create):  # noqa: F811
    people, _account, aws, _proxy = cloud
    prepared = create()
    operation = run(prepared, people)
    assert operation.state == "succeeded", operation.error
    (name,) = operation.result["ids"]
    block = aws.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert len(block) == 4
    assert "Status" not in aws.get_bucket_versioning(Bucket=name)
    rules = aws.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert [step["call"] for step in prepared.plan.steps] == ["s3.create_bucket", "s3.put_public_access_block"]


def test_every_choice_arrives_in_the_chosen_region(cloud, create):  # noqa: F811
    people, account, aws, _proxy = cloud
    prepared = create(
        region="us-east-1",
        versioning=True,
        object_lock=True,
        encryption="aws:kms",
        kms_key="alias/reports",
        tags=[{"key": "owner", "value": "web"}],
    )
    operation = run(prepared, people)
    assert operation.state == "succeeded", operation.error
    (name,) = operation.result["ids"]
    lock = aws.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"
    assert aws.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = aws.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/reports"}
    assert aws.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "owner", "Value": "web"}]


def test_a_later_step_that_fails_takes_the_bucket_back(cloud, create, monkeypatch):  # noqa: F811
    people, _account, aws, _proxy = cloud
    prepared = create(encryption="aws:kms", kms_key="alias/x")
    broken = prepared.plan.steps[-1]["params"]["ServerSideEncryptionConfiguration"]["Rules"]
    broken[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] = "rot13"
    name = prepared.plan.steps[0]["params"]["Bucket"]
    operation = run(prepared, people)
    if operation.state == "succeeded":
        pytest.fail("the emulator takes any algorithm: choose another way to fail")
    assert operation.state == "failed"
    assert name not in [one["Name"] for one in aws.list_buckets()["Buckets"]]


def test_what_was_made_is_known_when_it_is_told_though_its_worker_died(cloud, create, monkeypatch):  # noqa: F811
    """Between the answer and the reading: the next worker finds the step done."""
    people, account, _aws, _proxy = cloud
    prepared = create()

    class Death(BaseException):
        pass

    def die(*_args):
        raise Death

    with tenant_tx(people.tenant_id):
        operation = submit(people.owner.actor, prepared)
    for _each in prepared.plan.steps:
        with monkeypatch.context() as patched:
            patched.setattr(waiting, "refresh", die)
            with pytest.raises(Death):
                go(operation)
        with tenant_tx(people.tenant_id):  # its lease runs out
            Operation.objects.filter(id=operation.id).update(lease_until="2020-01-01T00:00:00Z")
    done = go(operation)
    assert done.state == "succeeded", done.error
    with tenant_tx(people.tenant_id):
        assert Entry.objects.filter(account=account, kind="s3.bucket", resource_id__in=done.result["ids"]).exists()


def test_who_may_only_look_creates_nothing(cloud, create):  # noqa: F811
    people = cloud[0]
    from apps.tenancy.access import Denied

    prepared = create(person=people.viewer)
    with tenant_tx(people.tenant_id), pytest.raises(Denied) as refused:
        submit(people.viewer.actor, prepared)
    assert refused.value.decision.permission == "s3.bucket.create"
    with tenant_tx(people.tenant_id):
        assert not Operation.objects.filter(act="s3.bucket.create", who_name=people.viewer.user.name).exists()


def test_deleting_takes_an_empty_one_and_empties_when_asked(cloud, create):  # noqa: F811
    people, account, aws, _proxy = cloud
    (name,) = run(create(versioning=True), people).result["ids"]
    aws.put_object(Bucket=name, Key="a", Body=b"1")
    aws.delete_object(Bucket=name, Key="a")
    refused = act(people, "delete", name, {})
    assert (refused.state, refused.error["code"]) == ("failed", "BucketNotEmpty")
    assert refused.error["next"] == "Empty the bucket first."
    gone = act(people, "delete", name, {"empty": True})
    assert gone.state == "succeeded", gone.error
    assert name not in [one["Name"] for one in aws.list_buckets()["Buckets"]]
    sync.sync(account, "global", "s3.bucket")
