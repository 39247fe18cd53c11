from datetime import UTC, datetime, timedelta

import pytest

from apps.catalog.resources import Metric
from apps.cloud import accounts
from apps.cloud.calls import call
from apps.cloud.metrics import period_for, series
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


@pytest.mark.pure
def test_a_chart_has_at_most_some_300_points():
    assert [period_for(timedelta(hours=hours)) for hours in (1, 3, 24, 24 * 7, 24 * 30)] == [60, 60, 300, 3600, 21600]


@pytest.mark.pure
def test_nothing_to_show_is_no_call():
    assert series(None, "us-east-1", "i-1", []) == []
