"""Who may do what with a bucket: policy, ACL and ownership written and read back on the real protocol."""

import json
from dataclasses import replace

import pytest

from apps.catalog.forms import json_errors
from apps.inventory import sync
from apps.operations import preview
from apps.operations.submit import submit
from apps.services.s3 import acl
from apps.tenancy.context import tenant_tx
from tests.operations.test_settings import name, ready, write  # noqa: F401  fixtures
from tests.operations.test_sweep import _database, _quiet, cloud, go  # noqa: F401  fixtures

NOBODY = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


def reads(name, principal="*", **more):  # noqa: F811
    arn = f"arn:aws:s3:::{name}/*"
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": arn, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


@pytest.fixture
def told(cloud):  # noqa: F811
    """What a person is told of a prepared form: what it means, what is odd, what is at risk."""
    people = cloud[0]

    def of(prepared):
        with tenant_tx(people.tenant_id):
            outline = preview.outline(people.owner.actor, prepared)
        return outline.means, outline.notes, outline.risks

    return of


def test_a_policy_is_written_as_it_was_typed_and_told_in_words(cloud, name, ready, write, told):  # noqa: F811
    aws = cloud[2]
    typed = document(reads(name, {"AWS": "111122223333"})).replace("\n", "\r\n")
    means, notes, risks = told(ready("edit-policy", {"policy": typed}))
    assert means == (
        "Public: no, nobody is let in whom the policy doesn't name.",
        "The AWS account 111122223333 may read objects.",
    )
    assert (notes, risks) == ((), ())
    write("edit-policy", {"policy": typed})
    assert aws.get_bucket_policy(Bucket=name)["Policy"] == typed.replace("\r\n", "\n")

    again = ready("edit-policy")
    assert json.loads(again.form.initial["policy"]) == json.loads(typed)
    assert ready("edit-policy", {"policy": json.dumps(json.loads(typed))}).plan.steps == (), "nothing else is meant"


def test_what_s3_would_refuse_is_refused_beside_the_field(name, ready):  # noqa: F811
    wrong = ready("edit-policy", {"policy": document(reads("another"))})
    assert wrong.plan is None
    (error,) = json_errors(wrong.form)["policy"]
    assert error.endswith(f"“arn:aws:s3:::another/*” is not in this bucket, {name}.")


def test_a_public_policy_is_a_risk_and_the_blocks_are_told(cloud, name, ready, told):  # noqa: F811
    aws, public = cloud[2], {"policy": document(reads(name, Sid="PublicRead"))}
    aws.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NOBODY | {"BlockPublicPolicy": True})
    sync.refresh(cloud[1], "global", "s3.bucket", [name])
    means, _notes, risks = told(ready("edit-policy", public))
    assert means[0] == "Public: yes, by Statement 1 (PublicRead)."
    assert risks[0] == "Statement 1 (PublicRead) makes the bucket public."
    assert "Amazon S3 will not take this one" in risks[1]
    prepared = ready("edit-policy", public)
    with tenant_tx(cloud[0].tenant_id):
        operation = submit(cloud[0].owner.actor, prepared)
    assert go(operation).error["code"] == "AccessDenied", "as it was told"


def test_a_policy_that_was_changed_meanwhile_is_not_written_over(cloud, name, ready):  # noqa: F811
    people, _account, aws, _proxy = cloud
    prepared = ready("edit-policy", {"policy": document(reads(name, {"AWS": "111122223333"}))})
    theirs = document(reads(name, {"AWS": "444455556666"}))
    aws.put_bucket_policy(Bucket=name, Policy=theirs)
    with tenant_tx(people.tenant_id):
        operation = submit(people.owner.actor, prepared)
    ended = go(operation)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert aws.get_bucket_policy(Bucket=name)["Policy"] == theirs


def test_deleting_a_policy_says_what_ends(cloud, name, ready, write):  # noqa: F811
    aws = cloud[2]
    aws.put_bucket_policy(Bucket=name, Policy=document(reads(name, {"AWS": "111122223333"})))
    prepared = ready("delete-policy", {})
    said = [str(text) for text in prepared.action.warn(prepared.items[0])]
    assert said == ["No longer so: The AWS account 111122223333 may read objects."]
    write("delete-policy", {})
    with pytest.raises(aws.exceptions.ClientError, match="NoSuchBucketPolicy"):
        aws.get_bucket_policy(Bucket=name)


OTHER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
OWNER = {"grantee": "owner", "permission": "FULL_CONTROL"}


