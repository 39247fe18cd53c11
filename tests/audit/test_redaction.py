import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.redaction import SECRET, clean, redact

pytestmark = pytest.mark.pure

LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# With a digit first: no telling name has one, so a secret is never a part of its own name.
SECRETS = st.text(alphabet=LETTERS, min_size=12, max_size=60).map(lambda text: f"7{text}")
SECRET_KEYS = st.sampled_from(
    [
        "Password",
        "master_user_password",
        "SecretAccessKey",
        "secret",
        "privateKey",
        "session_token",
        "PrivateKeyMaterial",
        "KeyMaterial",
        "Authorization",
        "api_key",
        "webhook-secret",
        "passphrase",
        "Credentials",
        "Set-Cookie",
        "pwd",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def wrapped(inner):
    """The value at some depth of lists and mappings with harmless names."""
    return st.recursive(
        inner,
        lambda deeper: (
            deeper.map(lambda value: {"InstanceType": "t3.micro", "Items": [value]}) | deeper.map(lambda v: [v])
        ),
        max_leaves=4,
    )


@given(st.data(), SECRET_KEYS, SECRETS)
def test_a_secret_under_a_telling_name_is_gone_at_any_depth(data, key, secret):
    held = data.draw(st.sampled_from([secret, [secret], {"a": secret}, {"a": [{"b": secret}]}, secret.encode()]))
    value = data.draw(wrapped(st.just({key: held})))
    assert secret not in json.dumps(redact(value))


@given(SECRET_KEYS, SECRETS)
def test_a_pair_of_name_and_value_counts_as_named(name, secret):
    assert secret not in json.dumps(redact({"tags": [{"key": name, "value": secret}, {"Name": name, "Value": secret}]}))


@given(st.text(min_size=1, max_size=12), SECRETS)
def test_no_environment_variable_is_shown(name, secret):
    value = {
        "Environment": {"Variables": {name: secret}},
        "containerProperties": {"environment": [{"name": name, "value": secret}]},
    }
    assert secret not in json.dumps(redact(value)).replace(json.dumps(name), "")


def test_names_of_environment_variables_stay():
    assert redact({"Environment": {"Variables": {"STAGE": "x"}}}) == {"Environment": {"Variables": {"STAGE": SECRET}}}
    assert redact({"environment": [{"name": "STAGE", "value": "x"}]}) == {
        "environment": [{"name": "STAGE", "value": SECRET}]
    }


@given(JSON)
def test_whatever_comes_is_storable(value):
    text = json.dumps(redact(value), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode("utf-8")


@given(st.text())
def test_cleaned_text_is_storable(text):
    assert "\x00" not in clean(text)
    clean(text, secrets=True).encode("utf-8")


@given(st.dictionaries(st.sampled_from(["ImageId", "InstanceType", "MinCount", "tags"]), st.integers() | st.booleans()))
def test_harmless_values_stay(value):
    assert redact(value) == value


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "ngt_" + "0" * 32 + "_" + "a" * 43,
        "Bearer abcdefghijklmnop",
        "https://s3.amazonaws.com/b/k?X-Amz-Signature=abcdef0123456789",
        "postgres://app:hunter22@db.internal/app",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc",
    ],
)
def test_a_text_that_is_a_secret_is_hidden_under_any_name(text):
    assert redact({"Description": text}) == {"Description": SECRET}
    assert text not in clean(f"failed: {text}", secrets=True)


@pytest.mark.parametrize(
    "value",
    [
        {"MetadataOptions": {"HttpTokens": "required"}},
        {"ClientToken": "0a1b"},
        {"SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"},
        {"ManageMasterUserPassword": True},
        {"Password": None},
        {"KeyName": "deploy"},
        {"Tags": [{"Key": "Name", "Value": "web"}]},
        {"tags": {"env": "prod", "Environment": "production"}},
    ],
)
def test_what_only_sounds_secret_stays(value):
    assert redact(value) == value


def test_a_document_is_told_by_its_length_and_digest():
    hidden = redact({"UserData": "#!/bin/sh\n", "Code": {"ZipFile": b"PK"}})
    assert hidden["UserData"]["length"] == 10
    assert len(hidden["UserData"]["sha256"]) == 64
    changed = redact({"InstanceId": "i-1", "UserData": {"Value": "#!/bin/sh\nPASSWORD=hunter2"}})
    assert "hunter2" not in str(changed)
    assert changed["UserData"]["Value"]["redacted"] == "document"
    assert hidden["Code"]["ZipFile"]["length"] == 2


def test_python_values_become_json():
    identity, now = uuid4(), datetime(2026, 1, 2, tzinfo=UTC)
    assert redact({"id": identity, "at": now, "price": Decimal("1.50"), "set": {"b", "a"}}) == {
        "id": str(identity),
        "at": "2026-01-02T00:00:00+00:00",
        "price": "1.50",
        "set": ["a", "b"],
    }


def test_a_stranger_is_named_and_never_printed():
    class Key:
        def __repr__(self):
            return "hunter2"

    assert redact({"thing": Key()}) == {"thing": "<Key>"}


def test_endless_depth_ends():
    value: dict = {}
    value["self"] = value
    json.dumps(redact(value))
