"""Sweeps on a real bucket: a call for everything that a listing answers, however the way there is broken."""

import os
import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.catalog import code, plans, registry
from apps.catalog.resources import NoFields
from apps.catalog.sweeps import Each, Over
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from apps.operations import control, sweep
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.prepare import prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.people import make_people
from tests.proxy import Proxy

REGION = "us-east-1"


@pytest.fixture(scope="module")
def cloud(panel_env, ministack, django_db_blocker):
    """People, their account behind a proxy that counts, and a client for S3."""
    with django_db_blocker.unblock():
        people = make_people()
        proxy = Proxy(ministack)
        account = create_account(people.owner.actor, keys_draft(ministack), check=False)
        yield people, account, clients.client(account, "s3", REGION), proxy
        proxy.close()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def bucket(cloud):
    """bucket(count) makes one with so many objects, two versions of each third, and answers its name."""
    _people, account, aws, _proxy = cloud

    def make(count):
        name = f"sweep-{secrets.token_hex(6)}"
        aws.create_bucket(Bucket=name)
        aws.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        keys = [f"k/{n:05d} <é>" for n in range(count)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: aws.put_object(Bucket=name, Key=key, Body=b"x"), [*keys, *keys[::3]]))
        aws.create_multipart_upload(Bucket=name, Key="unfinished")
        sync.sync(account, "global", "s3.bucket")
        return name

    return make


@pytest.fixture
def empty(cloud):
    """Asks for a bucket to be emptied."""
    people, _account, _aws, _proxy = cloud

    def ask(name):
        actor = people.owner.actor
        with tenant_tx(actor.tenant_id):
            prepared = prepare_targets(actor, registry.action("s3.bucket.empty"), [name], {})
            return submit(actor, prepared)

    return ask


def go(operation, goes=40):
    for _ in range(goes):
        with tenant_tx(operation.tenant_id):
            Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
        running.run(operation.tenant_id, operation.id)
        if read(operation).ended:
            break
    return read(operation)


def read(operation):
    with tenant_tx(operation.tenant_id):
        row = Operation.objects.get(id=operation.id)
        row.journal = list(OperationStep.objects.filter(operation_id=operation.id).order_by("position"))
    return row


def events(operation, **more):
    with tenant_tx(operation.tenant_id):
        return list(AuditEvent.objects.filter(operation=operation.id, **more).order_by("id"))


def left(aws, name):
    versions = aws.list_object_versions(Bucket=name)
    uploads = aws.list_multipart_uploads(Bucket=name)
    return len(versions.get("Versions", [])) + len(versions.get("DeleteMarkers", [])) + len(uploads.get("Uploads", []))


def test_everything_goes_in_batches_and_each_call_is_on_the_record(cloud, bucket, empty):
    name = bucket(1200)
    operation = go(empty(name))
    assert operation.state == "succeeded", operation.error
    assert left(cloud[2], name) == 0
    assert [row.progress["done"] for row in operation.journal] == [1600, 1]
    said = [one for one in events(operation) if one.step.endswith("s3.delete_objects")]
    assert [one.result for one in said] == ["intent", "ok"] * 2
    assert [one.params["Delete"]["Objects"]["count"] for one in said if one.result == "intent"] == [1000, 600]
    assert all(one.reason for one in said if one.result == "ok"), "the request's id"


def test_a_turn_ends_and_the_next_goes_on(cloud, bucket, empty, monkeypatch):
    name = bucket(2100)
    operation = empty(name)
    monkeypatch.setattr(sweep, "TURN", 0.0)
    with tenant_tx(operation.tenant_id):
        Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
    running.run(operation.tenant_id, operation.id)
    assert read(operation).state == "running"
    monkeypatch.setattr(sweep, "TURN", 10.0)
    assert go(operation).state == "succeeded"
    assert left(cloud[2], name) == 0


def test_cancelled_it_says_how_many_were_done(cloud, bucket, empty, monkeypatch):
    name = bucket(1500)
    operation = empty(name)
    done = []

    def after_one(self):
        if done:
            with tenant_tx(operation.tenant_id):
                control.cancel(cloud[0].owner.actor, operation.id)
            raise sweep.Cancelled
        done.append(1)

    monkeypatch.setattr(sweep._Sweep, "_turn", after_one)
    ended = go(operation)
    assert ended.state == "cancelled"
    assert [(row.state, row.progress.get("done")) for row in ended.journal] == [("skipped", 1000), ("skipped", None)]
    assert left(cloud[2], name) > 0


def test_what_a_successful_answer_says_failed_is_named(cloud, empty):
    _people, account, aws, _proxy = cloud
    name = f"sweep-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + timedelta(days=1)
    for n in range(4):
        kept = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if n == 2 else {}
        aws.put_object(Bucket=name, Key=f"k{n}", Body=b"x", **kept)
    sync.sync(account, "global", "s3.bucket")
    operation = go(empty(name))
    assert (operation.state, operation.error["code"]) == ("attention", "AccessDenied")
    assert "1 could not be dealt with, 3 were. First: k2" in operation.error["text"]
    assert "3 were dealt with before it ended" in operation.left[0]["text"]
    assert [one["Key"] for one in aws.list_objects_v2(Bucket=name)["Contents"]] == ["k2"]


def test_each_thing_of_a_listing_has_its_own_call(cloud, bucket):
    people, account, aws, _proxy = cloud
    name = bucket(25)
    step = plans.Step(
        "s3.copy_object",
        title="Copy",
        repeat="safe",
        Bucket=name,
        Key=Each("Key").moved("k/", "copied/"),
        CopySource={"Bucket": name, "Key": Each("Key")},
        over=Over("s3.list_objects_v2", "Contents[]", {"Bucket": name, "Prefix": "k/", "MaxKeys": 10}),
    )
    action = registry.action("s3.bucket.empty")
    with tenant_tx(people.tenant_id):
        prepared = prepare_targets(people.owner.actor, action, [name], {})
        assert action.form is NoFields
        made = plans.compile_targets(_with(action, step), prepared.items, {})
        operation = submit(people.owner.actor, _planned(prepared, made))
    ended = go(operation)
    assert ended.state == "succeeded", ended.error
    found = aws.list_objects_v2(Bucket=name, Prefix="copied/")["Contents"]
    assert [one["Key"] for one in found] == [f"copied/{n:05d} <é>" for n in range(25)]
    assert ended.journal[0].progress["done"] == 25


def test_the_boto3_code_does_the_same(cloud, bucket, tmp_path, ministack):
    people, account, aws, _proxy = cloud
    name = bucket(20)
    with tenant_tx(people.tenant_id):
        prepared = prepare_targets(people.owner.actor, registry.action("s3.bucket.empty"), [name], {})
    (text,) = (one.text for one in code.render(prepared.plan, lambda _id: "demo") if one.id == "boto3")
    (tmp_path / "config").write_text(
        f"[profile demo]\nendpoint_url = {ministack}\naws_access_key_id = {account.number}\naws_secret_access_key = x\n"
    )
    env = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", text], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert left(aws, name) == 0


def _with(action, step):
    from dataclasses import replace

    return replace(action, run=lambda _item, _values: iter([step]))


def _planned(prepared, made):
    from dataclasses import replace

    return replace(prepared, plan=made)