@pytest.fixture
def listed(cloud, name):  # noqa: F811
    """A bucket with ACLs on and nothing blocked."""
    aws = cloud[2]
    aws.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    aws.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=NOBODY)
    sync.refresh(cloud[1], "global", "s3.bucket", [name])
    return name


def test_an_acl_is_written_and_keeps_its_owner(cloud, listed, ready, write, told):  # noqa: F811
    aws = cloud[2]
    before = aws.get_bucket_acl(Bucket=listed)
    assert ready("edit-acl").form.initial["grants"] == [{**OWNER, "canonical": ""}]
    wanted = {"grants": [OWNER, {"grantee": "account", "canonical": OTHER, "permission": "READ"}]}
    means, notes, risks = told(ready("edit-acl", wanted))
    assert means[1] == "The AWS account with the canonical id 79a59df9…f2be may list the objects."
    assert (notes, risks) == ((), ())
    write("edit-acl", wanted)
    after = aws.get_bucket_acl(Bucket=listed)
    assert after["Owner"]["ID"] == before["Owner"]["ID"]
    assert [(grant["Grantee"]["ID"], grant["Permission"]) for grant in after["Grants"]] == [
        (before["Owner"]["ID"], "FULL_CONTROL"),
        (OTHER, "READ"),
    ]
    assert ready("edit-acl", wanted).plan.steps == ()


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({"grantee": "account", "permission": "READ"}, "grants[1].canonical", "has 64 digits"),
        ({"grantee": "everyone", "canonical": OTHER, "permission": "READ"}, "grants[1].canonical", "named by its id"),
        ({"grantee": "owner", "permission": "FULL_CONTROL"}, "grants", "twice"),
        ({"grantee": "owner", "permission": "EVERYTHING"}, "grants[1].permission", "EVERYTHING"),
    ],
)
def test_a_grant_that_aws_would_refuse_is_refused(listed, ready, row, field, words):  # noqa: F811
    prepared = ready("edit-acl", {"grants": [OWNER, row]})
    assert words in json_errors(prepared.form)[field][0]


def test_a_public_acl_is_a_risk_and_the_blocks_are_told(cloud, listed, ready, told):  # noqa: F811
    wanted = {"grants": [{"grantee": "everyone", "permission": "WRITE"}]}
    _means, notes, risks = told(ready("edit-acl", wanted))
    assert "The bucket's owner is not granted everything" in notes[0]
    assert risks == (
        "The bucket becomes public by its ACL.",
        "Strangers may write, replace and delete what is in the bucket, at your expense.",
    )
    blocks = NOBODY | {"BlockPublicAcls": True}
    cloud[2].put_public_access_block(Bucket=listed, PublicAccessBlockConfiguration=blocks)
    sync.refresh(cloud[1], "global", "s3.bucket", [listed])
    assert "Amazon S3 will not take this one" in told(ready("edit-acl", wanted))[2][1]


def test_acls_that_are_off_are_not_edited(cloud, name, ready):  # noqa: F811
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    cloud[2].put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    prepared = ready("edit-acl", {"grants": [OWNER]})
    assert "Change its object ownership first" in json_errors(prepared.form)["__all__"][0]


def test_a_grant_that_the_form_does_not_know_is_not_lost(listed, ready):  # noqa: F811
    (item,) = ready("edit-acl").items
    odd = {"Owner": {"ID": OTHER}, "Grants": [{"Grantee": {"URI": "http://example.com/x"}, "Permission": "READ"}]}
    form = acl.AclForm({"grants": [OWNER]})
    form.items = (replace(item, attrs={**item.attrs, "Acl": odd}),)
    assert "http://example.com/x" in form.errors["__all__"][0]


def test_ownership_is_changed_and_said(cloud, listed, ready, write, told):  # noqa: F811
    aws = cloud[2]
    write("edit-acl", {"grants": [OWNER, {"grantee": "logs", "permission": "WRITE"}]})
    refused = json_errors(ready("edit-ownership", {"ownership": "BucketOwnerEnforced"}).form)["ownership"][0]
    assert "The log delivery of Amazon S3 may write, replace and delete objects. Edit the ACL first." in refused
    write("edit-acl", {"grants": [OWNER]})
    off = {"ownership": "BucketOwnerEnforced"}
    assert told(ready("edit-ownership", off))[2] == (
        "Whoever reads or writes objects by an ACL alone can no longer do so.",
    )
    write("edit-ownership", off)
    rules = aws.get_bucket_ownership_controls(Bucket=listed)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    on = told(ready("edit-ownership", {"ownership": "ObjectWriter"}))
    assert on[2] == ("Everybody can read each object whose own ACL is public.",)
