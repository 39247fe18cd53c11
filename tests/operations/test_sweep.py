"""Sweeps on a real bucket: a call for everything that a listing answers, however the way there is broken."""

import os
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.timezone import now

from apps.audit.models import AuditEvent
from apps.catalog import checks, code, plans, registry
from apps.catalog.items import Item
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
from tests.code.shell import aws_cli
from tests.console.world import client
from tests.people import make_people

REGION = "us-east-1"


@pytest.fixture(scope="module")
def cloud(panel_env, ministack, storage_proxy, django_db_blocker):
    """People, their account behind a proxy that counts and fails, and a client for S3 that goes straight there."""
    with django_db_blocker.unblock():
        people = make_people()
        number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
        account = create_account(people.owner.actor, keys_draft(storage_proxy.url, number), check=False)
        straight = create_account(people.owner.actor, keys_draft(ministack, number), check=False)
        yield people, account, clients.client(straight, "s3", REGION), storage_proxy


@pytest.fixture(autouse=True)
def _quiet(storage_proxy):
    storage_proxy.reset()
    yield
    storage_proxy.reset()


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
        sync.refresh(account, "global", "s3.bucket", [name])
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
    name = bucket(780)
    operation = go(empty(name))
    assert operation.state == "succeeded", operation.error
    assert left(cloud[2], name) == 0
    assert [row.progress["done"] for row in operation.journal] == [1040, 1]
    said = [one for one in events(operation) if one.step.endswith("s3.delete_objects")]
    assert [one.result for one in said] == ["intent", "ok"] * 2
    assert [one.params["Delete"]["Objects"]["count"] for one in said if one.result == "intent"] == [1000, 40]
    assert all(one.request_ids for one in said if one.result == "ok")
    assert cloud[3].calls["DeleteObjects"] == 2


@pytest.fixture
def ask(cloud):
    """Asks for a step to be carried out on a bucket."""
    people = cloud[0]

    def submitted(name, step):
        action = replace(registry.action("s3.bucket.empty"), run=lambda _item, _values: iter([step]))
        with tenant_tx(people.tenant_id):
            prepared = prepare_targets(people.owner.actor, action, [name], {})
            return submit(people.owner.actor, prepared)

    return submitted


@pytest.fixture
def halfway(cloud, bucket, ask, monkeypatch):
    """A bucket's name, and its emptying after the first 60 of 80 versions, given back for others' turn."""
    monkeypatch.setattr(sweep, "TURN", 0.0)
    name = bucket(60)
    listing = Over(
        "s3.list_object_versions",
        "[Versions, DeleteMarkers][].{Key: Key, VersionId: VersionId}",
        {"Bucket": name},
        drains=True,
        noun="versions",
    )
    over = replace(listing, into="Delete.Objects", at_once=60)
    operation = ask(name, plans.Step("s3.delete_objects", title="Empty", Bucket=name, over=over))
    running.run(operation.tenant_id, operation.id)
    row = read(operation)
    assert (row.state, row.lease_until, row.journal[0].progress["done"]) == ("running", None, 60)
    assert row.due_at <= now(), "others are before it in the queue, and nothing else delays it"
    return name, operation


def test_a_turn_ends_and_the_next_goes_on(cloud, halfway):
    name, operation = halfway
    assert go(operation).state == "succeeded"
    assert left(cloud[2], name) == 1, "the unfinished upload, which is not asked for"
    assert cloud[3].calls["DeleteObjects"] == 2


def test_cancelled_it_says_how_many_were_done(cloud, halfway):
    people, aws, (name, operation) = cloud[0], cloud[2], halfway
    with tenant_tx(operation.tenant_id):
        control.cancel(people.owner.actor, operation.id)
    ended = go(operation)
    assert ended.state == "cancelled"
    assert [(row.state, row.progress.get("done")) for row in ended.journal] == [("skipped", 60)]
    assert cloud[3].calls["DeleteObjects"] == 1
    assert left(aws, name) == 21
    assert ended.left[0]["id"] == name
    assert "60 were dealt with before it ended" in ended.left[0]["text"]
    page = client(people.owner).get(f"/operations/{operation.id}/").content.decode()
    assert "Stopped" in page
    assert "60 were dealt with before it ended" in page


