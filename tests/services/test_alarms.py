"""Alarms made, switched and deleted on the real protocol; what is refused, and where an instance shows them."""

import json
import re
import secrets
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from apps.catalog import registry
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from tests.api.world import Api
from tests.cloud.helpers import keys_draft
from tests.console.world import client, fragment
from tests.services.ec2.cloud import REGION, cloud, house  # noqa: F401  fixtures
from tests.services.ec2.world import item

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
    assert f'href="/ec2/instances/{id}' in page
    assert "Tell nothing" in page, "what becomes of missing data, in words"
    cloud.write(f"{ALARM}.disable-actions", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is False
    cloud.write(f"{ALARM}.enable-actions", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["ActionsEnabled"] is True
    cloud.write(f"{ALARM}.delete", [name])
    assert aws.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_one_of_that_name_is_never_written_over(cloud, values):  # noqa: F811
    late = cloud.wizard(f"{ALARM}.create", values | {"threshold": 1})
    said = [
        *late.action.means(late.scope, late.form.cleaned_data),
        *late.action.notes(late.scope, late.form.cleaned_data),
    ]
    assert [text.split(":")[0] for text in said] == ["It goes off at", "It tells nobody and does nothing"]
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


def put(cloud, name, **more):  # noqa: F811
    given = {
        "AlarmName": name,
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
        "Statistic": "Average",
    }
    found = {key: value for key, value in (given | more).items() if value is not None}
    cloud.client("cloudwatch").put_metric_alarm(**found)
    cloud.sync(ALARM)


def there(cloud, name):  # noqa: F811
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def as_it_is(cloud, name):  # noqa: F811
    return dict(cloud.prepare(f"{ALARM}.edit", [name]).form.initial)


def test_what_the_form_does_not_ask_stays(cloud, id, values):  # noqa: F811
    topic, name = f"arn:aws:sns:{REGION}:111111111111:ops", values["name"]
    lost = f"arn:aws:lambda:{REGION}:111111111111:function:clean"
    dimensions = [{"Name": "InstanceId", "Value": id}]
    put(cloud, name, Dimensions=dimensions, Unit="Percent", ActionsEnabled=False, AlarmActions=[lost, topic])
    now = as_it_is(cloud, name)
    assert now["on_alarm"] == [{"does": "other", "arn": lost}, {"does": "topic", "arn": topic}]
    assert cloud.prepare(f"{ALARM}.edit", [name], now).plan.steps == ()
    wanted = now | {"threshold": 90.5, "datapoints": 2, "on_ok": [{"does": "stop"}], "on_alarm": now["on_alarm"][:1]}
    cloud.write(f"{ALARM}.edit", [name], wanted)
    found = there(cloud, name)
    assert (found["Threshold"], found["DatapointsToAlarm"], found["Unit"]) == (90.5, 2, "Percent")
    assert (found["AlarmActions"], found["OKActions"]) == ([lost], [f"arn:aws:automate:{REGION}:ec2:stop"])
    assert (found["Dimensions"], found["ActionsEnabled"]) == (dimensions, False)


def test_over_rest_null_empties_and_what_is_left_out_stays(cloud, id, values):  # noqa: F811
    name, topic = values["name"], f"arn:aws:sns:{REGION}:111111111111:ops"
    put(cloud, name, DatapointsToAlarm=2, AlarmActions=[topic], AlarmDescription="busy")
    api, path = Api(cloud.people.operator), f"/cloudwatch/alarms/{name}/edit/"
    for given, count in (({"threshold": 90}, 2), ({"datapoints": None, "description": None}, None)):
        asked = api.post(path, given)
        assert asked.status_code == 202, asked.content
        ended = cloud.finish(asked.json()["id"])
        assert ended.state == "succeeded", ended.error
        found = there(cloud, name)
        assert found.get("DatapointsToAlarm") == count
        assert (found["Threshold"], found["AlarmActions"]) == (90.0, [topic])
        cloud.sync(ALARM)
    assert not found.get("AlarmDescription")
    refused = api.post(path, {"threshold": None})
    assert (refused.status_code, refused.json()["errors"]) == (422, {"threshold": ["This field is required."]})


def test_what_changed_meanwhile_is_not_written_over(cloud, values):  # noqa: F811
    name = values["name"]
    put(cloud, name)
    prepared = cloud.prepare(f"{ALARM}.edit", [name], as_it_is(cloud, name) | {"threshold": 90})
    assert prepared.plan.steps[0]["same"]["path"].endswith("AlarmConfigurationUpdatedTimestamp")
    assert prepared.plan.steps[0]["undo"]["params"]["Threshold"] == 80
    prepared.plan.steps[0]["same"]["value"] = "2026-11-01T00:00:00Z"
    ended = cloud.carry_out(prepared)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert there(cloud, name)["Threshold"] == 80


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"period": "3600", "periods": 169}, "periods", "AWS looks back 604800 at most"),
        ({"datapoints": 4}, "datapoints", "4 out of 3"),
        ({"on_alarm": [{"does": "recover"}]}, "on_alarm", "watches no instance"),
        ({"on_ok": [{"does": "topic", "arn": "ops"}]}, "on_ok[0].arn", "this is ops"),
        ({"on_ok": [{"does": "other", "arn": ""}]}, "on_ok[0].arn", "this is empty"),
        ({"on_unknown": [{"does": "stop"}] * 6}, "on_unknown", "5"),
    ],
)
def test_an_edit_that_cloudwatch_would_refuse(cloud, values, more, field, words):  # noqa: F811
    put(cloud, values["name"])
    said = cloud.refused(f"{ALARM}.edit", [values["name"]], as_it_is(cloud, values["name"]) | more)
    assert words in said[field]


