"""Settings of a bucket: each written and read back on the real protocol, and what is refused with which words."""

import secrets
from dataclasses import replace

import pytest

from apps.catalog import forms, registry
from apps.catalog.forms import json_errors
from apps.cloud.models import Account, Approval
from apps.inventory import sync
from apps.operations import control, facts, preview
from apps.operations.prepare import prepare_targets, seen
from apps.operations.submit import submit
from apps.services.s3 import cors
from apps.tenancy.context import tenant_tx
from tests.operations.test_sweep import REGION, _database, _quiet, cloud, go, read  # noqa: F401  fixtures

SWITCHES = ("block_new_acls", "ignore_acls", "block_new_policies", "restrict_policies")
ALL, NONE = dict.fromkeys(SWITCHES, True), dict.fromkeys(SWITCHES, False)
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@pytest.fixture
def name(cloud):  # noqa: F811
    """A bucket that the inventory knows."""
    _people, account, aws, _proxy = cloud
    name = f"set-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name)
    sync.refresh(account, "global", "s3.bucket", [name])
    return name


@pytest.fixture
def ready(cloud, name):  # noqa: F811
    """ready(verb, values) is what a door prepares of it: with what is set now."""
    actor = cloud[0].owner.actor

    def prepare(verb, values=None, on=None):
        action = registry.action(f"s3.bucket.{verb}")
        with tenant_tx(actor.tenant_id):
            items = seen(actor, action, [on or name])
        known = facts.read(actor, action, items)
        with tenant_tx(actor.tenant_id):
            return prepare_targets(actor, action, [on or name], values, attrs=known)

    return prepare


@pytest.fixture
def write(cloud, ready):  # noqa: F811
    """Carries it out."""
    people = cloud[0]

    def carried_out(verb, values):
        prepared = ready(verb, values)
        assert prepared.plan, prepared.form.errors.as_json()
        with tenant_tx(people.tenant_id):
            operation = submit(people.owner.actor, prepared)
        ended = go(operation)
        assert ended.state == "succeeded", ended.error
        return ended

    return carried_out


@pytest.fixture
def refused(ready):
    """The messages by field."""

    def messages(verb, values):
        prepared = ready(verb, values)
        assert prepared.plan is None
        return {key: " ".join(found) for key, found in json_errors(prepared.form).items()}

    return messages


def risks(prepared):
    return list(prepared.action.risks(prepared.items[0], prepared.form.cleaned_data))


# Versioning


def test_versions_are_kept_and_suspended(cloud, write, ready, name):  # noqa: F811
    write("edit-versioning", {"status": "Enabled"})
    assert cloud[2].get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert ready("edit-versioning").form.initial == {"status": "Enabled"}
    write("edit-versioning", {"status": "Suspended"})
    assert cloud[2].get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert not ready("edit-versioning", {"status": "Suspended"}).plan.steps, "it is so already"


def test_what_needs_versions_keeps_them(cloud, refused, name):  # noqa: F811
    assert "never kept versions" in refused("edit-versioning", {"status": "Suspended"})["status"]
    _people, account, aws, _proxy = cloud
    aws.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    on = {"ObjectLockEnabled": "Enabled"}
    aws.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=on)
    sync.refresh(account, "global", "s3.bucket", [name])
    assert "Object Lock" in refused("edit-versioning", {"status": "Suspended"})["status"]


def test_mfa_delete_is_for_the_root_user(ready, name):
    prepared = ready("edit-versioning")
    item = replace(prepared.items[0], attrs={"Versioning": {"Status": "Enabled", "MFADelete": "Enabled"}})
    form = forms.bind(prepared.action.form, {"status": "Suspended"}, items=[item])
    assert "MFA delete" in json_errors(form)["__all__"][0]


# Block Public Access


def test_the_four_switches_are_set(cloud, write, ready, name):  # noqa: F811
    aws = cloud[2]
    write("edit-public-access-block", NONE | {"block_new_acls": True, "ignore_acls": True, "public": True})
    found = aws.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert [found[each] for each in BLOCKS] == [True, True, False, False]
    assert ready("edit-public-access-block").form.initial["ignore_acls"] is True
    aws.delete_public_access_block(Bucket=name)
    assert ready("edit-public-access-block").form.initial["ignore_acls"] is False