def test_pages_and_rest_tell_how_far_it_is(cloud, halfway):
    people, (_name, operation) = cloud[0], halfway
    browser = client(people.owner)
    page = browser.get(f"/operations/{operation.id}/").content.decode()
    assert "60 versions dealt with" in page
    assert "60 done" in browser.get("/operations/dock/").content.decode()
    asked = browser.get(f"/operations/{operation.id}/cancel/").content.decode()
    assert "60 versions dealt with" in asked
    assert "Nothing was done yet" not in asked
    found = browser.get(f"/api/v1/operations/{operation.id}/", headers=people.viewer.bearer).json()
    assert found["steps"][0]["progress"] == {"done": 60, "failed": 0}
    assert found["progress"]["swept"] == 60
    assert client(people.outsider).get(f"/operations/{operation.id}/").status_code == 404


def test_what_a_successful_answer_says_failed_is_named(cloud, empty):
    _people, account, aws, _proxy = cloud
    name = f"sweep-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + timedelta(days=1)
    for n in range(4):
        kept = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if n == 2 else {}
        aws.put_object(Bucket=name, Key=f"k{n}", Body=b"x", **kept)
    sync.refresh(account, "global", "s3.bucket", [name])
    operation = go(empty(name))
    assert (operation.state, operation.error["code"]) == ("attention", "AccessDenied")
    assert "1 could not be dealt with, 3 were. First: k2" in operation.error["text"]
    assert "3 were dealt with before it ended" in operation.left[0]["text"]
    assert [one["Key"] for one in aws.list_objects_v2(Bucket=name)["Contents"]] == ["k2"]


def copying(name, **more):
    """A step that copies each object below k/ to copied/, in pages of ten."""
    listing = {"Bucket": name, "Prefix": "k/", "MaxKeys": 10}
    return plans.Step(
        "s3.copy_object",
        title="Copy",
        repeat="safe",
        Bucket=name,
        Key=Each("Key").moved("k/", "copied/"),
        CopySource={"Bucket": name, "Key": Each("Key")},
        over=Over("s3.list_objects_v2", "Contents[]", listing, **more),
    )


def moving(name):
    """The same, and each object is deleted when it was copied."""
    return copying(name, drains=True, then=plans.Step("s3.delete_object", Bucket=name, Key=Each("Key")))


def keys(aws, name, prefix=""):
    return [one["Key"] for one in aws.list_objects_v2(Bucket=name, Prefix=prefix).get("Contents", [])]


WANTED = [f"copied/{n:05d} <é>" for n in range(25)]


def test_each_thing_of_a_listing_has_its_own_call(cloud, bucket, ask):
    name = bucket(25)
    ended = go(ask(name, copying(name)))
    assert ended.state == "succeeded", ended.error
    assert keys(cloud[2], name, "copied/") == WANTED
    assert ended.journal[0].progress["done"] == 25
    assert cloud[3].calls["CopyObject"] == 25
    said = [one.result for one in events(ended) if one.step.endswith("s3.copy_object")]
    assert (said.count("intent"), said.count("ok")) == (25, 25)


def test_turns_that_end_within_a_page_repeat_nothing(cloud, bucket, ask, monkeypatch):
    name = bucket(25)
    monkeypatch.setattr(sweep, "TURN", 0.0)
    ended = go(ask(name, copying(name)))
    assert ended.state == "succeeded", ended.error
    assert cloud[3].calls["CopyObject"] == 25
    assert ended.journal[0].progress["done"] == 25


def test_throttling_slows_down_and_lost_answers_are_asked_again(cloud, bucket, ask):
    proxy, name = cloud[3], bucket(25)
    proxy.rule("CopyObject", code="SlowDown", times=12, of="0001")
    proxy.rule("CopyObject", lose=True, times=4, of="00020")
    ended = go(ask(name, copying(name)))
    assert ended.state == "succeeded", ended.error
    assert keys(cloud[2], name, "copied/") == WANTED
    assert ended.journal[0].progress["done"] == 25
    said = [one.result for one in events(ended) if one.step.endswith("s3.copy_object")]
    assert {"intent", "ok", "failed", "unknown"} == set(said)
    assert said.count("intent") == len(said) / 2, "each call has its intent and its outcome"