@pytest.mark.pure
def test_what_the_form_has_no_word_for_is_left_alone():
    edit = registry.action(f"{ALARM}.edit")
    tracked = item(ALARM, AlarmName="TargetTracking-group-high")
    assert "policy made it" in str(edit.why_not(tracked))
    several = item(ALARM, Metrics=[{"Id": "a", "Expression": "b / c"}])
    assert "expression of several metrics" in str(edit.why_not(several))
    rare = item(ALARM, Statistic=None, ExtendedStatistic="p99", Period=10)
    assert (edit.like(rare)["statistic"], edit.like(rare)["period"]) == ("", "")
    on, off = (registry.action(f"{ALARM}.{verb}-actions") for verb in ("enable", "disable"))
    assert not on.possible(item(ALARM))
    assert not off.possible(item(ALARM, ActionsEnabled=False))


def test_an_instance_leads_to_an_alarm_of_its_own(cloud, id):  # noqa: F811
    page = client(cloud.people.operator).get(f"/ec2/instances/{id}/").content.decode()
    assert "/cloudwatch/alarms/create/create/?" in page
    path = "/cloudwatch/alarms/"
    assert client(cloud.people.viewer).get(path).status_code == 200
    assert client(cloud.people.outsider).get(f"{path}anything/").status_code == 404
    assert registry.resource(ALARM).cost is not None


def test_its_page_draws_the_metric_the_threshold_and_what_happened(people, ministack):
    account = create_account(people.owner.actor, keys_draft(ministack), check=False)
    aws, name = clients.client(account, "cloudwatch", REGION), f"busy-{secrets.token_hex(4)}"
    dimensions = [{"Name": "InstanceId", "Value": "i-0a1b2c3d4e5f60718"}]
    aws.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=dimensions,
        Statistic="Average",
        Unit="Percent",
        Period=300,
        EvaluationPeriods=3,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
    )
    begun = datetime.now(UTC) - timedelta(minutes=25)
    found = [
        {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Unit": "Percent", "Value": value, "Timestamp": at}
        for at, value in ((begun + timedelta(minutes=5 * n), 60.0 + n) for n in range(4))
    ]
    aws.put_metric_data(Namespace="AWS/EC2", MetricData=found)
    aws.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="Too much.")
    assert sync.sync(account, REGION, ALARM).error is None
    address = f"/cloudwatch/alarms/{name}/tab/monitoring/?range=1h"
    page = fragment(client(people.viewer), address).content.decode()
    (chart,) = (json.loads(unescape(text)) for text in re.findall(r'data-chart="([^"]*)"', page))
    assert (chart["label"], chart["unit"], chart["bound"]) == (
        "CPUUtilization",
        "%",
        {"label": "Threshold", "value": 80.0},
    )
    assert chart["values"] == [60.0, 61.0, 62.0, 63.0]
    assert "bad" in [mark["tone"] for mark in chart["marks"]]
    assert "to in alarm" in page
    glance = fragment(client(people.viewer), f"/cloudwatch/alarms/{name}/tab/glance/").content.decode()
    assert 'class="bound" x1=' in glance, "in the panel, too"
    assert fragment(client(people.outsider), address).status_code == 404


@pytest.mark.pure
def test_what_is_drawn_of_an_alarm():
    kind = registry.resource(ALARM)
    (metric,) = kind.metrics_of(item(ALARM, Statistic=None, ExtendedStatistic="p99", Period=3600))
    assert (metric.stat, metric.period, metric.bound) == ("p99", 3600, ("Threshold", 80.0))
    assert kind.metrics_of(item(ALARM, MetricName=None, Metrics=[{"Id": "a", "Expression": "b / c"}])) == ()
    assert kind.marks.said({"HistorySummary": "Alarm updated", "HistoryData": "?"}) == ("idle", "Alarm updated")
    data = {"oldState": {"stateValue": "ALARM"}, "newState": {"stateValue": "OK"}}
    assert kind.marks.said({"HistoryData": json.dumps(data)}) == ("ok", "From in alarm to OK")
