"""The steps of a website's plan, each with what takes it back; and where a bucket's website is."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now

from apps.catalog.items import Item
from apps.catalog.plans import Step
from apps.catalog.text import Text
from apps.services.s3 import access
from apps.services.s3.buckets import bucket, same

PART = "Website"
FACTS = (PART, "PublicAccessBlock", "AccountBlock", "Policy")
POLICY_SWITCHES = ("BlockPublicPolicy", "RestrictPublicBuckets")
# AWS General Reference, "Amazon S3 Website Endpoints": these have a dash before the Region, all later ones a dot.
_DASHED = {
    *("us-east-1", "us-west-1", "us-west-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"),
    *("eu-west-1", "sa-east-1", "us-gov-west-1"),
}


def address(name: str, region: str) -> str:
    """Where a bucket's website is. Amazon S3 serves it without TLS."""
    end = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"http://{name}.s3-website{'-' if region in _DASHED else '.'}{region}.{end}"


def configured(item: Item) -> Mapping[str, Any]:
    found: Mapping[str, Any] = item.attrs.get(PART) or {}
    return found


def policy_text(item: Item) -> str:
    return str(item.attrs.get("Policy") or "")


def restore(call: str, undo: str, title: Text, item: Item, part: str, member: str) -> Step:
    """The step that puts back what a part of the bucket was, or that takes it away where there was none."""
    before = item.attrs.get(part)
    if before is None:
        return Step(undo, title=title, Bucket=item.id)
    return Step(call, title=title, Bucket=item.id, **{member: before})


def put_website(item: Item, configuration: Mapping[str, Any] | None, title: Text) -> Step:
    """The website as it is wanted; None: none."""
    call, member = "s3.put_bucket_website", "WebsiteConfiguration"
    undo = restore(call, "s3.delete_bucket_website", _now("Put back what the website was"), item, PART, member)
    here, check = [(bucket.kind, [item.id])], same(item, PART, "The website")
    if configuration is None:
        return Step("s3.delete_bucket_website", title=title, undo=undo, touches=here, same=check, Bucket=item.id)
    wanted: dict[str, Any] = {member: configuration}
    return Step(call, title=title, undo=undo, touches=here, same=check, Bucket=item.id, **wanted)


def put_policy(item: Item, text: str, title: Text) -> Step:
    back = _now("Put back the policy")
    here = [(bucket.kind, [item.id])]
    undo = restore("s3.put_bucket_policy", "s3.delete_bucket_policy", back, item, "Policy", "Policy")
    check = same(item, "Policy", "The policy")
    if text:
        return Step(
            "s3.put_bucket_policy", title=title, undo=undo, touches=here, same=check, Bucket=item.id, Policy=text
        )
    return Step("s3.delete_bucket_policy", title=title, undo=undo, touches=here, same=check, Bucket=item.id)


def put_switches(item: Item, on: bool, title: Text) -> Step:
    """Block Public Access with its two switches for policies set so, the other two as they are."""
    now = item.attrs.get("PublicAccessBlock") or {}
    part, back = "PublicAccessBlock", _now("Put back Block Public Access")
    member = "PublicAccessBlockConfiguration"
    return Step(
        "s3.put_public_access_block",
        title=title,
        undo=restore("s3.put_public_access_block", "s3.delete_public_access_block", back, item, part, member),
        touches=[(bucket.kind, [item.id])],
        same=same(item, part, "Block Public Access"),
        Bucket=item.id,
        PublicAccessBlockConfiguration={
            name: on if name in POLICY_SWITCHES else bool(now.get(name)) for name in access.BLOCKS
        },
    )
