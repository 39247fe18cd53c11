"""What the forms of a bucket's settings refuse, each with words beside its field; nothing is asked of AWS."""

from dataclasses import replace

import pytest

from apps.catalog import checks, forms, registry
from apps.catalog.forms import json_errors
from apps.services.s3 import cors

pytestmark = pytest.mark.pure


def bucket(**attrs):
    """The kind's example with these attributes."""
    item = checks.example_item(registry.resource("s3.bucket"))
    return replace(item, attrs={**item.attrs, **attrs})


def act(verb):
    return registry.action(f"s3.bucket.{verb}")


def refused(verb, values, **attrs):
    """The messages by field, for a bucket with these attributes."""
    action, item = act(verb), bucket(**attrs)
    form = forms.bind(action.form, values, scope=checks.ExampleScope(), items=[item])
    return {key: " ".join(found) for key, found in json_errors(form).items()}


@pytest.mark.parametrize(
    ("rules", "field", "words"),
    [
        ([{"origins": "https://*.*.com", "methods": ["GET"]}], "rules[0].origins", "“https://*.*.com” has 2"),
        ([{"origins": "*", "methods": []}], "rules[0].methods", "Choose one"),
        ([{"origins": "*", "methods": ["PATCH"]}], "rules[0].methods", "PATCH"),
        ([{"origins": "*", "methods": ["GET"], "exposes": "*"}], "rules[0].exposes", "Name each"),
        ([{"origins": "*", "methods": ["GET"], "max_age": -1}], "rules[0].max_age", "0"),
        ([{"origins": "*", "methods": ["GET"], "id": "a"}] * 2, "rules", "a stands twice"),
        ([{"origins": "*", "methods": ["GET"]}] * 101, "rules", "At most 100 rows, not 101"),
    ],
)
def test_a_wrong_cross_origin_rule_is_said_beside_its_field(rules, field, words):
    assert words in refused("edit-cors", {"rules": rules})[field]


KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"encryption": "AES256", "kms_key": "alias/a"}, "kms_key", "SSE-KMS or DSSE-KMS"),
        ({"encryption": "aws:kms", "kms_key": "not a key"}, "kms_key", "not a key"),
        ({"encryption": "aws:kms", "kms_key": KEY.replace("west", "north")}, "kms_key", "lies in eu-north-1"),
        ({"encryption": "aws:kms:dsse", "bucket_key": True}, "bucket_key", "no bucket key"),
        ({"encryption": "rot13"}, "encryption", "rot13"),
    ],
)
def test_an_encryption_that_does_not_fit_is_said_beside_its_field(values, field, words):
    assert words in refused("edit-encryption", values)[field]


@pytest.mark.parametrize("key", [KEY, "alias/reports", KEY.rpartition("/")[2], "mrk-" + "0" * 32])
def test_a_key_is_named_in_each_of_awss_ways(key):
    assert refused("edit-encryption", {"encryption": "aws:kms", "kms_key": key}) == {}


def test_an_encryption_that_the_form_can_not_hold_is_not_edited():
    how = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:fsx"}}
    assert "aws:fsx" in refused("edit-encryption", {"encryption": "AES256"}, Encryption=how)["__all__"]


TAGS = [{"key": f"k{n}", "value": ""} for n in range(51)]


@pytest.mark.parametrize(
    ("tags", "field", "words"),
    [
        (TAGS, "tags", "At most 50 rows, not 51"),
        ([TAGS[0], TAGS[0]], "tags", "k0 stands twice"),
        ([{"key": "aws:mine", "value": ""}], "tags[0].key", "aws:"),
        ([{"key": "k" * 129, "value": ""}], "tags[0].key", "128"),
        ([{"key": "a", "value": "v" * 257}], "tags[0].value", "256"),
        ([{"key": "a", "value": "<b>"}], "tags[0].value", "letters, digits"),
    ],
)
def test_a_wrong_tag_is_said_beside_its_field(tags, field, words):
    assert words in refused("tag", {"tags": tags})[field]


def test_where_logs_go_is_said_before_how():
    found = refused("edit-logging", {"target": "", "log_prefix": "a/", "names": "EventTime"})
    assert "goes with a bucket" in found["log_prefix"]
    assert "goes with a bucket" in found["names"]