def test_opening_takes_agreement_and_says_what_becomes_public(write, ready, refused):
    write("edit-public-access-block", ALL)
    assert "Agree" in refused("edit-public-access-block", ALL | {"restrict_policies": False})["public"]
    assert risks(ready("edit-public-access-block", ALL)) == []
    opened = ready("edit-public-access-block", NONE | {"public": True})
    action, item, values = opened.action, opened.items[0], opened.form.cleaned_data
    everybody = {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
    public = {"PolicyStatus": {"IsPublic": True}, "Acl": {"Grants": [everybody]}, "Ownership": "ObjectWriter"}
    worst = list(action.risks(replace(item, attrs={**item.attrs, **public}), values))
    assert len(worst) == 5
    assert sum("at once" in text for text in worst) == 2
    enforced = {"PolicyStatus": {"IsPublic": False}, "Ownership": "BucketOwnerEnforced"}
    least = list(action.risks(replace(item, attrs={**item.attrs, **enforced}), values))
    assert least == ["From then on a policy may make the bucket public."]


@pytest.fixture
def guarded(cloud):  # noqa: F811
    """The account wants a second person for what destroys."""
    people, account, _aws, _proxy = cloud

    def put(policy):
        with tenant_tx(people.tenant_id):
            Account.objects.filter(id=account.id).update(approval=policy)

    put(Approval.DESTROYS)
    yield
    put(Approval.NONE)


def test_what_is_put_at_risk_is_approved_like_what_destroys(cloud, write, ready, guarded):  # noqa: F811
    people = cloud[0]
    write("edit-public-access-block", ALL)  # nothing at risk: nobody is asked
    opened = ready("edit-public-access-block", ALL | {"block_new_policies": False, "public": True})
    assert opened.plan.risks == ("From then on a policy may make the bucket public.",)
    with tenant_tx(people.tenant_id):
        outline = preview.outline(people.owner.actor, opened)
        operation = submit(people.owner.actor, opened)
    assert outline.approval
    assert operation.state == "awaiting"
    assert operation.plan["risks"] == list(opened.plan.risks), "whoever decides reads them"
    with tenant_tx(people.tenant_id):
        control.cancel(people.owner.actor, operation.id)
        control.retry(people.owner.actor, operation.id)
    assert read(operation).state == "awaiting", "a retry is no way around"
    with tenant_tx(people.tenant_id):
        control.cancel(people.owner.actor, operation.id)


# Cross-origin rules


def test_cross_origin_rules_are_written_read_back_and_deleted(cloud, write, ready, name):  # noqa: F811
    aws = cloud[2]
    row = {
        "origins": "https://*.example.com, http://127.0.0.1:8000",
        "methods": ["GET", "HEAD"],
        "headers": "*",
        "exposes": "ETag",
        "max_age": 600,
        "id": "web",
    }
    write("edit-cors", {"rules": [row, {"origins": "*", "methods": ["GET"]}]})
    first, second = aws.get_bucket_cors(Bucket=name)["CORSRules"]
    assert first["AllowedOrigins"] == ["https://*.example.com", "http://127.0.0.1:8000"]
    assert (first["AllowedMethods"], first["MaxAgeSeconds"], first["ID"]) == (["GET", "HEAD"], 600, "web")
    assert second["AllowedOrigins"] == ["*"]
    shown = ready("edit-cors").form.initial["rules"]
    assert shown[0] == row | {"origins": "https://*.example.com\nhttp://127.0.0.1:8000"}
    assert not ready("edit-cors", {"rules": shown}).plan.steps, "what is shown is what is set"
    write("edit-cors", {"rules": []})
    assert "CORS" in absent(lambda: aws.get_bucket_cors(Bucket=name))


def absent(asked):
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as refused:
        asked()
    return refused.value.response["Error"]["Code"]


def test_uploads_are_allowed_beside_the_buckets_own_rules(cloud, write, ready, name):  # noqa: F811
    aws, panel = cloud[2], "https://panel.example.com"
    own = {"AllowedOrigins": ["https://shop.example.com"], "AllowedMethods": ["GET"]}
    aws.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [own]})
    write("allow-uploads", {"origin": f"{panel}/"})
    rules = aws.get_bucket_cors(Bucket=name)["CORSRules"]
    assert cors.allows_uploads(rules, panel)
    assert [{key: rule[key] for key in own} for rule in rules if rule.get("ID") != cors.ID] == [own]
    assert not ready("allow-uploads", {"origin": panel}).plan.steps


