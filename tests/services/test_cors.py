"""Which requests of which pages a bucket's cross-origin rules let through."""

import pytest

from apps.services.s3.cors import ID, UPLOAD_EXPOSES, allows, allows_uploads, is_origin, merged

pytestmark = pytest.mark.pure

PANEL = "https://panel.example.com"


def rule(origins=("*",), methods=("GET",), headers=(), exposes=(), **more):
    return {
        "AllowedOrigins": list(origins),
        "AllowedMethods": list(methods),
        "AllowedHeaders": list(headers),
        "ExposeHeaders": list(exposes),
        **more,
    }


@pytest.mark.parametrize(
    ("rules", "method", "headers", "allowed"),
    [
        ([], "GET", (), False),
        ([rule()], "GET", (), True),
        ([rule()], "PUT", (), False),
        ([rule(["https://panel.example.com"])], "GET", (), True),
        ([rule(["https://*.example.com"])], "GET", (), True),
        ([rule(["https://*example.com"])], "GET", (), True),
        ([rule(["https://panel.example.com/"])], "GET", (), False),
        ([rule(["http://panel.example.com"])], "GET", (), False),
        ([rule(["https://panel.example.com*panel.example.com"])], "GET", (), False),
        ([rule()], "GET", ("Content-Type",), False),
        ([rule(headers=["content-type"])], "GET", ("Content-Type",), True),
        ([rule(headers=["X-Amz-*"])], "GET", ("x-amz-meta-a",), True),
        ([rule(headers=["X-Amz-*"])], "GET", ("x-amz-meta-a", "content-type"), False),
        ([rule(), rule(headers=["*"])], "GET", ("content-type",), True),
    ],
)
def test_a_request_needs_one_rule_that_names_all_of_it(rules, method, headers, allowed):
    assert allows(rules, PANEL, method, headers) is allowed


def test_the_first_that_fits_says_what_may_be_read():
    assert allows([rule(exposes=["ETag"])], PANEL, "GET", (), ["etag"])
    assert not allows([rule(), rule(exposes=["ETag"])], PANEL, "GET", (), ["etag"])


@pytest.mark.parametrize(
    "own",
    [
        [],
        [rule(ID="mine")],
        [rule(methods=["PUT", "GET", "HEAD"], headers=["*"])],  # wide, but hides what the pages must read
        [rule([f"https://{n}.example.com"]) for n in range(99)],
    ],
)
def test_uploads_come_in_and_own_rules_stay(own):
    before = [dict(each) for each in own]
    after = merged(own, PANEL)
    assert own == before, "what was given is not changed"
    assert allows_uploads(after, PANEL)
    assert [each for each in after if each.get("ID") != ID] == own
    assert not allows(after, PANEL, "DELETE")
    assert not allows_uploads(after, "https://other.example.net")
    assert merged(after, PANEL) == after, "once is enough"


def test_a_second_panel_joins_the_same_rule():
    after = merged(merged([rule(["https://a.example.com"])], PANEL), "http://127.0.0.1:8000")
    assert [each.get("ID") for each in after] == [ID, None]
    assert after[0]["AllowedOrigins"] == [PANEL, "http://127.0.0.1:8000"]
    assert set(UPLOAD_EXPOSES) <= set(after[0]["ExposeHeaders"])


def test_rules_that_suffice_already_are_left_alone():
    wide = [rule(methods=["PUT", "GET", "HEAD"], headers=["*"], exposes=UPLOAD_EXPOSES)]
    assert merged(wide, PANEL) == wide


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("https://panel.example.com", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://panel.example.com/", False),
        ("https://*.example.com", False),
        ("panel.example.com", False),
        ("https://a b", False),
        ("javascript:alert(1)", False),
    ],
)
def test_what_an_origin_is(text, fits):
    assert is_origin(text) is fits
