"""A worker dies in the middle of emptying a bucket: another goes on, and nothing is done twice."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from tests.cloud.helpers import keys_draft, number

REGION = "us-east-1"
COUNT = 2300


@pytest.fixture
def storage(stage, ministack, storage_proxy):
    """A bucket's name, a client for S3 that goes straight there, and the proxy before it."""
    root = number()
    account = create_account(stage.people.owner.actor, keys_draft(storage_proxy.url, root), check=False)
    straight = create_account(stage.people.owner.actor, keys_draft(ministack, root), check=False)
    aws, name = clients.client(straight, "s3", REGION), f"killed-{secrets.token_hex(6)}"
    aws.create_bucket(Bucket=name)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: aws.put_object(Bucket=name, Key=f"{n:05d}", Body=b"x"), range(COUNT)))
    sync.sync(account, "global", "s3.bucket")
    storage_proxy.reset()
    yield name, aws, storage_proxy, account
    storage_proxy.reset()


def test_killed_in_the_middle_of_a_sweep(stage, running, storage):
    name, aws, proxy, account = storage
    proxy.rule("DeleteObjects")  # the first batch
    held = proxy.rule("DeleteObjects", hold=True)
    path = f"/s3/buckets/{name}/empty/?account={account.id}"
    asked = stage.ask(stage.people.owner, "POST", path, {})
    assert asked.status == 202, asked.body
    assert held.reached.wait(60), "the call was never made"
    running.kill("worker")
    held.go.set()
    running.restart("worker")
    done = stage.ended(stage.people.owner, asked.body["id"], 120)
    assert done["state"] == "succeeded", done
    assert "Contents" not in aws.list_objects_v2(Bucket=name)
    assert proxy.calls["DeleteObjects"] == 3, "what is gone is listed no more"
    assert done["steps"][0]["progress"]["done"] == COUNT - 1000, "what the dead worker did last it could not count"
    again = stage.ask(stage.people.owner, "POST", path, {})
    assert stage.ended(stage.people.owner, again.body["id"])["state"] == "succeeded", "of an empty bucket"
