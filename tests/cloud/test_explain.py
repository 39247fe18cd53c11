import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError

from apps.cloud import causes
from apps.cloud.explain import CallFailed, Explained, explain

pytestmark = pytest.mark.pure

KINDS = {
    *("denied", "throttled", "limit", "not_found", "invalid"),
    *("conflict", "unreachable", "unsupported", "expired", "internal"),
}


def answered(code, message="", http=400, request="r-1"):
    meta = {"HTTPStatusCode": http, "RequestId": request}
    return aws.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": meta}, "RunInstances")


@pytest.mark.parametrize(
    ("code", "kind", "retry"),
    [
        ("UnauthorizedOperation", "denied", False),
        ("AccessDenied", "denied", False),
        ("AuthFailure", "denied", False),
        ("OptInRequired", "denied", False),
        ("ExpiredToken", "expired", True),
        ("RequestLimitExceeded", "throttled", True),
        ("Throttling", "throttled", True),
        ("InsufficientInstanceCapacity", "limit", True),
        ("VcpuLimitExceeded", "limit", False),
        ("AddressLimitExceeded", "limit", False),
        ("InvalidParameterValue", "invalid", False),
        ("InvalidInstanceID.NotFound", "not_found", False),
        ("InvalidInstanceID.Malformed", "invalid", False),
        ("NoSuchBucket", "not_found", False),
        ("NoSuchEntity", "not_found", False),
        ("ResourceNotFoundException", "not_found", False),
        ("IncorrectInstanceState", "conflict", False),
        ("VolumeInUse", "conflict", False),
        ("InvalidGroup.Duplicate", "conflict", False),
        ("InvalidGroup.InUse", "conflict", False),
        ("InvalidKeyPair.Duplicate", "conflict", False),
        ("EntityAlreadyExists", "conflict", False),
        ("RulesPerSecurityGroupLimitExceeded", "limit", False),
        ("TooManyBuckets", "limit", False),
        ("DryRunOperation", "invalid", False),
    ],
)
def test_the_code_decides(code, kind, retry):
    found = explain(answered(code, "AWS's words."))

    assert (found.code, found.kind, found.retry, found.changed) == (code, kind, retry, "no")
    assert found.request_id == "r-1"


@pytest.mark.parametrize(
    ("http", "kind"), [(400, "invalid"), (403, "denied"), (404, "not_found"), (409, "conflict"), (429, "throttled")]
)
def test_a_code_that_nobody_knows_is_judged_by_its_status(http, kind):
    found = explain(answered("Weird.Thing", "It is odd.", http))

    assert found.kind == kind
    assert "It is odd." in found.text


def test_a_server_error_leaves_open_whether_it_happened():
    assert explain(answered("InternalError", "", 500)).changed == "unknown"
    assert explain(answered("Odd", "", 503)).changed == "unknown"


@pytest.mark.parametrize(
    ("error", "kind", "changed"),
    [
        (ResponseParserError("Unable to parse <html>"), "unsupported", "unknown"),
        (aws.EndpointConnectionError(endpoint_url="https://x", error="refused"), "unreachable", "no"),
        (aws.ConnectTimeoutError(endpoint_url="https://x"), "unreachable", "no"),
        (aws.ReadTimeoutError(endpoint_url="https://x"), "unreachable", "unknown"),
        (aws.ConnectionClosedError(endpoint_url="https://x"), "unreachable", "unknown"),
        (aws.ParamValidationError(report="Missing required parameter: ImageId"), "invalid", "no"),
        (aws.NoCredentialsError(), "denied", "no"),
        (ValueError("password=hunter2"), "internal", "unknown"),
    ],
)
def test_errors_without_an_answer(error, kind, changed):
    found = explain(error)

    assert (found.kind, found.changed) == (kind, changed)
    assert found.text


def test_a_foreign_exceptions_message_is_left_out():
    assert "hunter2" not in str(explain(ValueError("password=hunter2")).to_json())


def test_every_cause_is_whole():
    found = [*causes.CODES.values(), *(cause for _, cause in causes.LOCAL)]
    for cause in found:
        assert cause.kind in KINDS
        assert cause.changed in {"no", "yes", "unknown"}
        assert str(cause.text).endswith(".")
        assert not cause.next or str(cause.next).endswith(".")


def test_it_goes_through_json_and_back():
    found = explain(answered("AccessDenied", "No."))

    assert Explained.from_json({**found.to_json(), "new": 1}) == found
    assert explain(CallFailed(found)) is found


@pytest.mark.parametrize(
    ("code", "kind", "words", "retry"),
    [
        ("IncorrectModificationState", "conflict", "not complete yet", False),
        ("VolumeModificationRateExceeded", "limit", "changed too often", False),
        ("SnapshotCreationPerVolumeRateExceeded", "limit", "some seconds apart", True),
        ("AttachmentLimitExceeded", "limit", "as its type takes", False),
        ("InvalidSnapshot.InUse", "conflict", "still uses it", False),
        ("InvalidAMIName.Duplicate", "conflict", "exists already", False),
    ],
)
def test_what_volumes_and_snapshots_are_refused_with_is_explained(code, kind, words, retry):
    found = causes.for_code(code, 400)
    assert (found.kind, found.retry) == (kind, retry)
    assert words in str(found.text)