def test_cross_origin_rules_that_the_form_can_not_hold_are_not_edited():
    future = [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"], "AllowedNetworks": ["home"]}]
    assert "AllowedNetworks" in refused("edit-cors", {"rules": []}, Cors=future)["__all__"]


def test_uploads_are_allowed_for_an_origin_while_there_is_room():
    assert "scheme" in refused("allow-uploads", {"origin": "javascript:alert(1)"})["origin"]
    full = [{"AllowedOrigins": [f"https://{n}.example.com"], "AllowedMethods": ["GET"]} for n in range(100)]
    assert "100 rules already" in refused("allow-uploads", {"origin": "https://a.example.com"}, Cors=full)["origin"]
    full[3]["ID"] = cors.ID
    assert refused("allow-uploads", {"origin": "https://a.example.com"}, Cors=full) == {}


def test_what_an_encryption_has_besides_is_kept():
    action = act("edit-encryption")
    kept = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}, "BucketKeyEnabled": True}
    item = bucket(Encryption=kept)
    (step,) = action.run(item, {"encryption": "AES256", "kms_key": "", "bucket_key": False})
    (rule,) = step.params["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BlockedEncryptionTypes"] == kept["BlockedEncryptionTypes"]
    assert rule["BucketKeyEnabled"] is False


def test_tags_of_awss_own_are_neither_shown_nor_lost():
    action = act("tag")
    stack = {"Key": "aws:cloudformation:stack-name", "Value": "web"}
    item = bucket(Tags=[stack, {"Key": "owner", "Value": "web"}])
    assert action.like(item) == {"tags": [{"key": "owner", "value": "web"}]}
    (step,) = action.run(item, {"tags": []})
    assert step.params["Tagging"] == {"TagSet": [stack]}
    assert step.same.value == item.attrs["Tags"]


def test_grants_on_the_log_files_are_kept():
    action = act("edit-logging")
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "a" * 64}, "Permission": "READ"}
    now = {"TargetBucket": "logs", "TargetPrefix": "", "TargetGrants": [grant]}
    item = bucket(Logging=now)
    (step,) = action.run(item, {"target": "logs", "log_prefix": "b/", "names": ""})
    assert step.params["BucketLoggingStatus"]["LoggingEnabled"]["TargetGrants"] == [grant]


def card(label, **attrs):
    """What the card says of a bucket with these attributes."""
    found = next(one for one in registry.resource("s3.bucket").cards if one.label == label)
    return found.show(bucket(**attrs))


def test_notifications_are_shown_with_their_targets_and_filters():
    rules = [{"Name": "Prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}]
    shown = card(
        "Event notifications",
        Notifications={
            "QueueConfigurations": [{"QueueArn": "arn:q", "Events": ["s3:ObjectCreated:*"]}],
            "TopicConfigurations": [{"TopicArn": "arn:t", "Events": ["s3:ObjectRemoved:*"]}],
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": "arn:f", "Events": ["a", "b"], "Filter": {"Key": {"FilterRules": rules}}}
            ],
            "EventBridgeConfiguration": {},
        },
    )
    kinds, targets, events, filters = zip(*shown.rows, strict=True)
    assert kinds == ("SQS queue", "SNS topic", "Lambda function", "EventBridge")
    assert targets[:3] == ("arn:q", "arn:t", "arn:f")
    assert events[2] == ["a", "b"]
    assert filters[2] == ["begins with in/", "ends with .jpg"]
    assert card("Event notifications", Notifications={}).rows == []


def test_object_lock_is_shown_with_its_retention():
    on = {"ObjectLockEnabled": "Enabled"}
    assert card("Object Lock", ObjectLock={"ObjectLockConfiguration": on}).words
    kept = on | {"Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    shown = card("Object Lock", ObjectLock={"ObjectLockConfiguration": kept})
    assert shown.facts == [("Retention of new versions", "1 day"), ("Mode", "GOVERNANCE")]
    assert card("Object Lock").words == ()


@pytest.mark.parametrize(
    "action",
    [action for action in registry.resource("s3.bucket").actions.values() if action.facts],
    ids=lambda action: action.verb,
)
def test_what_is_read_for_a_plan_must_still_be_so_when_it_is_written(action):
    writes = [step for step in checks.example_plan(action).steps if step["call"].startswith(("s3.put_", "s3.delete_"))]
    assert writes
    assert any("same" in step for step in writes)
    for step in writes:
        assert step.get("same", {}).get("params", {"Bucket": "acme-uploads"}) == {"Bucket": "acme-uploads"}
