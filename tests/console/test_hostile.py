"""Whatever stands in an address or a form, the answer is a page with one clear message and never a failure."""

from dataclasses import replace
from itertools import cycle, product
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.console.world import client
from tests.tenancy.routes import Visit, at
from tests.tenancy.walk import make_victim, visits

# A digit that is no number, more digits than Python reads, a reference without an account's id.
HOSTILE = ("²", "9" * 5000, f"i-1@{'-' * 36}:x", "\u202e\U0010ffff'\"><{0}%s")
WIZARD = "/ec2/instances/create/launch/"
# Parameters that the walk has no use for.
MORE = (
    at("/ec2/instances/?page=1&size=50&sort=name&f=state=running&join=or&again=1"),
    at("/ec2/instances/{instance}/tab/monitoring/?range=1h&from=1&to=2"),
    at("/audit/?before=1&since=2026-01-01&until=2026-01-02&act=x&who=x&result=ok"),
    at("/operations/?after=2026-01-01T00:00:00~{queued}"),
    at("/palette/?recent=[]"),
    at(WIZARD, _add="tags?key=x", _key="x"),
    at(WIZARD, _remove="tags-1"),
    at(WIZARD + "field/", _field="tags-1-key", **{"tags-1-key": "x"}),
    at(WIZARD + "field/", _field="tags-²-key", **{"tags-²-key": "x"}),
    at(WIZARD + "field/", _field=f"tags-{'9' * 5000}-key", **{f"tags-{'9' * 5000}-key": "x"}),
    at("/theme/", theme="dark"),
    at("/sign-in/?next=/", email="a@example.com", password="x", next="/"),
)


@pytest.fixture(scope="module")
def victim(panel_env):
    return make_victim()


@pytest.fixture(scope="module")
def browser(victim):
    """The owner's: nobody gets further."""
    found = client(victim.people.owner)
    found.raise_request_exception = False
    return found


def requests(visit: Visit, bad: str):
    """(method, address, form): each parameter and each part of the path in turn is the bad one."""
    parts = urlsplit(visit.path)
    given = parse_qsl(parts.query, keep_blank_values=True)
    for n, (name, _value) in enumerate(given):
        yield "GET", f"{parts.path}?{urlencode([*given[:n], (name, bad), *given[n + 1 :]])}", {}
    for name in visit.body:
        yield "POST", visit.path, visit.body | {name: bad}
    segments = parts.path.strip("/").split("/")
    if len(bad) < 1000:
        for n in range(1, len(segments)):
            path = "/".join([*segments[:n], quote(bad, safe=""), *segments[n + 1 :]])
            yield "GET", f"/{path}/?{parts.query}", {}


def test_no_parameter_makes_the_panel_fail(victim, browser):
    found, ids, turn = [], replace(victim.ids, mine=victim.ids.account), cycle(HOSTILE)
    # Each of the walk's gets one of the values, those of this test all.
    tries = [(visit, next(turn)) for visit in visits() if not visit.path.startswith("/api/")]
    for visit, bad in [*tries, *product(MORE, HOSTILE)]:
        for method, path, form in requests(Visit(ids.fill(visit.path), ids.fill(visit.body)), bad):
            answer = browser.get(path) if method == "GET" else browser.post(path, form)
            if answer.status_code >= 500 and answer.status_code != 502:
                found.append(f"{answer.status_code} {method} {path[:200]} {str(form)[:200]}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("method", "path", "form"),
    [
        ("GET", "/audit/?q=a%00b", {}),
        ("GET", "/audit/?a%00b=1", {}),
        ("GET", "/ec2/instances/i-%00/", {}),
        ("POST", "/ec2/instances/-/views/", {"name": "a\x00b"}),
        ("POST", "/sign-in/", {"email": "a@example.com", "password": "\x00"}),
    ],
)
def test_a_null_character_is_refused_in_words(browser, method, path, form):
    answer = browser.get(path) if method == "GET" else browser.post(path, form)
    assert answer.status_code == 400
    assert "A part of the address or the form is not valid." in answer.content.decode()


def test_a_form_of_too_many_fields_is_refused_in_words(browser):
    answer = browser.post("/profile/", {f"f{n}": "x" for n in range(30_001)})
    assert answer.status_code == 400
    assert "not valid" in answer.content.decode()


def test_a_form_that_is_too_large_is_refused_in_words(browser):
    answer = browser.post("/profile/", urlencode({"name": "x" * 3_000_000}), "application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert "not valid" in answer.content.decode()


def test_a_body_that_is_no_form(browser):
    for kind in (
        "application/json",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "",
        "a/b;c",
    ):
        answer = browser.generic("POST", "/profile/", b'{"part": "about"}\xff\x00', content_type=kind)
        assert answer.status_code in {400, 422}, kind
