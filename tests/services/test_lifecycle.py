"""Lifecycle rules: there and back without loss, and AWS's limits in words beside the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog import model
from apps.services.s3 import lifecycle_rules as rules
from apps.services.s3 import lifecycle_words as words
from tests.services.test_settings import act, bucket, refused

pytestmark = pytest.mark.pure

LOGS = {
    "ID": "logs",
    "Status": "Enabled",
    "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b=c"}], "ObjectSizeGreaterThan": 1024}},
    "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}, {"Days": 90, "StorageClass": "GLACIER"}],
    "Expiration": {"Days": 365},
    "NoncurrentVersionTransitions": [{"NoncurrentDays": 0, "StorageClass": "DEEP_ARCHIVE"}],
    "NoncurrentVersionExpiration": {"NoncurrentDays": 10, "NewerNoncurrentVersions": 3},
}
DATED = {"ID": "dated", "Status": "Disabled", "Filter": {}, "Expiration": {"Date": "2027-01-31T00:00:00Z"}}
OLD = {"ID": "v1", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}
UPLOADS = {
    "ID": "parts",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "Expiration": {"ExpiredObjectDeleteMarker": True},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
# What the form has no field for.
MOVED_ON = {
    "ID": "moved",
    "Status": "Enabled",
    "Filter": {"Tag": {"Key": "a", "Value": ""}},
    "Transitions": [{"Date": "2027-01-31T00:00:00Z", "StorageClass": "GLACIER"}],
}
KEEPING = {
    "ID": "keeping",
    "Status": "Enabled",
    "Filter": {"ObjectSizeLessThan": 10},
    "NoncurrentVersionTransitions": [
        {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2, "StorageClass": "STANDARD_IA"}
    ],
}
FUTURE = {"ID": "future", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 1}, "Whim": {"A": 1}}


@pytest.mark.parametrize("rule", [LOGS, DATED, OLD, UPLOADS], ids=lambda rule: rule["ID"])
def test_a_rule_is_a_row_and_back(rule):
    row = rules.row_of(rule)
    assert rules.key(rules.rule_of(row)) == rules.key(rule)
    assert rules.combined([rule], [row]) == [rule], "in AWS's own words while nobody changed it"


@pytest.mark.parametrize("rule", [MOVED_ON, KEEPING, FUTURE], ids=lambda rule: rule["ID"])
def test_a_rule_that_says_more_is_no_row_and_stays(rule):
    assert rules.row_of(rule) is None
    assert rules.combined([LOGS, rule], []) == [rule]
    item = bucket(Lifecycle={"Rules": [LOGS, rule]})
    action = act("edit-lifecycle")
    assert [row["id"] for row in action.like(item)["rules"]] == ["logs"]
    assert rule["ID"] in next(iter(action.warn(item)))
    taken = {"rules": [{"id": rule["ID"], "abort_days": 1}]}
    assert "stands twice" in refused("edit-lifecycle", taken, Lifecycle={"Rules": [rule]})["rules"]


def test_rules_of_the_old_kind_become_new_only_beside_new_ones():
    row = rules.row_of(OLD)
    assert rules.combined([OLD], [row]) == [OLD]
    both = rules.combined([OLD], [row, rules.row_of(DATED)])
    assert [rule["Filter"] for rule in both] == [{"Prefix": "tmp/"}, {"Prefix": ""}]
    assert all("Prefix" not in rule for rule in both)


_DAYS = st.none() | st.integers(0, 400)
_MOVES = dict.fromkeys((*rules.CLASSES, *(f"old_{name}" for name in rules.CLASSES)), _DAYS)
_ROWS = st.fixed_dictionaries(
    {
        "id": st.text(max_size=5),
        "enabled": st.booleans(),
        "begins": st.text(max_size=5),
        "tags": st.lists(st.sampled_from(["a=b", "c=", "d=e=f"]), unique=True).map("\n".join),
        "larger_than": _DAYS,
        "smaller_than": _DAYS,
        "expire_days": _DAYS,
        "expire_on": st.sampled_from(["", "2027-01-31"]),
        "expire_markers": st.booleans(),
        "old_expire_days": _DAYS,
        "old_kept": _DAYS,
        "abort_days": _DAYS,
        **_MOVES,
    }
)


@given(_ROWS)
def test_whatever_a_row_says_comes_back_and_botocore_takes_it(row):
    rule = rules.rule_of(row)
    assert rules.row_of(rule) == row
    params = {"Bucket": "acme-uploads", "LifecycleConfiguration": {"Rules": [rule]}}
    assert model.problems("s3.put_bucket_lifecycle_configuration", params) == ""
    assert words.which(rule)
    list(rules.problems(row))


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ({}, "", "A rule does something"),
        ({"to_standard_ia": 29}, "to_standard_ia", "after 30 days at the earliest, not after 29"),
        ({"to_onezone_ia": 1}, "to_onezone_ia", "ONEZONE_IA takes objects after 30"),
        ({"old_to_standard_ia": 7}, "old_to_standard_ia", "not after 7"),
        ({"to_standard_ia": 30, "to_glacier": 45}, "to_glacier", "GLACIER follows on day 60 at the earliest, not 45"),
        ({"to_glacier": 90, "to_deep_archive": 90}, "to_deep_archive", "day 91 at the earliest, not 90"),
        ({"to_glacier": 90, "expire_days": 90}, "expire_days", "after 90 days; they can expire after that only"),
        ({"old_to_glacier": 9, "old_expire_days": 9}, "old_expire_days", "after that only, not after 9"),
        ({"expire_days": 1, "expire_on": "2027-01-31"}, "expire_on", "one of the three"),
        ({"expire_days": 1, "expire_markers": True}, "expire_markers", "one of the three"),
        ({"tags": "a=b", "expire_markers": True}, "expire_markers", "no tags"),
        ({"tags": "a=b", "abort_days": 7, "expire_days": 1}, "abort_days", "no tags and no size"),
        ({"larger_than": 5, "smaller_than": 6, "expire_days": 1}, "smaller_than", "larger than 5 and smaller than 6"),
        ({"old_kept": 3}, "old_expire_days", "after how many days"),
        ({"old_kept": 101, "old_expire_days": 1}, "old_kept", "100"),
        ({"expire_days": 0}, "expire_days", "1"),
        ({"expire_on": "31.1.2027"}, "expire_on", "date"),
        ({"tags": "nonsense", "expire_days": 1}, "tags", "“nonsense”"),
        ({"id": "x" * 256, "expire_days": 1}, "id", "255"),
    ],
)
def test_what_aws_would_refuse_is_said_beside_its_field(row, field, said):
    found = refused("edit-lifecycle", {"rules": [row]})
    assert said in found[f"rules[0].{field}" if field else "rules[0]"]


def test_there_are_a_thousand_rules_at_most():
    row = {"abort_days": 1}
    assert "1000" in refused("edit-lifecycle", {"rules": [row] * 1001})["rules"]
    many = {"Rules": [MOVED_ON | {"ID": str(n)} for n in range(999)]}
    assert refused("edit-lifecycle", {"rules": [row]}, Lifecycle=many) == {}
    assert "these are 1001" in refused("edit-lifecycle", {"rules": [row] * 2}, Lifecycle=many)["rules"]


def test_what_new_rules_delete_is_said():
    action, item = act("edit-lifecycle"), bucket(Lifecycle={"Rules": [LOGS]})
    rows = [rules.row_of(rule) for rule in (LOGS, DATED, OLD)]
    said = list(action.risks(item, {"rules": rows}))
    assert said == ["v1 deletes objects 1 days old, those too that are there already."]
    rows[1] |= {"enabled": True, "old_expire_days": 3}
    assert len(list(action.risks(item, {"rules": rows}))) == 3


def test_rules_are_said_in_words():
    assert words.which(LOGS) == ["begins with logs/", "a=b=c", "larger than 1,024 bytes"]
    assert words.what(LOGS) == [
        "to STANDARD_IA after 30 days",
        "to GLACIER after 90 days",
        "deleted after 365 days",
        "earlier versions to DEEP_ARCHIVE after 0 days",
        "earlier versions deleted after 10 days, but for the newest 3",
    ]
    assert words.which(DATED) == ["all"]
    assert words.what(DATED) == ["deleted on 2027-01-31"]
    assert words.what(UPLOADS) == ["delete markers without versions go", "unfinished uploads aborted after 7 days"]
    assert words.what(MOVED_ON) == ["to GLACIER on 2027-01-31"]
