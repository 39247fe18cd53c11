"""A bucket's policy in the browser's words: told as it is typed, and confirmed by typing where it becomes public."""

import json

from apps.cloud.calls import call
from apps.inventory.sync import sync
from tests.buckets import REGION
from tests.console.world import client, fragment
from tests.console_flows.forms import values
from tests.console_flows.test_object_changes import _database, people, submitted, text  # noqa: F401  fixtures
from tests.console_flows.test_settings import ask, bucket, send, stack  # noqa: F401  fixtures

VERB = "edit-policy"


def document(name, principal="*", action="s3:GetObject"):
    arn = f"arn:aws:s3:::{name}/*"
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


def preview(person, form):
    return text(send(person, form | {"_preview": "1"}, VERB))


def test_what_it_means_is_told_as_it_is_typed(people, bucket, ask):  # noqa: F811
    form = values(ask(people.operator, VERB), "dlg act")
    assert form["policy"] == ""
    named = preview(people.operator, form | {"policy": document(bucket, {"AWS": "111122223333"})})
    assert "The AWS account 111122223333 may read objects." in named
    assert 'id="act-go"' not in named, "nothing has to be typed, as before"
    broken = preview(people.operator, form | {"policy": document(bucket, action="s3:GetObjects")})
    assert "Is s3:GetObject meant?" in broken
    assert "Line 7, column 14" in broken or "Line 6, column 14" in broken
    public = preview(people.operator, form | {"policy": document(bucket)})
    assert "Statement 1 makes the policy public." in public, "strangers are kept out by the block"
    assert f'data-expect="{bucket}"' in public, "the page is told that it has to be typed"
    assert "data-close" in public


def test_a_public_policy_is_written_only_when_the_name_was_typed(people, stack, bucket, ask):  # noqa: F811
    form = values(ask(people.operator, VERB), "dlg act") | {"policy": document(bucket)}
    before = submitted(people)
    html = text(send(people.operator, form, VERB))
    assert f"Type {bucket} to confirm." in html
    assert document(bucket).splitlines()[1] in html.replace("&quot;", '"'), "what was typed is still there"
    assert submitted(people) == before
    assert "has begun" in text(send(people.operator, form | {"confirm": bucket}, VERB))
    assert submitted(people).act == "s3.bucket.edit-policy"


def test_a_policy_that_needs_no_typing_is_sent_at_once(people, bucket, ask):  # noqa: F811
    form = values(ask(people.operator, VERB), "dlg act") | {"policy": document(bucket, {"AWS": "111122223333"})}
    assert "has begun" in text(send(people.operator, form, VERB))


def test_the_cards_say_who_may_do_what_and_why_it_is_public(people, stack, bucket):  # noqa: F811
    call(stack, REGION, "s3.delete_public_access_block", {"Bucket": bucket})
    call(stack, REGION, "s3.put_bucket_policy", {"Bucket": bucket, "Policy": document(bucket)})
    sync(stack, "global", "s3.bucket")
    html = text(fragment(client(people.viewer), f"/s3/buckets/{bucket}@{stack.id}:{REGION}/tab/permissions/"))
    assert "Public by its policy." in html
    assert "Its policy lets in anybody." in html
    assert "Anybody may read objects." in html
    assert '"Action": "s3:GetObject"' in html


def test_a_grant_of_nothing_but_choices_is_posted_and_kept(people, stack, bucket, ask):  # noqa: F811
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    call(stack, REGION, "s3.put_bucket_ownership_controls", {"Bucket": bucket, "OwnershipControls": controls})
    form = values(ask(people.operator, "edit-acl"), "dlg act")
    assert (form["grants-0-grantee"], form["grants-0-permission"]) == ("owner", "FULL_CONTROL")
    more = form | {"grants-1-grantee": "logs", "grants-1-canonical": "", "grants-1-permission": "WRITE"}
    html = text(send(people.operator, more | {"_preview": "1"}, "edit-acl"))
    assert "The bucket's owner may list, write and delete objects" in html
    assert "The log delivery of Amazon S3 may write, replace and delete objects." in html
    assert "Nothing: it is so already." in text(send(people.operator, form | {"_preview": "1"}, "edit-acl"))
    assert "has begun" in text(send(people.operator, more, "edit-acl"))
    grants = submitted(people).plan["steps"][0]["params"]["AccessControlPolicy"]["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL", "WRITE"]


def test_removing_what_is_not_there_is_refused_in_words(people, bucket, ask):  # noqa: F811
    form = values(ask(people.operator, "delete-policy"), "dlg act") | {"confirm": bucket}
    assert f"{bucket} has no policy." in text(send(people.operator, form, "delete-policy"))
    form = values(ask(people.operator, "unhost-website"), "dlg act")
    assert f"{bucket} is no website." in text(send(people.operator, form, "unhost-website"))


def test_what_stands_in_the_way_is_said_when_the_form_opens(people, stack, bucket, ask):  # noqa: F811
    assert f"{bucket} is no website." in text(ask(people.operator, "unhost-website"))
    off = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    call(stack, REGION, "s3.put_bucket_ownership_controls", {"Bucket": bucket, "OwnershipControls": off})
    assert "Change its object ownership first" in text(ask(people.operator, "edit-acl"))
    assert "This field is required" not in text(ask(people.operator, VERB)), "what is only not typed yet is not said"


def test_scripts_are_told_the_same(people, bucket):  # noqa: F811
    api = client(people.operator)
    api.logout()
    path = f"/api/v1/s3/buckets/{bucket}/edit-policy/?plan=1"
    sent = {"content_type": "application/json", "headers": people.operator.bearer}
    told = api.post(path, {"policy": document(bucket)}, **sent).json()
    assert told["means"][1] == "Anybody may read objects."
    assert told["risks"][0] == "Statement 1 makes the policy public."
    assert told["notes"] == []
    refused = api.post(path, {"policy": "{"}, **sent)
    assert refused.status_code == 422
    assert "Line 1, column 2" in refused.json()["errors"]["policy"][0]


def test_what_takes_away_is_offered_where_something_is(people, stack, bucket):  # noqa: F811
    address = f"/s3/buckets/{bucket}@{stack.id}:{REGION}/tab/permissions/"
    html = text(fragment(client(people.operator), address))
    assert "action/edit-policy/" in html
    assert "action/delete-policy/" not in html
    call(stack, REGION, "s3.put_bucket_policy", {"Bucket": bucket, "Policy": document(bucket, {"AWS": "111122223333"})})
    sync(stack, "global", "s3.bucket")
    assert "action/delete-policy/" in text(fragment(client(people.operator), address))
