"""What CloudWatch measured, kept for lists: real CloudWatch calls, rows as a sync stores them."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog import registry
from apps.catalog.filters import Filter
from apps.catalog.metrics import Measure, Metric
from apps.cloud import accounts
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.inventory import query
from apps.inventory.measures import measure
from apps.inventory.models import MeasuredValue, MeasureScan
from apps.inventory.query import Query
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.inventory.rows import instance, keep

KIND, EAST, WEST = "ec2.instance", "us-east-1", "eu-west-1"
INSTANCES = registry.resource(KIND)
STEP = timedelta(minutes=5)


def slot(back=0):
    """The start of a period of five minutes."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 5) - back * STEP


def report(account, region, id, values, *, until=None):
    """CloudWatch has these CPU values of an instance; the last begins at `until`. None is a gap."""
    until = until or slot(1)
    data = [
        {
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": id}],
            "Timestamp": until - n * STEP,
            "Value": float(value),
        }
        for n, value in enumerate(reversed(values))
        if value is not None
    ]
    call(account, region, "cloudwatch.put_metric_data", {"Namespace": "AWS/EC2", "MetricData": data})


def listed(person, account, **more):
    with tenant_tx(person.actor.tenant_id):
        return query.listing(person.actor, INSTANCES, Query(accounts=[account.id], **more))


def measured(person, account):
    return {item.name: item.measured.get("cpu") for item in listed(person, account).items}


def expire(account):
    """The period is over."""
    with tenant_tx(account.tenant_id):
        MeasureScan.objects.filter(account_id=account.id).update(next_at=None)


def names(page):
    return [item.name for item in page.items]


def test_the_last_hour_of_what_runs_is_kept(people, stack):
    keep(stack, EAST, [instance(1, name="a"), instance(2, name="b", state="stopped"), instance(3, name="new")])
    values = [None, 5, 6, 7, None, 9, 10, 11, 12, 13, 14, 15.5]
    report(stack, EAST, f"i-{1:017x}", [99, 98, 97, *values])
    report(stack, EAST, f"i-{2:017x}", [50])

    outcome = measure(stack, EAST, INSTANCES)

    assert (outcome.written, outcome.removed, outcome.errors, outcome.busy) == (1, 0, {}, False)
    found = measured(people.viewer, stack)
    assert (found["b"], found["new"]) == (None, None)
    assert (found["a"].last, found["a"].points, found["a"].at) == (15.5, tuple(values), slot(1))
    with tenant_tx(stack.tenant_id):
        one = query.get(stack.tenant_id, KIND, f"i-{1:017x}", stack.id, EAST)
    assert INSTANCES.column("cpu").value(one) == 15.5


def test_cloudwatch_is_asked_once_a_period_and_only_changes_are_written(people, stack, monkeypatch):
    keep(stack, EAST, [instance(1, name="a"), instance(2, name="b")])
    for n in (1, 2):
        report(stack, EAST, f"i-{n:017x}", [n, n + 1], until=slot(3))
    asked = []
    monkeypatch.setattr("apps.cloud.metrics.call", lambda *args, **more: asked.append(1) or call(*args, **more))
    assert measure(stack, EAST, INSTANCES).written == 2
    assert measure(stack, EAST, INSTANCES).busy
    assert len(asked) == 1
    expire(stack)
    assert measure(stack, EAST, INSTANCES).written == 0
    report(stack, EAST, f"i-{2:017x}", [40], until=slot(2))
    expire(stack)
    assert measure(stack, EAST, INSTANCES).written == 1
    assert {name: found.last for name, found in measured(people.viewer, stack).items()} == {"a": 2, "b": 40}


def test_what_stops_or_goes_loses_its_values(people, stack):
    keep(stack, EAST, [instance(n, name="abc"[n]) for n in range(3)])
    for n in range(3):
        report(stack, EAST, f"i-{n:017x}", [n + 1])
    measure(stack, EAST, INSTANCES)
    keep(stack, EAST, [instance(0, name="a"), instance(1, name="b", state="stopped")])
    expire(stack)
    assert measure(stack, EAST, INSTANCES).removed == 2
    with tenant_tx(stack.tenant_id):
        assert [row.last for row in MeasuredValue.objects.filter(account_id=stack.id)] == [1]


