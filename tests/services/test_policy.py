"""Bucket policies: what is refused and where, what is warned of, and what is said of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.catalog import model
from apps.services.s3 import policy, policy_actions, policy_json, policy_risks, policy_words
from tests.services.policies import ALL, ARN, BUCKET, CANONICAL, DOCUMENTED, allow, deny
from tests.services.policies import policy as written


def checked(value):
    return policy.check(value if isinstance(value, str) else json.dumps(value, indent=2), BUCKET)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_what_aws_documents_is_taken_and_told_in_words(name):
    value, public, sentences = DOCUMENTED[name]
    found = checked(value)
    assert found.errors == ()
    assert policy_words.sentences(found.statements) == sentences
    assert bool(policy_risks.public(found.statements)) is public
    line = policy_words.public_line(found.statements, {})
    assert line.startswith("Public: yes" if public else "Public: no")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Line 1, column 1: There is nothing."),
        ("  \n ", "There is nothing."),
        ("{", "Line 1, column 2: A name in quotation marks is expected, not the end of the text."),
        ("[]", "A policy is an object in braces."),
        (
            '{"Version": "2012-10-17"\n "Statement": []}',
            'Line 2, column 2: A comma or “}” is expected, not “"Statement":”.',
        ),
        ('{"Version": "2012-10-17",\n}', "Line 1, column 25: A comma stands before “}”."),
        ('{"a": 1,\n "a": 2}', "Line 2, column 2: “a” stands twice in the same object."),
        ('{"a": "b\n"}', "Line 1, column 9: A text can't go over the end of a line."),
        ('{"a": "b', "Line 1, column 7: The text that begins here has no closing quotation mark."),
        ('{"a": "\\x"}', "backslash"),
        ('{"a": "\\ud800"}', "half of a character"),
        ('{"a": NaN}', "A value is expected, not “NaN}”."),
        ('{"a": 01}', "A comma or “}” is expected"),
        ("{'a': 1}", "A name in quotation marks is expected, not “'a': 1}”."),
        ('{"a" 1}', "A colon is expected after “a”."),
        ("[" * 9000, "nested too deep"),
        ('{"Statement": []} {}', "Something follows the end of the document: “{}”."),
    ],
)
def test_what_is_no_json_is_refused_where_it_ends_to_be_json(text, words):
    (error,) = checked(text).errors
    assert words in error


BAD = {
    "Version is “2012-10-17” (or the older “2008-10-17”), no other date.": written(allow(), version="2026-01-01"),
    "There is no Statement.": {"Version": "2012-10-17"},
    "Statement is an object, or a list of at least one.": {"Version": "2012-10-17", "Statement": []},
    "There is no element “Statment”. Is Statement meant?": {**written(allow()), "Statment": []},
    "There is no element “Resourse”. Is Resource meant?": written({**allow(), "Resourse": "x"}),
    "Effect is “Allow” or “Deny”.": written({**allow(), "Effect": "allow"}),
    "Two statements have the Sid “a”.": written(allow(Sid="a"), allow(Sid="a")),
    "The statement has neither Principal nor NotPrincipal.": written(
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ALL}
    ),
    "Action and NotAction exclude each other.": written({**allow(), "NotAction": "s3:GetObject"}),
    "Principal is “*” for everybody, or an object": written(allow("111122223333")),
    "not “aws”. Is AWS meant?": written(allow({"aws": "111122223333"})),
    "“1234” is no account: its number has 12 digits.": written(allow({"AWS": "1234"})),
    "“alice” is no account, user or role": written(allow({"AWS": "alice"})),
    "“arn:aws:iam::111122223333:group/x” is no account (root), user or role.": written(
        allow({"AWS": "arn:aws:iam::111122223333:group/x"})
    ),
    "a principal takes no wildcard within": written(allow({"AWS": "arn:aws:iam::111122223333:user/*"})),
    "“s3” is no AWS service": written(allow({"Service": "s3"})),
    "is no canonical user id": written(allow({"CanonicalUser": CANONICAL[:-1]})),
    "Amazon S3 knows no action “s3:GetObjects”. Is s3:GetObject meant?": written(allow(action="s3:GetObjects")),
    "Amazon S3 knows no action “s3:HeadObject”. Is s3:GetObject meant?": written(allow(action="s3:HeadObject")),
    "Amazon S3 knows no action “s3:PutBucketEncryption”. Is s3:PutEncryptionConfiguration meant?": written(
        allow(action="s3:PutBucketEncryption", resource=ARN)
    ),
    "Amazon S3 knows no action “s3:Fetch*”.": written(allow(action="s3:Fetch*")),
    "“GetObject” is no action of Amazon S3: these begin with “s3:”. Is s3:GetObject meant?": written(
        allow(action="GetObject")
    ),
    "“kms:Decrypt” is no action of Amazon S3": written(allow(action="kms:Decrypt")),
    "“s3:ListAllMyBuckets” is not about a bucket": written(allow(action="s3:ListAllMyBuckets")),
    "Action is a text, or a list of at least one.": written(allow(action=[])),
    "“arn:aws:s3:::acmes/*” is not in this bucket, acme.": written(allow(resource="arn:aws:s3:::acmes/*")),
    "“arn:aws:s3:::*” is not in this bucket": written(allow(resource="arn:aws:s3:::*")),
    "“*” is no ARN of this bucket.": written(allow(resource="*")),
    "“acme/*” is no ARN of this bucket.": written(allow(resource="acme/*")),
    "There is no condition operator “StringEqual”. Is StringEquals meant?": written(
        allow(Condition={"StringEqual": {"aws:SourceVpc": "vpc-1"}})
    ),
    "There is no condition operator “ForSomeValues:StringEquals”.": written(
        allow(Condition={"ForSomeValues:StringEquals": {"aws:SourceVpc": "vpc-1"}})
    ),
    "There is no condition operator “NullIfExists”.": written(allow(Condition={"NullIfExists": {"aws:x": True}})),
    "“300.1.1.1” is no range of IP addresses": written(allow(Condition={"IpAddress": {"aws:SourceIp": "300.1.1.1"}})),
    "Bool takes true or false, not “yes”.": written(allow(Condition={"Bool": {"aws:SecureTransport": "yes"}})),
    "NumericLessThan takes a number, not “x”.": written(allow(Condition={"NumericLessThan": {"s3:max-keys": "x"}})),
    "DateLessThan takes a time": written(allow(Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}})),
    "“SourceIp” is no condition key": written(allow(Condition={"IpAddress": {"SourceIp": "192.0.2.1"}})),
    "A condition has a value, or a list of at least one.": written(allow(Condition={"Bool": {"aws:x": []}})),
    "A statement is an object in braces.": {"Version": "2012-10-17", "Statement": ["x"]},
}


@pytest.mark.parametrize("words", BAD)
def test_what_s3_would_refuse_is_refused_with_the_reason(words):
    errors = checked(BAD[words]).errors
    assert any(words in error for error in errors), errors
    assert all(error.startswith("Line ") for error in errors)


def test_an_error_names_the_line_of_what_is_wrong():
    text = json.dumps(written(allow(), allow(action=["s3:GetObject", "s3:Gett"])), indent=2)
    (error,) = checked(text).errors
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "s3:Gett" in row)
    assert error.startswith(f"Line {line}, column 9: ")


def test_the_size_is_that_of_the_text_in_bytes():
    text = json.dumps(written(allow()))
    assert checked(text + " " * (policy.MOST - len(text))).errors == ()
    (error,) = checked(text + " " * (policy.MOST - len(text) + 1)).errors
    assert error == "The policy takes 20481 bytes; the most is 20480. Spaces and line breaks count."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (written(allow(resource=ARN)), "s3:GetObject acts on objects"),
        (written(allow(action="s3:ListBucket")), "s3:ListBucket acts on the bucket"),
        (written(allow({"AWS": "AIDACKCEVSQ6C2EXAMPLE"})), "that was deleted"),
        (
            written({"Effect": "Allow", "NotPrincipal": "*", "Action": "s3:GetObject", "Resource": ALL}),
            "NotPrincipal with Allow lets in everybody else",
        ),
        (written(allow(Condition={"StringEquals": {"s3:prefx": "a"}})), "Is s3:prefix meant?"),
        ({"Statement": allow()}, "Without a Version"),
    ],
)
def test_what_is_taken_but_hardly_meant_is_warned_of(value, words):
    assert any(words in warning for warning in checked(value).warnings)


# A condition, and whether it keeps the public out (User Guide, "The meaning of public").
NARROW = [
    ({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}, True),
    ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, False),
    ({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}, False),
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, False),
    ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, True),
    ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
    ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, False),
    ({"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "0.0.0.0/0"]}}, False),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "8.0.0.0/7"}}, False),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/16"}}, False),
    ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, True),
    ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:t"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, False),
    ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}}, True),
    ({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/*"}}, False),
    ({"StringEquals": {"aws:userid": "AROAEXAMPLE:*"}}, False),
    ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, False),
    ({"StringEquals": {"aws:PrincipalAccount": "${aws:username}"}}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ({"StringLike": {"aws:Referer": "https://example.com/*"}}, False),
    ({"Null": {"aws:SourceVpc": "false"}}, False),
]


@pytest.mark.parametrize(("condition", "narrow"), NARROW)
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}])
def test_a_wildcard_is_public_unless_a_fixed_value_narrows_it(condition, narrow, principal):
    found = checked(written(allow(principal, Condition=condition)))
    assert found.errors == ()
    assert bool(policy_risks.public(found.statements)) is not narrow


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (deny(), "locks out everybody, you too"),
        (deny(action="s3:Put*"), "locks out everybody"),
        (deny({"AWS": "*"}, "s3:DeleteBucketPolicy", ARN), "locks out everybody"),
        (deny(Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), "the network it names"),
        (deny(Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), "the network it names"),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": ARN},
            "shuts out everybody else",
        ),
        (deny(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}}), ""),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), ""),
        (deny(resource=ALL), ""),
        (deny({"AWS": "111122223333"}), ""),
        (deny(action="s3:GetObject"), ""),
    ],
)
def test_it_is_said_when_nobody_could_mend_the_policy(statement, words):
    (made,) = checked(written(statement)).statements
    assert words in policy_risks.locks_out(made)
    assert bool(words) == bool(policy_risks.locks_out(made))


def test_the_buckets_own_account_can_be_locked_out_and_may_change_the_policy():
    (shut,) = checked(written(deny({"AWS": "111122223333"}))).statements
    assert policy_risks.locks_out(shut, "111122223333").startswith("Statement 1 locks out everybody, you too")
    assert policy_risks.locks_out(shut, "444455556666") == ""
    (user,) = checked(written(deny({"AWS": "arn:aws:iam::111122223333:user/x"}))).statements
    assert policy_risks.locks_out(user, "111122223333") == "", "there are others"
    own = checked(written(allow({"AWS": ["111122223333", "444455556666"]}, "s3:*", [ARN, ALL]))).statements
    (said,) = policy_risks.warnings(own, {}, "111122223333")
    assert said.startswith("Statement 1 lets the AWS account 444455556666 change the policy itself")


def test_warnings_say_who_gets_in_and_what_block_public_access_does():
    found = checked(written(allow(Sid="Read"), allow({"AWS": "111122223333"}, "s3:*", [ARN, ALL]))).statements
    blocked = policy_risks.warnings(found, {"BlockPublicPolicy": True})
    assert blocked == [
        "Statement 1 (Read) makes the bucket public.",
        "Block Public Access refuses new public policies here, so Amazon S3 will not take this one.",
        "Statement 2 lets the AWS account 111122223333 change the policy itself, and so whatever else is in the"
        " bucket.",
    ]
    assert "keeps everybody outside" in policy_risks.warnings(found, {"RestrictPublicBuckets": True})[1]
    assert policy_words.public_line(found, {"RestrictPublicBuckets": True}).startswith("Public: no, although")


def test_what_can_act_in_a_name_is_shown_as_a_picture():
    name = "x\u202egnp"
    found = checked(written(allow({"AWS": "111122223333"}, resource=f"{ARN}/{name}", Sid="a\u0007b")))
    (sentence,) = policy_words.sentences(found.statements)
    assert "\u202e" not in sentence
    assert "\u0007" not in found.statements[0].title


def test_a_policy_is_laid_out_without_changing_it():
    text = '{"Version":"2012-10-17","Statement":{"Sid":"é","Effect":"Allow"}}'
    laid = policy_json.pretty(text)
    assert json.loads(laid) == json.loads(text)
    assert laid.splitlines()[0] == "{"
    assert policy_json.pretty("no json") == "no json"


def test_each_operation_of_s3_has_its_action():
    """What botocore can call is an action of nearly that name, or stands in the list of those called otherwise."""
    service, _names = model._service("s3")
    renamed = {
        *policy_actions.OPERATIONS,
        # CORS in capitals, an id per configuration, calls of other services and of directory buckets.
        *("GetBucketCors", "PutBucketCors", "ListDirectoryBuckets", "CreateSession", "WriteGetObjectResponse"),
    }
    for name in service.operation_names:
        plain = name.replace("Bucket", "", 1) if "Configuration" in name else name
        forms = {name, plain, plain.removesuffix("s"), name.removesuffix("Configuration")}
        forms |= {form.replace("List", "Get", 1).replace("Delete", "Put", 1) for form in forms}
        forms |= {form.replace("Metadata", "MetadataTable", 1) for form in forms}
        known = {form.lower() for form in forms} & {one.lower() for one in policy_actions.EVERY}
        assert known or name in renamed or name == "RenameObject", name


WORDS = st.sampled_from(
    ["", "*", "Allow", "Deny", "s3:*", "s3:GetObject", "s3:[", ALL, ARN, "AWS", "Service", "111122223333", "${aws:x}"]
) | st.text(max_size=8)
VALUES = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
STATEMENTS = st.dictionaries(
    st.sampled_from(
        [
            *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
            *("Condition", "Other"),
        ]
    ),
    VALUES | st.fixed_dictionaries({"StringLike": st.dictionaries(WORDS, VALUES, max_size=2)}),
)


@settings(max_examples=400, deadline=None)
@given(st.fixed_dictionaries({"Version": WORDS, "Statement": st.lists(STATEMENTS, max_size=3) | VALUES}) | VALUES)
def test_no_json_breaks_the_check_or_its_words(value):
    found = policy.check(json.dumps(value), BUCKET)
    for text in (*found.errors, *found.warnings, *policy_words.sentences(found.statements)):
        text.encode()
    policy_risks.warnings(found.statements, {}, "111122223333")
    policy_words.public_line(found.statements, {})


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[]":,\\ \n\t0-1eua+.n\u0000é', max_size=60))
def test_what_json_reads_is_read_the_same_and_nothing_else_is(text):
    def once(pairs):
        if len({key for key, _value in pairs}) < len(pairs):
            raise ValueError
        return dict(pairs)

    def refused(_word):
        raise ValueError

    try:
        wanted = json.loads(text, object_pairs_hook=once, parse_constant=refused)
        json.dumps(wanted, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        with pytest.raises(policy_json.NotJson):
            policy_json.parse(text)
    else:
        assert policy_json.parse(text).value == wanted