# Encryption


def test_the_default_encryption_is_written_and_read_back(cloud, write, ready, name):  # noqa: F811
    write("edit-encryption", {"encryption": "aws:kms", "kms_key": "alias/reports", "bucket_key": True})
    (rule,) = cloud[2].get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    how = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/reports"}
    assert (rule["ApplyServerSideEncryptionByDefault"], rule["BucketKeyEnabled"]) == (how, True)
    shown = ready("edit-encryption").form.initial
    assert shown == {"encryption": "aws:kms", "kms_key": "alias/reports", "bucket_key": True}
    assert not ready("edit-encryption", shown).plan.steps


# Tags


def test_tags_are_written_read_back_and_deleted(cloud, write, ready, name):  # noqa: F811
    aws, rows = cloud[2], [{"key": "owner", "value": "web"}, {"key": "empty", "value": ""}]
    write("tag", {"tags": rows})
    found = {tag["Key"]: tag["Value"] for tag in aws.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert found == {"owner": "web", "empty": ""}
    assert not ready("tag", {"tags": rows}).plan.steps
    write("tag", {"tags": []})
    assert absent(lambda: aws.get_bucket_tagging(Bucket=name)) == "NoSuchTagSet"


# Logging


@pytest.fixture
def logs(cloud):  # noqa: F811
    """Another bucket that the inventory knows, in another Region if it is asked for."""
    _people, account, aws, _proxy = cloud

    def make(region=""):
        name = f"logs-{secrets.token_hex(6)}"
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        aws.create_bucket(Bucket=name, **where)
        sync.refresh(account, "global", "s3.bucket", [name])
        return name

    return make


def test_logging_is_switched_on_and_off(cloud, write, ready, logs, name):  # noqa: F811
    aws, target = cloud[2], logs()
    write("edit-logging", {"target": target, "log_prefix": "a/", "names": "EventTime"})
    found = aws.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert (found["TargetBucket"], found["TargetPrefix"]) == (target, "a/")
    shown = ready("edit-logging").form.initial
    assert shown["target"] == target
    write("edit-logging", {"target": "", "log_prefix": "", "names": ""})
    assert "LoggingEnabled" not in aws.get_bucket_logging(Bucket=name)


def test_logs_go_to_a_bucket_that_one_sees_in_the_same_region(cloud, refused, ready, logs, name):  # noqa: F811
    for target in (logs("eu-central-1"), f"nobody-{secrets.token_hex(4)}"):
        assert "not known in this account and Region" in refused("edit-logging", {"target": target})["target"]
    assert "without an end" in risks(ready("edit-logging", {"target": name}))[0]


# Lifecycle


def test_lifecycle_rules_are_written_read_back_and_deleted(cloud, write, ready, name):  # noqa: F811
    aws = cloud[2]
    row = {
        "id": "logs",
        "begins": "logs/",
        "tags": "team=web\nkind=raw",
        "to_standard_ia": 30,
        "to_glacier": 90,
        "expire_days": 365,
        "old_expire_days": 10,
    }
    write(
        "edit-lifecycle", {"rules": [row, {"id": "parts", "abort_days": 7}, {"id": "day", "expire_on": "2030-01-31"}]}
    )
    found = {rule["ID"]: rule for rule in aws.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert found["logs"]["Filter"]["And"]["Prefix"] == "logs/"
    assert {(move["Days"], move["StorageClass"]) for move in found["logs"]["Transitions"]} == {
        (30, "STANDARD_IA"),
        (90, "GLACIER"),
    }
    assert found["parts"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    shown = ready("edit-lifecycle").form.initial["rules"]
    assert {each["id"] for each in shown} == {"logs", "parts", "day"}
    assert row.items() <= next(each for each in shown if each["id"] == "logs").items()
    assert not ready("edit-lifecycle", {"rules": shown}).plan.steps, "what is shown is what is set"
    write("edit-lifecycle", {"rules": []})
    assert absent(lambda: aws.get_bucket_lifecycle_configuration(Bucket=name)) == "NoSuchLifecycleConfiguration"