def test_a_call_takes_500_series(stack, monkeypatch):
    keep(stack, EAST, [instance(n) for n in range(501)])
    asked = []

    def counted(account, region, name, params, **more):
        asked.append((name, len(params["MetricDataQueries"])))
        return call(account, region, name, params, **more)

    monkeypatch.setattr("apps.cloud.metrics.call", counted)
    report(stack, EAST, f"i-{500:017x}", [7])
    assert measure(stack, EAST, INSTANCES).written == 1
    assert asked == [("cloudwatch.get_metric_data", 500), ("cloudwatch.get_metric_data", 1)]


@pytest.fixture
def narrow(people, stack, ministack):
    """The same AWS account, by a key that may read nothing of CloudWatch."""
    user = f"reader-{stack.number}"
    call(stack, EAST, "iam.create_user", {"UserName": user})
    key = call(stack, EAST, "iam.create_access_key", {"UserName": user}).data["AccessKey"]
    draft = keys_draft(
        ministack, key["AccessKeyId"], number=stack.number, secret_key=key["SecretAccessKey"], regions=(EAST,)
    )
    return create_account(people.owner.actor, draft, check=False)


def test_an_account_that_may_not_read_cloudwatch_keeps_its_list(people, stack, narrow):
    keep(narrow, EAST, [instance(1, name="a")])
    outcome = measure(narrow, EAST, INSTANCES)
    assert (outcome.errors[EAST].kind, outcome.written) == ("denied", 0)
    assert measured(people.viewer, narrow) == {"a": None}
    with tenant_tx(narrow.tenant_id):
        scan = MeasureScan.objects.get(account_id=narrow.id)
    assert "cloudwatch:GetMetricData" in scan.errors[EAST]["text"]
    assert scan.ok_at is None
    assert scan.next_at - scan.finished_at >= timedelta(minutes=14), "what can't succeed soon isn't tried soon"


def test_what_was_measured_stays_while_cloudwatch_fails(people, stack, monkeypatch):
    keep(stack, EAST, [instance(1, name="a")])
    report(stack, EAST, f"i-{1:017x}", [3])
    measure(stack, EAST, INSTANCES)
    expire(stack)
    with tenant_tx(stack.tenant_id):
        stack.endpoints = {"*": "http://127.0.0.1:1"}
        stack.save()
    assert measure(stack, EAST, INSTANCES).errors.keys() == {EAST}
    assert measured(people.viewer, stack)["a"].last == 3


def test_a_resource_of_a_global_list_is_measured_in_its_own_region(people, stack, monkeypatch):
    types = ("StandardStorage", "GlacierStorage")
    size = Measure(
        "size",
        "Size",
        Metric("BucketSizeBytes", "Size", "AWS/S3", "BucketName", fixed=tuple({"StorageType": each} for each in types)),
        window=3 * 86400,
        period=86400,
        curve=False,
    )
    objects = Metric("NumberOfObjects", "Objects", "AWS/S3", "BucketName", fixed=({"StorageType": "AllStorageTypes"},))
    count = Measure("objects", "Objects", objects, window=3 * 86400, period=86400, curve=False)
    buckets = replace(registry.resource("s3.bucket"), measures=(size, count))
    keep(
        stack,
        "global",
        [{"Name": "home", "BucketRegion": EAST}, {"Name": "away", "BucketRegion": WEST}],
        kind="s3.bucket",
    )
    yesterday = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)

    def told(bucket, region, name, type, value):
        dimensions = [{"Name": "BucketName", "Value": bucket}, {"Name": "StorageType", "Value": type}]
        data = [{"MetricName": name, "Dimensions": dimensions, "Timestamp": yesterday, "Value": value}]
        call(stack, region, "cloudwatch.put_metric_data", {"Namespace": "AWS/S3", "MetricData": data})

    told("home", EAST, "BucketSizeBytes", types[0], 1e12)
    told("home", EAST, "BucketSizeBytes", types[1], 1.0)
    told("home", EAST, "NumberOfObjects", "AllStorageTypes", 3.0)
    told("away", EAST, "NumberOfObjects", "AllStorageTypes", 77.0)  # of another bucket of that name in the past
    told("away", WEST, "NumberOfObjects", "AllStorageTypes", 5.0)
    asked = []

    def counted(account, region, name, params, **more):
        asked.append((region, len(params["MetricDataQueries"])))
        return call(account, region, name, params, **more)

    monkeypatch.setattr("apps.cloud.metrics.call", counted)
    assert measure(stack, "global", buckets).written == 3
    assert sorted(asked) == [(WEST, 3), (EAST, 3)], "measures of one period share their calls"
    with tenant_tx(people.tenant_id):
        page = query.listing(people.viewer.actor, buckets, Query(accounts=[stack.id], sort="-size"))
    assert [(item.id, {key: found.last for key, found in item.measured.items()}) for item in page.items] == [
        ("home", {"size": 1e12 + 1, "objects": 3}),
        ("away", {"objects": 5}),
    ]