def test_what_could_not_be_copied_is_not_deleted(cloud, bucket, ask):
    proxy, aws, name = cloud[3], cloud[2], bucket(25)
    proxy.rule("CopyObject", code="AccessDenied", status=403, times=9, of="00007")
    ended = go(ask(name, moving(name)))
    assert (ended.state, ended.error["code"]) == ("attention", "AccessDenied")
    assert "1 could not be dealt with, 24 were. First: k/00007 <é>: " in ended.error["text"]
    assert keys(aws, name, "k/") == ["k/00007 <é>"]
    assert keys(aws, name, "copied/") == [key for key in WANTED if "00007" not in key]


def test_what_arrives_while_it_is_moved_is_moved_too(cloud, bucket, ask, monkeypatch):
    aws, name = cloud[2], bucket(12)
    monkeypatch.setattr(sweep, "TURN", 0.0)
    operation = ask(name, moving(name))
    running.run(operation.tenant_id, operation.id)
    aws.put_object(Bucket=name, Key="k/0 came first", Body=b"new")
    ended = go(operation)
    assert ended.state == "succeeded", ended.error
    assert keys(aws, name, "k/") == []
    assert keys(aws, name, "copied/") == ["copied/0 came first", *WANTED[:12]]
    assert ended.journal[0].progress["done"] == 13


def test_a_refusal_of_everything_is_believed(cloud, bucket, ask, monkeypatch):
    monkeypatch.setattr(sweep, "HOPELESS", 8)
    name = bucket(40)
    cloud[3].rule("CopyObject", code="AccessDenied", status=403, times=999)
    ended = go(ask(name, copying(name)))
    assert (ended.state, ended.error["code"]) == ("failed", "AccessDenied")
    assert 999 - cloud[3].rules[0].times < 24
    assert keys(cloud[2], name, "copied/") == []


def test_what_aws_puts_off_within_an_answer_is_done_later(cloud, bucket, empty):
    name = bucket(30)
    some = b"".join(b"<Error><Key>k/%d</Key><Code>SlowDown</Code><Message>x</Message></Error>" % n for n in range(3))
    cloud[3].rule("DeleteObjects", status=200, body=b"<DeleteResult>%s</DeleteResult>" % some)
    ended = go(empty(name))
    assert ended.state == "succeeded", ended.error
    assert left(cloud[2], name) == 0


def test_a_bucket_that_fills_up_again_does_not_keep_a_worker_forever(cloud, bucket, empty, monkeypatch):
    name = bucket(3)
    monkeypatch.setattr(sweep, "PASSES", 3)
    answers = b"<DeleteResult></DeleteResult>"  # says that all is well, and does nothing
    cloud[3].rule("DeleteObjects", status=200, body=answers, times=99)
    ended = go(empty(name))
    assert (ended.state, ended.error["code"]) == ("attention", "NeverEmpty")


def test_a_retry_begins_anew_and_what_is_done_stays_done(cloud, bucket, ask):
    proxy, aws, name = cloud[3], cloud[2], bucket(25)
    rule = proxy.rule("CopyObject", code="AccessDenied", status=403, times=99, of="00007")
    ended = go(ask(name, moving(name)))
    rule.times = 0
    with tenant_tx(ended.tenant_id):
        control.retry(cloud[0].owner.actor, ended.id)
    again = go(ended)
    assert again.state == "succeeded", again.error
    assert keys(aws, name, "k/") == []
    assert keys(aws, name, "copied/") == WANTED


def over(path="Contents[]", params=None, **more):
    return Over("s3.list_objects_v2", path, {"Bucket": "b"} if params is None else params, **more)


BATCHES = {"into": "Delete.Objects", "at_once": 1000}


