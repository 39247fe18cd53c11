"""Buckets."""

import json
from collections.abc import Callable
from typing import Any

from tests.code.cases import case, example
from tests.code.ways import REGION, Way

HELD = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


def bucket(way: Way, *, objects: int = 0) -> str:
    """A bucket with so many objects, known to the panel. Names are the world's: the account's number is in them."""
    name = f"b{next(way.numbers)}-{way.account.number}"
    s3 = way.aws("s3")
    s3.create_bucket(Bucket=name)
    for n in range(objects):
        s3.put_object(Bucket=name, Key=f"k/{n} it's “odd”", Body=b"x")
    way.know("s3.bucket", name)
    return name


def on_bucket(act: str, prepare: Callable[[Any, str], Any] = lambda _s3, _name: None, **more: Any) -> None:
    """An act on a fresh bucket, with the declaration's own example."""

    @case(act)
    def make(way: Way) -> tuple[str, dict[str, Any]]:
        name = bucket(way)
        prepare(way.aws("s3"), name)
        way.know("s3.bucket", name)
        return name, example(act, **more)


def owned(s3: Any, name: str) -> None:
    """Access control lists count."""
    s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )


def allowed(s3: Any, name: str) -> None:
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy(name)))


def policy(name: str) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/secret's/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


on_bucket("s3.bucket.edit-acl", owned)
on_bucket(
    "s3.bucket.edit-public-access-block",
    lambda s3, name: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=HELD),
)
on_bucket("s3.bucket.edit-cors")
on_bucket("s3.bucket.allow-uploads")
on_bucket("s3.bucket.edit-encryption")
on_bucket("s3.bucket.edit-lifecycle")
on_bucket("s3.bucket.edit-ownership", owned)
on_bucket("s3.bucket.delete-policy", allowed)
on_bucket("s3.bucket.tag", tags=[{"key": "owner", "value": "data-team: a+b=c@d"}])
on_bucket("s3.bucket.edit-versioning", status="Enabled")
on_bucket("s3.bucket.delete")


@case("s3.bucket.edit-policy")
def edit_policy(way):
    name = bucket(way)
    return name, {"policy": json.dumps(policy(name), indent=2)}


@case("s3.bucket.edit-logging")
def edit_logging(way):
    target = bucket(way)
    return target, {"target": target, "log_prefix": "uploads/"}


@case("s3.bucket.empty", sees=lambda way, name: way.aws("s3").list_objects_v2(Bucket=name)["KeyCount"])
def empty(way):
    return bucket(way, objects=3), {}


@case("s3.bucket.host-website")
def host_website(way):
    return bucket(way), example("s3.bucket.host-website")


@case("s3.bucket.unhost-website")
def unhost_website(way):
    name = bucket(way)
    way.aws("s3").put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    way.know("s3.bucket", name)
    return name, {}


@case("s3.bucket.create")
def create(way):
    return "", example("s3.bucket.create", name=f"b{next(way.numbers)}-{way.account.number}", region=REGION)
