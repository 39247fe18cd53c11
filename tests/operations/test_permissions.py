"""Who may do what with a bucket: policy, ACL and ownership written and read back on the real protocol."""

import json

import pytest

from apps.catalog.forms import json_errors
from apps.operations import preview
from apps.operations.submit import submit
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
    from apps.inventory import sync

    sync.sync(cloud[1], "global", "s3.bucket")
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