@pytest.mark.parametrize(
    ("step", "codes"),
    [
        (moving("b"), []),
        (plans.Step("s3.delete_objects", Bucket="b", over=over("Contents[].{Key: Key}", **BATCHES)), []),
        (plans.Step("s3.copy_object", Bucket="b", Key=Each("Kex"), over=over()), ["E035", "E037"]),
        (plans.Step("s3.delete_objects", Bucket="b", over=over("Contentz[]", **BATCHES)), ["E037"]),
        (plans.Step("s3.delete_objects", Bucket="b", over=over("Contents[].{Key: Kex}", **BATCHES)), ["E033"]),
        (plans.Step("s3.delete_objects", Bucket="b", over=over("Contents[]", into="Delete.Objectz")), ["E036"]),
        (plans.Step("s3.delete_object", Bucket="b", Key="k", over=over()), ["E037"]),
        (plans.Step("s3.delete_object", Bucket="b", Key="k", over=moving("b").over), ["E037"]),
        (plans.Step("s3.delete_object", Bucket="b", Key=Each("Key"), over=over(errors="Wrong[]")), ["E013"]),
        (plans.Step("s3.delete_object", Bucket="b", Key=Each("Key"), over=over(params={"Bucked": "b"})), ["E034"]),
    ],
)
def test_a_sweep_is_held_to_the_model(step, codes):
    action = replace(registry.action("s3.bucket.empty"), run=lambda _item, _values: iter([step]))
    assert [one.id for one in checks._check_action(action)] == [f"northgate.{code}" for code in codes]


def code_of(step, kind):
    action = replace(registry.action("s3.bucket.empty"), run=lambda _item, _values: iter([step]))
    plan = plans.compile_targets(action, [Item("s3.bucket", "b", account="a", region=REGION)], {})
    return next(one.text for one in code.render(plan, lambda _id: "demo") if one.id == kind)


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    with aws_cli(tmp_path_factory.mktemp("cli")) as bin:
        yield bin


@pytest.fixture
def shell(cloud, ministack, cli, tmp_path):
    """Runs a program as somebody would who copied it, with a profile of that name."""
    account = cloud[1]
    (tmp_path / "config").write_text(
        f"[profile demo]\nendpoint_url = {ministack}\naws_access_key_id = {account.number}\naws_secret_access_key = x\n"
    )

    def run(*command):
        env = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "HOME": str(tmp_path)}
        env["PATH"] = f"{cli}:{os.environ['PATH']}"
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert not done.stderr

    return run


ODD = ("k/ two  blanks ", "k/quote\"'`$(id)", "k/tab\tand\nline", "k/\\(.Key)", "k/emoji-😀")


@pytest.mark.parametrize("kind", ["boto3", "cli"])
def test_its_code_moves_the_same(cloud, bucket, shell, kind):
    if kind == "cli" and not shutil.which("jq"):
        pytest.skip("jq is not here")
    aws, name = cloud[2], bucket(3)
    for key in ODD:
        aws.put_object(Bucket=name, Key=key, Body=key.encode())
    text = code_of(moving(name), kind)
    shell(*([sys.executable, "-c"] if kind == "boto3" else ["bash", "-euc"]), text)
    assert keys(aws, name, "k/") == []
    assert sorted(keys(aws, name, "copied/")) == sorted(
        [*WANTED[:3], *(key.replace("k/", "copied/", 1) for key in ODD)]
    )


@pytest.mark.parametrize("kind", ["boto3", "cli"])
def test_its_code_empties_the_same(cloud, bucket, shell, kind):
    if kind == "cli" and not shutil.which("jq"):
        pytest.skip("jq is not here")
    people, aws, name = cloud[0], cloud[2], bucket(780)
    with tenant_tx(people.tenant_id):
        prepared = prepare_targets(people.owner.actor, registry.action("s3.bucket.empty"), [name], {})
    (text,) = (one.text for one in code.render(prepared.plan, lambda _id: "demo") if one.id == kind)
    shell(*([sys.executable, "-c"] if kind == "boto3" else ["bash", "-euc"]), text)
    assert left(aws, name) == 0
