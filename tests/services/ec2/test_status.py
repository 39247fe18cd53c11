"""What AWS's checks of an instance say, in words."""

import pytest

from apps.catalog import registry
from apps.inventory import parts
from apps.services.ec2 import attributes, status
from tests.console.world import client, fragment
from tests.services.ec2.known import thing


def checked(state="running", **parts):
    found = {f"{name}Status": {"Status": value, "Details": []} for name, value in parts.items()}
    return thing("ec2.instance", state, StatusChecks=found)


@pytest.mark.pure
@pytest.mark.parametrize(
    ("item", "tone", "words", "tones"),
    [
        (checked(System="ok", Instance="ok", AttachedEbs="ok"), "ok", "All 3 checks passed.", ["ok", "ok", "ok"]),
        (checked(System="impaired", Instance="ok"), "bad", "a stop and a start", ["bad", "ok"]),
        (checked(System="ok", Instance="impaired"), "bad", "does not answer", ["ok", "bad"]),
        (checked(System="initializing", Instance="initializing"), "", "", ["warn", "warn"]),
        (checked("stopped", System="not-applicable"), "idle", "checked while it runs", []),
    ],
)
def test_what_failed_is_said_with_what_helps(item, tone, words, tones):
    shown = status.checks_card(item)
    assert shown.tone == tone
    assert words in " ".join(map(str, shown.words))
    assert [each for each, _text in shown.checks] == tones


@pytest.mark.pure
def test_what_aws_plans_is_listed():
    event = {"Code": "instance-retirement", "Description": "old hardware", "NotBefore": "2026-12-01T00:00:00Z"}
    item = thing("ec2.instance", "running", StatusChecks={"Events": [event]})
    assert status.events_card(item).rows == [["instance-retirement", "old hardware", "2026-12-01T00:00:00Z", None]]


def test_the_tab_asks_aws_as_it_is_opened(cloud):
    id = cloud.launch()
    text = fragment(client(cloud.people.viewer), f"/ec2/instances/{id}/tab/status/").content.decode()
    assert "checks passed." in text


@pytest.mark.pure
@pytest.mark.parametrize(
    ("state", "results", "said"),
    [
        ("running", ("ok", "ok", "ok"), "3/3 checks passed"),
        ("running", ("ok", "ok"), "2/2 checks passed"),
        ("running", ("ok", "impaired"), "1/2 checks passed"),
        ("running", ("impaired", "initializing"), "0/2 checks passed"),
        ("running", ("ok", "initializing"), "initializing"),
        ("running", ("insufficient-data", "insufficient-data"), "insufficient data"),
        ("running", ("not-applicable",), ""),
        ("running", (), ""),
        ("stopped", ("ok", "ok"), ""),
    ],
)
def test_the_list_says_how_many_checks_passed(state, results, said):
    found = dict(zip(attributes.CHECKS, ({"Status": each} for each in results), strict=False))
    assert attributes.checks(thing("ec2.instance", state, StatusCheckResults=found)) == said


def test_one_call_asks_for_all_that_run(place):
    running, stopped = place.machine(), place.machine()
    place.aws.stop_instances(InstanceIds=[stopped])
    place.proxy.reset()
    place.sync("ec2.instance")
    assert place.proxy.calls["DescribeInstanceStatus"] == 1
    kind = registry.resource("ec2.instance")
    column = kind.column("checks")
    assert column.value(place.item("ec2.instance", running)) == "2/2 checks passed"
    assert not column.value(place.item("ec2.instance", stopped))
    page = client(place.people.viewer).get("/ec2/instances/").content.decode()
    assert "2/2 checks passed" in page


def test_what_may_not_be_read_is_said_and_the_instances_are_listed(place):
    id = place.machine()
    place.proxy.rule("DescribeInstanceStatus", times=9, code="UnauthorizedOperation", status=403)
    place.sync("ec2.instance")
    item = place.item("ec2.instance", id)
    assert item.state == "running"
    assert registry.resource("ec2.instance").column("checks").unread(item) == "UnauthorizedOperation"


def test_no_call_asks_for_more_than_aws_takes(place):
    objects = [{"InstanceId": f"i-{n:017x}", "State": {"Name": "running"}} for n in range(150)]
    place.proxy.reset()
    found = list(parts.completed(place.account, "us-west-2", registry.resource("ec2.instance"), objects))
    assert place.proxy.calls["DescribeInstanceStatus"] == 2
    assert [one["InstanceId"] for one in found] == [one["InstanceId"] for one in objects]
    assert {one["Unread"]["StatusCheckResults"] for one in found} == {"InvalidInstanceID.NotFound"}
