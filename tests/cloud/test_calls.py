import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from botocore.response import StreamingBody

from apps.catalog.resources import Call
from apps.cloud import accounts
from apps.cloud.calls import call, jsonable, pages
from apps.cloud.explain import CallFailed
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft, moto_account

INSTANCES = Call(
    "describe_instances",
    "Reservations[].Instances[]",
    by_id="InstanceIds",
    missing=("InvalidInstanceID.NotFound",),
)


@pytest.fixture(scope="module")
def account(people, moto):
    return moto_account(people.owner.actor, moto)


@pytest.fixture(scope="module")
def stack(people, ministack):
    return accounts.create_account(people.owner.actor, keys_draft(ministack), check=False)


@pytest.fixture(scope="module")
def ids(account):
    image = call(account, "us-east-1", "ec2.describe_images", {"Owners": ["amazon"]}).data["Images"][0]["ImageId"]
    made = []
    for _ in range(3):
        params = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 2, "MaxCount": 2}
        made += call(account, "us-east-1", "ec2.run_instances", params).data["Instances"]
    return [one["InstanceId"] for one in made]


def test_an_answer_is_plain_data_with_its_request_id(account, ids):
    answer = call(account, "us-east-1", "ec2.describe_instances", {"InstanceIds": ids[:1]})
    instance = answer.data["Reservations"][0]["Instances"][0]

    assert answer.request_id
    assert "ResponseMetadata" not in answer.data
    assert datetime.fromisoformat(instance["LaunchTime"]).tzinfo is not None


def test_pages_gives_the_objects_of_every_page(account, ids):
    assert {one["InstanceId"] for one in pages(account, "us-east-1", INSTANCES, service="ec2")} >= set(ids)


def test_pages_by_id_gives_those(account, ids):
    found = pages(account, "us-east-1", INSTANCES, service="ec2", ids=ids[1:3])
    assert {one["InstanceId"] for one in found} == set(ids[1:3])


def test_one_unknown_id_fails_with_the_code_that_a_declaration_names(account, ids):
    with pytest.raises(CallFailed) as failed:
        list(pages(account, "us-east-1", INSTANCES, service="ec2", ids=[*ids, "i-0123456789abcdef0"]))
    assert failed.value.explained.code in INSTANCES.missing
    assert failed.value.explained.kind == "not_found"


def test_a_call_that_takes_one_name_is_made_for_each(stack):
    for name in ("one", "two"):
        trust = '{"Version":"2012-10-17","Statement":[]}'
        call(stack, "us-east-1", "iam.create_role", {"RoleName": name, "AssumeRolePolicyDocument": trust})
    read = Call("get_role", "[Role]", by_id="RoleName")

    found = pages(stack, "global", read, service="iam", ids=["one", "two"])
    assert [one["RoleName"] for one in found] == ["one", "two"]


def test_what_the_endpoint_lacks_is_told_as_that(account):
    with pytest.raises(CallFailed) as failed:
        call(account, "us-east-1", "ec2.monitor_instances", {"InstanceIds": ["i-0123456789abcdef0"]})
    assert failed.value.explained.kind == "unsupported"
    assert "does not support" in failed.value.explained.text


def test_a_wrong_parameter_is_not_sent(account):
    with pytest.raises(CallFailed) as failed:
        call(account, "us-east-1", "ec2.run_instances", {"MinCount": "two"})
    assert failed.value.explained.kind == "invalid"
    assert failed.value.explained.changed == "no"
    assert "MinCount" in failed.value.explained.text


def test_an_unknown_operation_is_an_error_of_ours(account):
    for name in ("ec2.close", "ec2.meta", "ec2.get_paginator", "ec2.__class__", "nothing.at_all"):
        with pytest.raises(CallFailed):
            call(account, "us-east-1", name)


def test_no_call_inside_a_transaction(people, account):
    with tenant_tx(people.tenant_id), pytest.raises(RuntimeError, match="not inside"):
        call(account, "us-east-1", "ec2.describe_instances")
    with tenant_tx(people.tenant_id), pytest.raises(RuntimeError, match="not inside"):
        list(pages(account, "us-east-1", INSTANCES, service="ec2"))


def test_an_object_is_read_as_text_or_bytes(stack):
    call(stack, "us-east-1", "s3.create_bucket", {"Bucket": "calls-test"})
    for key, body in {"text": b"hello", "bytes": b"\xff\xfe"}.items():
        call(stack, "us-east-1", "s3.put_object", {"Bucket": "calls-test", "Key": key, "Body": body})

    get = lambda key: call(stack, "us-east-1", "s3.get_object", {"Bucket": "calls-test", "Key": key}).data["Body"]  # noqa: E731
    assert get("text") == "hello"
    assert get("bytes") == {"$bytes": "//4="}


@pytest.mark.pure
def test_jsonable():
    stream = StreamingBody(io.BytesIO(b"{}"), 2)
    found = jsonable(
        {"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "n": Decimal("1.5"), "s": stream, "l": (1, None)}
    )

    assert found == {"at": "2026-01-02T03:04:05Z", "n": "1.5", "s": "{}", "l": [1, None]}
