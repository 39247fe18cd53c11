"""`POST /api/v1/schedules/{id}/run/` with an idempotency key: one run, however often and however fast."""

import secrets

import pytest

from apps.operations import schedules
from apps.operations.models import Operation, Run
from apps.tenancy.context import tenant_tx
from tests.api.test_idempotency import AT_ONCE, at_once
from tests.api.world import Api
from tests.operations.conftest import REGION
from tests.services.ec2.doing import small  # noqa: F401  a fixture
from tests.services.ec2.doing import world as behind  # noqa: F401  a fixture


@pytest.fixture
def api(behind) -> Api:  # noqa: F811
    return Api(behind.people.owner)


@pytest.fixture
def path(behind, api) -> str:  # noqa: F811
    """A schedule over one instance."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "backup", "Value": behind.mark}]}]
    behind.aws.run_instances(
        ImageId="ami-12c6146b", InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags
    )
    behind.sync("ec2.instance")
    body = {"name": behind.mark, "tags": [{"key": "backup", "value": behind.mark}], "every": "day", "time": "03:00"}
    made = api.post("/schedules/", body)
    assert made.status_code == 201, made.content
    return f"/schedules/{made.json()['id']}/run/"


def test_fifty_at_once_make_one_run(behind, api, path):  # noqa: F811
    answers = at_once(api, path, [{}] * AT_ONCE, f"fifty-{behind.mark}")
    assert {answer.status_code for answer in answers} == {202}, answers[0].content
    assert len({answer.content for answer in answers}) == 1
    with tenant_tx(behind.people.tenant_id):
        (run,) = Run.objects.filter(schedule__name=behind.mark)
        assert Operation.objects.filter(run=run).count() == run.targets == 1
        assert schedules.under_way(run.schedule)


def test_one_key_stands_for_one_request(behind, api, path):  # noqa: F811
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = api.post(path, {}, **key)
    assert first.status_code == 202
    assert api.post(path, {}, **key).json()["id"] == first.json()["id"]
    for changed in (
        api.post(path, {"again": True}, **key),
        api.post("/ec2/key-pairs/", {"account": str(behind.account.id), "region": REGION, "name": "a"}, **key),
    ):
        assert changed.status_code == 422, changed.content
        assert "key-reused" in changed.json()["type"]
    assert api.post(path, {}, **{"Idempotency-Key": "two words"}).status_code == 400
    assert api.post(path, {}).json()["id"] != first.json()["id"], "without a key each is a run of its own"


def test_a_key_is_a_member_s_own(behind, api, path):  # noqa: F811
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first, other = api.post(path, {}, **key), Api(behind.people.operator).post(path, {}, **key)
    assert (first.status_code, other.status_code) == (202, 202)
    assert first.json()["id"] != other.json()["id"]
    assert Api(behind.people.viewer).post(path, {}, **key).status_code == 403
    assert Api(behind.people.outsider).post(path, {}, **key).status_code == 404
