"""What every answer says to the browser, pages and refusals alike."""

import pytest
from django.test import Client

from tests.console.world import client, fragment


@pytest.fixture
def answers(people, monkeypatch):
    """An answer of each sort, by name."""
    person, nobody = client(people.owner), Client(raise_request_exception=False)
    person.raise_request_exception = False
    checked = Client(enforce_csrf_checks=True)
    found = {
        "page": person.get("/"),
        "fragment": fragment(person, "/ec2/instances/"),
        "tokens": person.get("/tokens/"),
        "not found": person.get("/ec2/nonesuch/"),
        "null": person.get("/audit/?q=%00"),
        "method": person.get("/sign-out/"),
        "sent to sign in": nobody.get("/audit/"),
        "sign in": nobody.get("/sign-in/"),
        "host": nobody.get("/", headers={"Host": "evil.example"}),
        "host of rest": nobody.get("/api/v1/me/", headers={"Host": "evil.example"}),
        "slash": nobody.get("/ec2"),
        "forged": checked.post("/sign-in/"),
        "events": nobody.get("/events/"),
        "rest": nobody.get("/api/v1/me/"),
        "rest of a person": person.get("/api/v1/me/"),
        "docs": person.get("/api/v1/docs/"),
        "health": nobody.get("/healthz/live"),
    }
    monkeypatch.setattr("apps.console.home.scope.accounts", None)
    return found | {"failure": person.get("/")}


def test_every_answer_holds_the_browser_to_the_policy(answers):
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert (statuses["host"], statuses["slash"], statuses["failure"]) == (400, 301, 500)
    for name, answer in answers.items():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name
        assert answer["X-Frame-Options"] == "DENY", name
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name


def test_what_a_person_sees_is_kept_by_no_cache(answers):
    public = {"slash", "host", "host of rest", "health", "forged", "sent to sign in", "events"}
    for name, answer in answers.items():
        if name not in public:
            assert "no-store" in answer.headers.get("Cache-Control", ""), name


def test_a_host_that_is_not_ours_is_repeated_nowhere(answers):
    for name, answer in answers.items():
        assert b"evil.example" not in answer.content, name
        assert "evil.example" not in str(answer.headers), name


def test_cookies_are_out_of_reach(people):
    browser = Client()
    browser.get("/sign-in/")
    browser.post("/sign-in/", {"email": people.owner.email, "password": people.owner.password})
    assert {"sessionid", "csrftoken", "northgate-device"} <= set(browser.cookies)
    assert browser.cookies["northgate-device"]["path"] == "/sign-in/"
    for name, cookie in browser.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert not cookie["domain"], name
