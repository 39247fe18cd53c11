"""Key pairs and alarms by REST: a secret that is answered once, and an edit that names only what differs."""

import secrets

import pytest

from tests.api.test_changes import problem
from tests.api.test_idempotency import AT_ONCE, at_once
from tests.api.world import Api
from tests.operations.conftest import REGION
from tests.services.ec2.doing import small  # noqa: F401  a fixture
from tests.services.ec2.doing import world as behind  # noqa: F401  a fixture

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me@laptop"


def place(world, **more):
    return {"account": str(world.production.id), "region": "eu-west-1", **more}


def test_a_private_key_is_in_the_first_answer_alone(world, owner, viewer):
    body, key = place(world, name=f"laptop-{secrets.token_hex(3)}", format="ppk"), secrets.token_hex(8)
    path = "/ec2/key-pairs/?wizard=create"
    first = owner.post(path, body, **{"Idempotency-Key": key})
    assert first.status_code == 202, first.content
    shown = first.json()["secrets"]
    assert shown["private_key"].startswith("PuTTY-User-Key-File-3: ssh-ed25519")
    assert shown["filename"] == f"{body['name']}.ppk"
    again = owner.post(path, body, **{"Idempotency-Key": key}).json()
    assert again["id"] == first.json()["id"]
    assert "secrets" not in again
    assert "PuTTY" not in owner.get(f"/operations/{again['id']}/").content.decode()
    planned = owner.post(f"{path}&plan=1", body).json()
    assert "secrets" not in planned
    assert viewer.post(path, body).status_code == 403


def test_a_public_key_is_read_before_it_is_sent(world, owner):
    path = "/ec2/key-pairs/?wizard=import&plan=1"
    preview = owner.post(path, place(world, name="mine", public_key=PUBLIC)).json()
    assert "AWS will show the fingerprint" in str(preview["means"])
    refused = problem(owner.post(path, place(world, name="mine", public_key="ssh-ed25519")), 422, "invalid")
    assert "no public key" in str(refused["errors"]["public_key"])
    refused = problem(owner.post(path, place(world, name="x" * 256, public_key=PUBLIC)), 422, "invalid")
    assert "at most 255 characters (it has 256)" in str(refused["errors"]["name"])


@pytest.fixture
def path(behind) -> str:  # noqa: F811
    """An alarm on 80 % of an instance that is none."""
    from apps.cloud import clients

    name = f"busy-{behind.mark}"
    clients.client(behind.account, "cloudwatch", REGION).put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=3,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        OKActions=[f"arn:aws:sns:{REGION}:111111111111:ops"],
    )
    behind.sync("cloudwatch.alarm")
    return f"/cloudwatch/alarms/{name}/edit/?plan=1"


def test_what_an_edit_leaves_out_stays(behind, path):  # noqa: F811
    api = Api(behind.people.owner)
    preview = api.post(path, {"threshold": 90})
    assert preview.status_code == 200, preview.content
    (step,) = preview.json()["plan"]["steps"]
    now = {"Threshold": 90.0, "Statistic": "Maximum", "Period": 300, "EvaluationPeriods": 3}
    assert step["params"] | now == step["params"]
    assert step["params"]["OKActions"] == [f"arn:aws:sns:{REGION}:111111111111:ops"]
    assert "cloudwatch put-metric-alarm" in preview.json()["code"][0]["text"]
    refused = problem(api.post(path, {"on_alarm": [{"does": "topic", "arn": "ops"}]}), 422, "invalid")
    assert "this is ops" in str(refused["errors"]["on_alarm[0].arn"])
    assert Api(behind.people.outsider).post(path, {"threshold": 90}).status_code == 404
    real = path.replace("?plan=1", "")
    assert Api(behind.people.viewer).post(real, {"threshold": 90}).json()["permission"] == "cloudwatch.alarm.edit"


def test_fifty_at_once_that_ask_aws_first_make_one(behind, path):  # noqa: F811
    key, real = f"edit-{behind.mark}", path.replace("?plan=1", "")
    answers = at_once(Api(behind.people.owner), real, [{"threshold": 90}] * AT_ONCE, key)
    assert {answer.status_code for answer in answers} == {202}, answers[0].content
    assert len({answer.json()["id"] for answer in answers}) == 1
