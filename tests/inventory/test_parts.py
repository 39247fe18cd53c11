"""A global list whose resources lie in Regions, and the parts that calls of their own answer."""

import secrets

import pytest

from apps.catalog import registry
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.inventory import parts, query
from apps.inventory.models import Entry, Scan
from apps.inventory.query import Query
from apps.inventory.sync import refresh, sync
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft

KIND = "s3.bucket"


@pytest.fixture
def made(stack):
    """made(region) makes a bucket there and answers its name."""

    def make(region="eu-west-1"):
        name = f"parts-{secrets.token_hex(6)}"
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        call(stack, region, "s3.create_bucket", {"Bucket": name, **where})
        return name

    return make


def listed(person, **more):
    with tenant_tx(person.actor.tenant_id):
        return query.listing(person.actor, registry.resource(KIND), Query(**more))


def test_each_bucket_stands_in_its_own_region(people, stack, made):
    home, away = made("us-east-1"), made("eu-central-1")
    outcome = sync(stack, "global", KIND)
    assert (outcome.error, outcome.added) == (None, 2)

    shown = {item.id: item.region for item in listed(people.viewer, accounts=[stack.id]).items}
    assert shown == {home: "us-east-1", away: "eu-central-1"}
    only = listed(people.viewer, accounts=[stack.id], regions=["eu-central-1"]).items
    assert [item.id for item in only] == [away]
    with tenant_tx(stack.tenant_id):
        assert [scan.region for scan in Scan.objects.filter(account_id=stack.id, kind=KIND)] == ["global"]
    assert not sync(stack, "global", KIND).any


def test_what_is_set_on_a_bucket_comes_with_it(people, stack, made):
    name = made()
    call(
        stack,
        "eu-west-1",
        "s3.put_bucket_tagging",
        {"Bucket": name, "Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}},
    )
    call(
        stack,
        "eu-west-1",
        "s3.put_bucket_versioning",
        {"Bucket": name, "VersioningConfiguration": {"Status": "Enabled"}},
    )
    sync(stack, "global", KIND)
    (item,) = listed(people.viewer, accounts=[stack.id]).items
    assert item.tags == {"a": "b"}
    assert item.attrs["Versioning"] == {"Status": "Enabled"}
    assert "Policy" not in item.attrs, "a bucket without a policy has no such part"
    assert item.attrs["Unread"].keys() == {"AccountBlock"}, "which the emulator doesn't know"


def test_a_refresh_reads_one_and_notices_that_it_is_gone(people, stack, made):
    name, other = made(), made()
    sync(stack, "global", KIND)
    call(stack, "eu-west-1", "s3.delete_bucket", {"Bucket": name})
    outcome = refresh(stack, "eu-west-1", KIND, [name])
    assert (outcome.gone, outcome.added) == (1, 0)
    assert [item.id for item in listed(people.viewer, accounts=[stack.id]).items] == [other]


def test_a_bucket_made_again_elsewhere_is_listed_once(people, stack, made):
    name = made("eu-west-1")
    sync(stack, "global", KIND)
    call(stack, "eu-west-1", "s3.delete_bucket", {"Bucket": name})
    call(
        stack,
        "eu-central-1",
        "s3.create_bucket",
        {"Bucket": name, "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}},
    )
    outcome = sync(stack, "global", KIND)
    assert (outcome.added, outcome.gone) == (1, 1)
    with tenant_tx(stack.tenant_id):
        alive = Entry.objects.filter(account_id=stack.id, kind=KIND, gone_at=None)
        assert [entry.region for entry in alive] == ["eu-central-1"]


def test_a_part_that_may_not_be_read_does_not_hide_the_bucket(people, stack, ministack, made):
    name = made()
    user = f"reader-{secrets.token_hex(3)}"
    call(stack, "us-east-1", "iam.create_user", {"UserName": user})
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",'
        ' "Action": ["s3:ListAllMyBuckets", "s3:GetBucketVersioning"]}]}'
    )
    call(stack, "us-east-1", "iam.put_user_policy", {"UserName": user, "PolicyName": "some", "PolicyDocument": policy})
    key = call(stack, "us-east-1", "iam.create_access_key", {"UserName": user}).data["AccessKey"]
    draft = keys_draft(
        ministack, key["AccessKeyId"], number=stack.number, secret_key=key["SecretAccessKey"], regions=("eu-west-1",)
    )
    narrow = create_account(people.owner.actor, draft, check=False)
    assert sync(narrow, "global", KIND).error is None
    (item,) = listed(people.viewer, accounts=[narrow.id]).items
    assert item.id == name
    assert "Versioning" in item.attrs
    resource = registry.resource(KIND)
    assert resource.column("encryption").unread(item) == "AccessDenied"
    assert resource.column("versioning").unread(item) == ""


def test_what_is_set_for_the_account_is_read_once_for_all_of_it(people, ministack, moto, made):
    number = "123456789012"  # whoever comes with keys is of this account in moto, which alone of the emulators has it
    endpoints = {"*": ministack, "s3control": moto}
    draft = keys_draft(ministack, number, endpoints=endpoints, regions=("eu-west-1",))
    account = create_account(people.owner.actor, draft, check=False)
    names = [f"shared-{secrets.token_hex(6)}" for _ in range(2)]
    for name in names:
        call(account, "us-east-1", "s3.create_bucket", {"Bucket": name})
    sync(account, "global", KIND)
    first = {item.id: item for item in listed(people.viewer, accounts=[account.id]).items}
    assert all("AccountBlock" not in first[name].attrs for name in names), "none is set"
    assert first[names[0]].attrs["AccountId"] == number
    assert "AccountBlock" not in first[names[0]].attrs.get("Unread", {})

    on = {"BlockPublicAcls": False, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    where = {"AccountId": number, "PublicAccessBlockConfiguration": on}
    call(account, "eu-west-1", "s3control.put_public_access_block", where)
    sync(account, "global", KIND)
    then = {item.id: item for item in listed(people.viewer, accounts=[account.id]).items}
    assert [then[name].attrs["AccountBlock"] for name in names] == [on, on]
    call(account, "eu-west-1", "s3control.delete_public_access_block", {"AccountId": number})
    again = parts.again(account, registry.resource(KIND), then[names[0]], ("AccountBlock",))
    assert again == {"AccountBlock": None}


def test_where_the_accounts_own_may_not_be_read_the_buckets_say_so(people, stack, made):
    name = made()
    sync(stack, "global", KIND)
    item = next(item for item in listed(people.viewer, accounts=[stack.id]).items if item.id == name)
    assert item.attrs["Unread"] == {"AccountBlock": "InvalidURI"}, "ministack has no such call"
    assert parts.again(stack, registry.resource(KIND), item, ("AccountBlock", "Acl")).keys() == {"Acl"}


def test_lists_in_another_order_are_the_same():
    from apps.catalog.paths import ordered

    one = {"IpPermissions": [{"FromPort": 22, "IpRanges": [{"CidrIp": "a"}, {"CidrIp": "b"}]}, {"FromPort": 80}]}
    other = {"IpPermissions": [{"FromPort": 80}, {"IpRanges": [{"CidrIp": "b"}, {"CidrIp": "a"}], "FromPort": 22}]}
    assert ordered(one) == ordered(other)
    assert ordered(one) != ordered({"IpPermissions": [{"FromPort": 22}, {"FromPort": 80}]})
