"""Whether a bucket is public, and why."""

import json

import pytest

from apps.catalog.items import Item
from apps.services.s3 import access
from tests.services.policies import BUCKET, allow, policy

ON = dict.fromkeys(access.BLOCKS, True)
OPEN = {"Policy": json.dumps(policy(allow())), "Ownership": "BucketOwnerEnforced", "Acl": {"Grants": []}}
ACL = {"Acl": {"Grants": [{"Grantee": {"URI": access.AUTHENTICATED}, "Permission": "READ"}]}}


def bucket(**attrs):
    return Item("s3.bucket", BUCKET, attrs=attrs)


@pytest.mark.parametrize(
    ("attrs", "said", "because"),
    [
        (OPEN, "Public by its policy", "Its policy lets in anybody."),
        ({**OPEN, "PolicyStatus": {"IsPublic": False}}, "Private", "Its policy lets in nobody whom it doesn't name."),
        ({**OPEN, "PolicyStatus": {}}, "Public by its policy", "Its policy lets in anybody."),
        ({**OPEN, "PublicAccessBlock": ON}, "Private", "The bucket's Block Public Access keeps strangers out of it"),
        (
            {**OPEN, "AccountBlock": {"RestrictPublicBuckets": True}},
            "Private",
            "The account's Block Public Access keeps strangers out of it nevertheless.",
        ),
        (
            {**OPEN, "PublicAccessBlock": ON, "AccountBlock": ON},
            "Private",
            "Block Public Access of the bucket and of the account keeps strangers out of it nevertheless.",
        ),
        ({**OPEN, "AccountBlock": {"BlockPublicPolicy": True}}, "Public by its policy", "Its policy lets in anybody."),
        (ACL, "Public by its ACL", "Its ACL lets in anybody."),
        (
            {**ACL, "AccountBlock": {"IgnorePublicAcls": True}},
            "Private",
            "The account's Block Public Access ignores it.",
        ),
        ({**ACL, "Ownership": "BucketOwnerEnforced"}, "Private", "ACLs are off."),
        ({**OPEN, **ACL, "Ownership": "ObjectWriter"}, "Public by its policy, Public by its ACL", "It"),
        ({"Acl": {"Grants": []}}, "Private", "Objects may have public ACLs of their own"),
        ({"Acl": {"Grants": []}}, "Private", "Block Public Access does not rule out that it becomes public."),
        ({"Unread": {"Acl": "AccessDenied"}}, None, "The ACL can't be read (AccessDenied)."),
        ({"Unread": {"Acl": "AccessDenied"}, "PublicAccessBlock": ON}, "Private", "It has no policy."),
        (
            {**OPEN, "Unread": {"AccountBlock": "AccessDenied"}},
            "Public by its policy",
            "The account's Block Public Access can't be read (AccessDenied): it may forbid more.",
        ),
        (
            {"Acl": {"Grants": []}, "Unread": {"Policy": "X", "PolicyStatus": "X"}},
            None,
            "The policy can't be read (X).",
        ),
    ],
)
def test_it_is_said_whether_it_is_public_and_why(attrs, said, because):
    item = bucket(**attrs)
    assert access.public(item) == said
    assert any(because in sentence for sentence in access.why(item)), access.why(item)
