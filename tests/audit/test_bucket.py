"""The heads in a bucket with Object Lock: one object an hour, on the record, and never without it."""

import json
import secrets

import pytest
from django.db import connection

from apps.audit.models import AuditAnchor, AuditEvent
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.explain import CallFailed
from apps.tenancy.context import tenant_tx
from apps.witness import bucket
from tests.audit.records import seal_all, superuser, verdict, write
from tests.cloud.helpers import keys_draft
from tests.people import make_people

REGION = "us-east-1"


@pytest.fixture
def world(panel_env, ministack, storage_proxy, settings):
    """The operator's organization with an account, another's record, and a bucket that locks."""
    storage_proxy.reset()
    people, other = make_people(), make_people()
    number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
    account = create_account(people.owner.actor, keys_draft(storage_proxy.url, number), check=False)
    aws = clients.client(create_account(people.owner.actor, keys_draft(ministack, number), check=False), "s3", REGION)
    name = f"anchor-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    settings.NORTHGATE_ANCHOR_BUCKET = f"{account.id}:{name}/heads"
    tenants = [people.tenant_id, other.tenant_id]
    for each in tenants:
        seal_all(each)
    yield tenants, account, aws, name, storage_proxy
    storage_proxy.reset()


def written(aws, name):
    return [each["Key"] for each in aws.list_objects_v2(Bucket=name).get("Contents", ())]


def on_record(tenant):
    with tenant_tx(tenant):
        found = AuditEvent.objects.filter(tenant_id=tenant, act=bucket.ACT).order_by("id")
        return [event.result for event in found]


def test_one_object_holds_everybodys_heads_and_is_locked(world, postgres):
    tenants, _account, aws, name, proxy = world
    bucket.to_bucket(tenants)
    (key,) = written(aws, name)
    assert key.startswith("heads/20")
    lines = [json.loads(line) for line in aws.get_object(Bucket=name, Key=key)["Body"].read().splitlines()]
    assert {line["tenant"] for line in lines} == {str(each) for each in tenants}
    lock = aws.head_object(Bucket=name, Key=key)
    assert lock["ObjectLockMode"] == "COMPLIANCE"
    assert (lock["ObjectLockRetainUntilDate"] - lock["LastModified"]).days in {399, 400}
    assert on_record(tenants[0]) == ["intent", "ok"]
    assert on_record(tenants[1]) == []
    assert proxy.calls["PutObject"] == 1
    with superuser(postgres) as root:
        assert verdict(root, tenants[1], lines).findings == []
    # Nothing more within the hour, though there are new heads.
    write(tenants[1], 3)
    seal_all(tenants[1])
    bucket.to_bucket(tenants)
    assert proxy.calls["PutObject"] == 1
    with tenant_tx(tenants[1]):
        assert AuditAnchor.objects.get(tenant_id=tenants[1], place="bucket").name == f"s3://{name}/heads/"


def test_a_refusal_is_recorded_and_not_repeated_within_the_hour(world):
    tenants, _account, aws, name, proxy = world
    proxy.rule("PutObject", code="AccessDenied", status=403)
    with pytest.raises(CallFailed):
        bucket.to_bucket(tenants)
    bucket.to_bucket(tenants)
    assert on_record(tenants[0]) == ["intent", "failed"]
    assert written(aws, name) == []
    with tenant_tx(tenants[0]):
        assert not AuditAnchor.objects.filter(tenant_id=tenants[0], place="bucket").exists()


def test_no_record_no_call(world, postgres):
    tenants, _account, aws, name, proxy = world
    app = connection.settings_dict["USER"]
    with superuser(postgres) as root:
        root.execute(f"REVOKE INSERT ON audit_event FROM {app}")
        try:
            with pytest.raises(Exception, match="permission denied"):
                bucket.to_bucket(tenants)
        finally:
            root.execute(f"GRANT INSERT ON audit_event TO {app}")
    assert proxy.calls["PutObject"] == 0
    assert written(aws, name) == []


@pytest.mark.parametrize("text", ["nonsense", "00000000-0000-0000-0000-000000000000:name", ":name"])
def test_a_setting_that_names_no_account_is_told(panel_env, settings, text):
    from django.core.exceptions import ImproperlyConfigured

    settings.NORTHGATE_ANCHOR_BUCKET = text
    with pytest.raises(ImproperlyConfigured, match="<account id>:<bucket>"):
        bucket.to_bucket([make_people().tenant_id])
