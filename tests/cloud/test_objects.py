"""The protocol of object storage against a server that verifies signatures."""

import urllib.error
import urllib.request

import pytest

from apps.cloud import objects
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from tests.buckets import KEYS, REGION, bucket_account, make_bucket, put


@pytest.fixture(scope="module")
def stack(people, ministack):
    return bucket_account(people.owner.actor, ministack)


@pytest.fixture(scope="module")
def bucket(stack):
    return make_bucket(stack, keys=KEYS)


def test_every_key_is_listed_as_it_is(stack, bucket):
    page = objects.listing(stack, REGION, bucket, delimiter="")
    assert [each["Key"] for each in page.objects] == sorted(KEYS, key=str.encode)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_read(stack, bucket, key):
    assert objects.head(stack, REGION, bucket, key)["ContentLength"] == len(key.encode())
    found = objects.first(stack, REGION, bucket, key, limit=4)
    assert (found.body, found.size) == (key.encode()[:4], len(key.encode()))
    assert b"".join(objects.content(stack, REGION, bucket, key)) == key.encode()
    address = objects.presign(stack, REGION, "get_object", {"Bucket": bucket, "Key": key}, seconds=60)
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == key.encode()


def test_pages_and_folders(stack, bucket):
    seen, prefixes, cursor = [], [], ""
    while True:
        page = objects.listing(stack, REGION, bucket, limit=3, cursor=cursor)
        assert len(page.objects) + len(page.prefixes) <= 3
        seen += [each["Key"] for each in page.objects]
        prefixes += page.prefixes
        if not (cursor := page.next):
            break
    assert prefixes == sorted({key.partition("/")[0] + "/" for key in KEYS if "/" in key}, key=str.encode)
    assert seen == sorted((key for key in KEYS if "/" not in key), key=str.encode)


def test_versions_stand_newest_first_below_their_key(stack):
    name = make_bucket(stack, "us-east-1", versioned=True)
    for n in (1, 2):
        for key in ("a", "b"):
            put(stack, name, key, b"x" * n, "us-east-1")
    call(stack, "us-east-1", "s3.delete_object", {"Bucket": name, "Key": "a"})
    page = objects.listing(stack, "us-east-1", name, versions=True)
    shown = [(each["Key"], each["IsLatest"], each.get("DeleteMarker", False)) for each in page.objects]
    assert shown == [
        ("a", True, True),
        ("a", False, False),
        ("a", False, False),
        ("b", True, False),
        ("b", False, False),
    ]
    parts, cursor = [], ""
    while True:
        page = objects.listing(stack, "us-east-1", name, versions=True, limit=2, cursor=cursor)
        parts += [each["VersionId"] for each in page.objects]
        if not (cursor := page.next):
            break
    assert len(parts) == len(set(parts)) == 5


def test_nothing_of_an_empty_object(stack, bucket):
    put(stack, bucket, "zz-empty", b"")
    found = objects.first(stack, REGION, bucket, "zz-empty", limit=10)
    call(stack, REGION, "s3.delete_object", {"Bucket": bucket, "Key": "zz-empty"})
    assert (found.body, found.size) == (b"", 0)


def test_an_address_is_signed_by_version_4_and_for_a_week_at_most(stack, bucket):
    params = {"Bucket": bucket, "Key": "plain.txt"}
    address = objects.presign(stack, REGION, "get_object", params, seconds=60)
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(address.replace("plain.txt", "trailing."))
    assert objects.longest(stack) == objects.LONGEST
    with pytest.raises(CallFailed) as failed:
        objects.presign(stack, REGION, "get_object", params, seconds=objects.LONGEST + 1)
    assert failed.value.explained.code == "ExpiryTooLong"


def test_what_fails_is_explained(stack, bucket):
    with pytest.raises(CallFailed) as failed:
        objects.first(stack, REGION, bucket, "no such key", limit=1)
    assert failed.value.explained.kind == "not_found"
    for wrong in ("%", "YQ=="):
        with pytest.raises(CallFailed) as failed:
            objects.listing(stack, REGION, bucket, versions=True, cursor=wrong)
        assert failed.value.explained.code == "InvalidArgument"


@pytest.mark.pure
def test_a_browser_takes_dots_out_of_an_address():
    assert [key for key in KEYS if not objects.reachable(key)] == ["../up.txt", "a/../../b", "./dot"]