@pytest.fixture
def five(stack):
    """Five instances, of which four are measured: e 50, d 40, b 20, a 20."""
    keep(stack, EAST, [instance(n, name="abcde"[n]) for n in range(5)])
    for n, value in enumerate((20, 20, None, 40, 50)):
        if value:
            report(stack, EAST, f"i-{n:017x}", [value])
    measure(stack, EAST, INSTANCES)
    return stack


def test_the_list_sorts_by_the_last_value(people, five):
    assert names(listed(people.viewer, five, sort="-cpu")) == ["e", "d", "b", "a", "c"]
    assert names(listed(people.viewer, five, sort="cpu")) == ["c", "a", "b", "d", "e"]
    for sort in ("-cpu", "cpu"):
        whole, paged, cursor = names(listed(people.viewer, five, sort=sort)), [], ""
        for _ in range(math.ceil(5 / 2)):
            page = listed(people.viewer, five, sort=sort, size=2, cursor=cursor)
            paged += names(page)
            cursor = page.next
        assert (paged, cursor) == (whole, "")
        assert names(listed(people.viewer, five, sort=sort, size=2, page=2)) == whole[2:4]


@pytest.mark.parametrize(
    ("key", "op", "value", "found"),
    [
        ("cpu", ">", "20", "de"),
        ("cpu", "<", "40.5", "abd"),
        ("cpu", "=", "20", "ab"),
        ("cpu", "!=", "20", "cde"),
        ("cpu", "=", "", "c"),
        ("cpu", "!=", "", "abde"),
        ("cpu", ":", "2", ""),
        ("cpu", ">", "many", ""),
    ],
)
def test_the_list_filters_by_the_last_value(people, five, key, op, value, found):
    page = listed(people.viewer, five, filters=(Filter(key, op, value),))
    assert "".join(names(page)) == found
    assert page.total == len(found)


def test_values_are_the_tenants_own(people, five):
    outsider = people.outsider.actor
    with tenant_tx(outsider.tenant_id):
        assert not MeasuredValue.objects.exists()
        assert not MeasureScan.objects.exists()
        assert query.listing(outsider, INSTANCES, Query(sort="-cpu", filters=(Filter("cpu", ">", "0"),))).items == ()
        assert MeasuredValue.objects.update(last=1) == 0
    assert not MeasuredValue.objects.exists(), "without a tenant there is nothing"


def test_removing_an_account_takes_its_values_along(people, five):
    accounts.delete_account(people.owner.actor, five.id)
    with tenant_tx(five.tenant_id):
        assert not MeasuredValue.objects.filter(account_id=five.id).exists()
        assert not MeasureScan.objects.filter(account_id=five.id).exists()
    assert measure(five, EAST, INSTANCES).written == 0
