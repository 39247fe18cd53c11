"""Alarms made, switched and deleted on the real protocol; what is refused, and where an instance shows them."""

import secrets

import pytest

from apps.catalog import registry
from tests.console.world import client, fragment
from tests.services.ec2.cloud import REGION, cloud, house  # noqa: F401  fixtures

ALARM = "cloudwatch.alarm"


@pytest.fixture
def id(cloud):  # noqa: F811
    return cloud.launch()


@pytest.fixture
def values(id):
    return {"name": f"busy-{secrets.token_hex(4)}", "instance": id}


def refused(cloud, values):  # noqa: F811
    from apps.catalog.forms import json_errors

    return {key: " ".join(found) for key, found in json_errors(cloud.wizard(f"{ALARM}.create", values).form).items()}


def test_an_alarm_is_made_seen_switched_and_deleted(cloud, id, values):  # noqa: F811
    topic = f"arn:aws:sns:{REGION}:111111111111:ops"
    more = {"datapoints": 2, "topic": topic, "act": "recover", "metric": "StatusCheckFailed_System", "period": "60"}
    ended = cloud.carry_out(cloud.wizard(f"{ALARM}.create", values | more))
    assert ended.state == "succeeded", ended.error
    aws, name = cloud.client("cloudwatch"), values["name"]
    (found,) = aws.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["AlarmActions"] == [topic, f"arn:aws:automate:{REGION}:ec2:recover"]
    assert (found["DatapointsToAlarm"], found["EvaluationPeriods"], found["Threshold"]) == (2, 3, 80.0)
    related = fragment(client(cloud.people.viewer), f"/ec2/instances/{id}/tab/related/").content.decode()
    assert name in related
    page = fragment(client(cloud.people.viewer), f"/cloudwatch/alarms/{name}/tab/rule/").content.decode()
    assert "StatusCheckFailed_System &gt; 80, 2 / 3 × 1 min" in page
    cloud.write(f"{ALARM}.disable-actions", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is False
    cloud.write(f"{ALARM}.enable-actions", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is True
    cloud.write(f"{ALARM}.delete", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_one_of_that_name_is_never_written_over(cloud, values):  # noqa: F811
    late = cloud.wizard(f"{ALARM}.create", values | {"threshold": 1})
    assert cloud.carry_out(cloud.wizard(f"{ALARM}.create", values)).state == "succeeded"
    assert "write over it" in refused(cloud, values)["name"]
    assert cloud.carry_out(late).state == "failed", "it was made after the form was checked"
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[values["name"]])["MetricAlarms"]
    assert found["Threshold"] == 80.0


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"periods": 300}, "periods", "300 periods of 300 seconds are 90000 seconds; AWS looks back 86400"),
        ({"datapoints": 4}, "datapoints", "4 out of 3"),
        ({"period": "60"}, "period", "every 5 minutes"),
        ({"act": "recover"}, "act", "StatusCheckFailed_System only"),
        ({"topic": "ops"}, "topic", "this is ops"),
        ({"topic": "arn:aws:sns:us-east-1:111111111111:ops"}, "topic", "lies in us-east-1"),
        ({"name": "x" * 256}, "name", "255"),
        ({"instance": "i-0123456789abcdef0"}, "instance", "not known"),
    ],
)
def test_what_cloudwatch_would_refuse_is_said_beside_its_field(cloud, values, more, field, words):  # noqa: F811
    assert words in refused(cloud, values | more)[field]


def test_an_instance_leads_to_an_alarm_of_its_own(cloud, id):  # noqa: F811
    page = client(cloud.people.operator).get(f"/ec2/instances/{id}/").content.decode()
    assert "/cloudwatch/alarms/create/create/?" in page
    path = "/cloudwatch/alarms/"
    assert client(cloud.people.viewer).get(path).status_code == 200
    assert client(cloud.people.outsider).get(f"{path}anything/").status_code == 404
    assert registry.resource(ALARM).cost is not None
