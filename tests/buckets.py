"""Buckets for tests, through the real protocol, and the keys that trip programs."""

import secrets

from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from tests.cloud.helpers import keys_draft

REGION = "eu-west-1"

KEYS = (
    "plain.txt",
    "../up.txt",
    "a/../../b",
    "./dot",
    "quote\"'`.txt",
    "<script>alert(1)</script>.html",
    "emoji-😀-é.txt",
    "rtl-\u202egnp.exe",
    "שלום/עולם.txt",
    "trailing.",
    "folder/",
    "double//slash",
    "/leading",
    "plus+percent%41.txt",
    "new\nline",
    "amp&eq=?#;,",
    " blanks ",
    "k" * 1024,
    "ü" * 512,
)


def bucket_account(actor, ministack, **more):
    """An account of its own as its root, whose presigned addresses ministack believes."""
    return create_account(actor, keys_draft(ministack, secret_key="test", regions=(REGION,), **more), check=False)


def make_bucket(account, region=REGION, *, keys=(), versioned=False):
    """A bucket's name; under each of `keys` lies an object that contains its key."""
    name = f"bucket-{secrets.token_hex(6)}"
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    call(account, region, "s3.create_bucket", {"Bucket": name, **where})
    if versioned:
        on = {"VersioningConfiguration": {"Status": "Enabled"}}
        call(account, region, "s3.put_bucket_versioning", {"Bucket": name, **on})
    for key in keys:
        put(account, name, key)
    return name


def put(account, bucket, key, body=None, region=REGION, **more):
    body = key if body is None else body
    raw = body.encode() if isinstance(body, str) else body
    return call(account, region, "s3.put_object", {"Bucket": bucket, "Key": key, "Body": raw, **more}).data
