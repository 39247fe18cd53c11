from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog.metrics import Metric
from apps.cloud import accounts
from apps.cloud.calls import call
from apps.cloud.metrics import many, period_for, series
from tests.cloud.helpers import keys_draft

CPU = Metric("CPUUtilization", "CPU", "AWS/EC2", "InstanceId", top=100)
NETWORK = Metric("NetworkIn", "Network in", "AWS/EC2", "InstanceId", stat="Sum")


def test_series_of_a_resource(people, ministack):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    data = [
        {
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
            "Timestamp": now - timedelta(minutes=5 * n),
            "Value": 10.0 + n,
        }
        for n in range(6)
    ]
    call(account, "us-east-1", "cloudwatch.put_metric_data", {"Namespace": "AWS/EC2", "MetricData": data})

    cpu, network = series(account, "us-east-1", "i-1", [CPU, NETWORK])

    assert [value for _, value in cpu.points] == [15, 14, 13, 12, 11, 10]
    assert all(earlier < later for (earlier, _), (later, _) in zip(cpu.points, cpu.points[1:], strict=False))
    assert cpu.last == 10
    assert network.points == ()
    assert network.last is None


def test_many_resources_take_a_call_for_each_500_series(people, ministack, monkeypatch):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    asked = []

    def counted(account, region, name, params, **more):
        asked.append(len(params["MetricDataQueries"]))
        return call(account, region, name, params, **more)

    monkeypatch.setattr("apps.cloud.metrics.call", counted)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ids = [f"i-{n}" for n in range(1001)]
    for first in range(0, 1001, 500):
        data = [
            {
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": id}],
                "Timestamp": now,
                "Value": n + first,
            }
            for n, id in enumerate(ids[first : first + 500])
        ]
        call(account, "us-east-1", "cloudwatch.put_metric_data", {"Namespace": "AWS/EC2", "MetricData": data})

    wanted = [(CPU, id) for id in [*ids, "i-none"]]
    found = many(account, "us-east-1", wanted, start=now, end=now + timedelta(hours=1), period=300)

    assert asked == [500, 500, 2]
    assert found == [*(((now, float(n)),) for n in range(1001)), ()]


def test_the_series_of_several_dimensions_are_summed(people, ministack):
    account = accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)
    types = ("StandardStorage", "GlacierStorage", "DeepArchiveStorage")
    size = Metric(
        "BucketSizeBytes", "Size", "AWS/S3", "BucketName", fixed=tuple({"StorageType": each} for each in types)
    )
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    data = [
        {
            "MetricName": "BucketSizeBytes",
            "Dimensions": [{"Name": "BucketName", "Value": "b"}, {"Name": "StorageType", "Value": each}],
            "Timestamp": today - timedelta(days=day),
            "Value": value,
        }
        for each, day, value in ((types[0], 1, 100.0), (types[1], 1, 20.0), (types[0], 0, 7.0))
    ]
    call(account, "us-east-1", "cloudwatch.put_metric_data", {"Namespace": "AWS/S3", "MetricData": data})
    (points,) = many(
        account,
        "us-east-1",
        [(size, "b")],
        start=today - timedelta(days=2),
        end=today + timedelta(days=1),
        period=86400,
    )
    assert points == ((today - timedelta(days=1), 120.0), (today, 7.0))


@pytest.mark.pure
def test_a_chart_has_at_most_some_300_points():
    assert [period_for(timedelta(hours=hours)) for hours in (1, 3, 24, 24 * 7, 24 * 30)] == [60, 60, 300, 3600, 21600]


@pytest.mark.pure
def test_nothing_to_show_is_no_call():
    assert series(None, "us-east-1", "i-1", []) == []
