"""What AWS's checks of an instance say, in words."""

import pytest

from apps.services.ec2 import status
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
