from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.audit import record, search
from apps.audit.record import Target, Who
from apps.audit.search import Filters
from apps.tenancy.context import tenant_tx

ADA, BOB = Who("user", "u-ada", "Ada"), Who("token", "t-bob", "Bob (deploy)")


@pytest.fixture
def tenant_id(people):
    """An organization whose record has these five rows on top."""
    rows = [
        ("ec2.instance.stop", "ok", ADA, Target("ec2.instance", "i-1", "web", account="a-1"), {}),
        ("ec2.instance.start", "denied", BOB, Target("ec2.instance", "i-1", "web", account="a-1"), {}),
        ("ec2.volume.attach", "failed", BOB, Target("ec2.volume", "vol-1", account="a-2"), {"reason": "Zone differs"}),
        ("s3.bucket.create", "ok", ADA, Target("s3.bucket", "logs"), {"request_ids": ["REQ1"]}),
        ("s3x.bucket.create", "ok", ADA, Target("s3x.bucket", "100%_x"), {}),
    ]
    with tenant_tx(people.tenant_id):
        for act, result, who, target, more in rows:
            record.write(tenant_id=people.tenant_id, act=act, result=result, actor=who, target=target, **more)
    return people.tenant_id


def found(tenant_id, **filters) -> list[str]:
    with tenant_tx(tenant_id):
        acts = [event.act for event in search.query(tenant_id, Filters(**filters)).events]
    return [act for act in acts if not act.startswith("tenancy.")]


@pytest.mark.parametrize(
    ("filters", "acts"),
    [
        ({"act": "ec2.instance.stop"}, ["ec2.instance.stop"]),
        ({"act": "ec2.instance.*"}, ["ec2.instance.start", "ec2.instance.stop"]),
        ({"act": "s3.*.*"}, ["s3.bucket.create"]),
        ({"act": "*.*.attach"}, ["ec2.volume.attach"]),
        ({"act": "ec2.*"}, []),
        ({"act": "*", "target": "logs"}, ["s3.bucket.create"]),
        ({"result": "denied"}, ["ec2.instance.start"]),
        ({"who": "t-bob"}, ["ec2.volume.attach", "ec2.instance.start"]),
        ({"who": "ada", "account": "a-1"}, ["ec2.instance.stop"]),
        ({"target": "i-1"}, ["ec2.instance.start", "ec2.instance.stop"]),
        ({"text": "zone"}, ["ec2.volume.attach"]),
        ({"text": "100%_"}, ["s3x.bucket.create"]),
        ({"text": "REQ1"}, ["s3.bucket.create"]),
        ({"operation": "nonsense"}, []),
    ],
)
def test_filters(tenant_id, filters, acts):
    assert found(tenant_id, **filters) == acts


def test_dates(tenant_id):
    soon, past = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(hours=1)
    assert found(tenant_id, since=soon) == []
    assert found(tenant_id, until=past) == []
    assert len(found(tenant_id, since=past, until=soon)) == 5


def test_operation(tenant_id):
    operation = uuid4()
    with tenant_tx(tenant_id):
        record.write(tenant_id=tenant_id, act="x.y.z", result="intent", actor=ADA, operation=operation)
    assert found(tenant_id, operation=str(operation)) == ["x.y.z"]


def test_pages_cover_every_row_once(tenant_id):
    seen, cursor = [], None
    with tenant_tx(tenant_id):
        everything = [event.id for event in search.query(tenant_id, size=500).events]
        while True:
            page = search.query(tenant_id, before=cursor, size=2)
            seen += [event.id for event in page.events]
            if (cursor := page.older) is None:
                break
    assert seen == everything == sorted(everything, reverse=True)


def test_a_resources_timeline(tenant_id):
    with tenant_tx(tenant_id):
        page = search.timeline(tenant_id, "i-1", kind="ec2.instance", size=1)
        assert [event.act for event in page.events] == ["ec2.instance.start"]
        older = search.timeline(tenant_id, "i-1", before=page.older)
    assert [event.act for event in older.events] == ["ec2.instance.stop"]


def test_another_organizations_record_is_out_of_reach(people, tenant_id):
    with tenant_tx(people.outsider.actor.tenant_id):
        assert search.query(tenant_id).events == ()
