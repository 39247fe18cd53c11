"""A resource's page, its panel and tabs; what is another organization's is not there."""

import pytest

from apps.catalog.items import Item
from apps.cloud.explain import CallFailed, Explained
from apps.console import refs
from apps.inventory import query
from apps.inventory.query import Query
from apps.tenancy.context import tenant_tx
from tests.console.world import client, fragment


@pytest.fixture
def item(world) -> Item:
    from apps.catalog import registry

    with tenant_tx(world.tenant_id):
        page = query.listing(world.people.owner.actor, registry.resource("ec2.instance"), Query(text="api-1"))
    return page.items[0]


def test_page_shows_facts_and_actions(world, item):
    text = client(world.people.operator).get(f"/ec2/instances/{item.id}/").content.decode()
    assert "<h1>api-1</h1>" in text
    assert f"arn:aws:ec2:eu-west-1:111111111111:instance/{item.id}" in text
    assert "Not possible while it is running." in text
    assert f"/ec2/instances/action/stop/?id={item.id}" in text


def test_panel_tells_htmx_the_lists_url(world, item):
    browser = client(world.people.viewer)
    answer = fragment(
        browser,
        f"/ec2/instances/{item.id}/panel/",
        **{"HX-Current-URL": "http://testserver/ec2/instances/?q=api&open=x"},
    )
    assert answer.status_code == 200
    assert answer["HX-Replace-Url"] == f"/ec2/instances/?q=api&open={item.id}"
    opened = browser.get(f"/ec2/instances/?open={item.id}").content.decode()
    assert f'id="row-{item.id}" aria-selected' in opened
    assert 'data-panel="side"' in opened


@pytest.mark.parametrize("path", ["", "panel/", "tab/code/", "tab/related/", "tab/monitoring/"])
def test_another_organizations_resource_is_not_there(world, item, path):
    assert client(world.people.outsider).get(f"/ec2/instances/{item.id}/{path}").status_code == 404


@pytest.mark.parametrize("tab", ["overview", "tags", "related", "timeline", "code"])
def test_tabs_that_the_panel_knows(world, item, tab):
    browser = client(world.people.viewer)
    answer = fragment(browser, f"/ec2/instances/{item.id}/tab/{tab}/")
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert browser.get(f"/ec2/instances/{item.id}/?tab={tab}").status_code == 200


def test_an_unknown_tab_is_404(world, item):
    assert client(world.people.viewer).get(f"/ec2/instances/{item.id}/tab/nothing/").status_code == 404


def test_what_aws_refuses_is_said_in_the_tab(world, item, monkeypatch):
    from apps.cloud import metrics
    from apps.inventory import readings

    def refuse(*_args, **_more):
        raise CallFailed(Explained("AccessDenied", "The role may not read metrics.", "req-9", kind="denied"))

    monkeypatch.setattr(metrics, "series", refuse)
    monkeypatch.setattr(readings, "call", refuse)
    browser = client(world.people.operator)
    for tab in ("monitoring", "log"):
        text = fragment(browser, f"/ec2/instances/{item.id}/tab/{tab}/").content.decode()
        assert "The role may not read metrics." in text
        assert "req-9" in text


def test_metrics_are_drawn_and_tabled(world, item, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from apps.cloud import metrics

    start = datetime(2026, 11, 21, 12, tzinfo=UTC)
    points = tuple((start + timedelta(minutes=5 * n), float(n)) for n in range(12))
    monkeypatch.setattr(
        metrics, "series", lambda _a, _r, _i, wanted, **_more: [metrics.Series(one, points) for one in wanted]
    )
    browser = client(world.people.viewer)
    text = fragment(browser, f"/ec2/instances/{item.id}/tab/monitoring/?range=1d").content.decode()
    assert "data-chart=" in text
    assert text.count("<details>") == 6
    assert "<polyline" in fragment(browser, f"/ec2/instances/{item.id}/tab/glance/").content.decode()


def test_one_time_range_is_kept_across_pages(world, monkeypatch):
    from datetime import timedelta

    from apps.catalog import registry
    from apps.cloud import metrics

    asked = []
    monkeypatch.setattr(metrics, "series", lambda *_a, span, until, **_m: asked.append((span, until)) or [])
    with tenant_tx(world.tenant_id):
        found = query.listing(world.people.owner.actor, registry.resource("ec2.instance"), Query(text="api-")).items
    browser = client(world.people.viewer)
    for number, wanted in enumerate(("", "?range=1d", "", "?from=1700000000&to=1700000600", "", "?range=nothing")):
        fragment(browser, f"/ec2/instances/{found[number % 2].id}/tab/monitoring/{wanted}")
    hours = [span / timedelta(hours=1) for span, _until in asked]
    assert hours[:3] == [3, 24, 24]
    assert [until.timestamp() for _span, until in asked[3:]] == [1700000600] * 3
    fragment(client(world.people.viewer), f"/ec2/instances/{found[0].id}/tab/monitoring/")
    assert asked[-1] == (timedelta(hours=3), None), "it is each session's own"


def test_a_log_is_text_without_controls(world, item, monkeypatch):
    from apps.cloud.calls import Answer
    from apps.inventory import readings

    monkeypatch.setattr(
        readings, "call", lambda *_a, **_m: Answer({"Output": "\x1b[31m<b>boot</b>\x1b[0m\x07\n\x1b]0;t\x07"}, "r")
    )
    text = fragment(client(world.people.operator), f"/ec2/instances/{item.id}/tab/log/").content.decode()
    assert "<code>&lt;b&gt;boot&lt;/b&gt;␇</code>" in text
    assert 'hx-trigger="every 20s"' in text


def test_a_screenshot_is_a_picture_and_nothing_else(world, item, monkeypatch):
    from apps.cloud.calls import Answer
    from apps.inventory import readings

    for data, shown in (("/9j/4AAQ", True), ('" onerror="x', False)):
        monkeypatch.setattr(readings, "call", lambda *_a, data=data, **_m: Answer({"ImageData": data}, "r"))
        text = fragment(client(world.people.operator), f"/ec2/instances/{item.id}/tab/screenshot/").content.decode()
        assert ('src="data:image/jpeg;base64,/9j/4AAQ"' in text) == shown
        assert "onerror" not in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone?", "gone?"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07on", "on"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1$r0m\x1b\\on", "on"),
        ("\x1b(B\x1b=\x1bcon", "on"),
        ("\x1b]52;c;never ended", ""),
        ("lost\x1b", "lost␛"),
        ("secret\rpublic", "secret␍public"),
        ("one\r\ntwo\tthree\n", "one\ntwo\tthree"),
        ("a\x08b\x00", "a␈b␀"),
        ("a\u202etxt.exe", "a⟨U+202E⟩txt.exe"),
    ],
)
def test_what_a_terminal_would_obey_is_not_there(said, shown):
    from apps.console.tabs import _plain

    assert _plain(said) == shown


def test_comparison_marks_what_differs(world, item):
    from apps.catalog import registry

    with tenant_tx(world.tenant_id):
        page = query.listing(world.people.owner.actor, registry.resource("ec2.instance"), Query(text="batch"))
    text = fragment(
        client(world.people.viewer), f"/ec2/instances/-/compare/?id={item.id}&id={page.items[0].id}"
    ).content.decode()
    assert "api-1" in text
    assert "batch-1" in text
    assert 'class="differs"' in text


@pytest.mark.pure
def test_refs_name_what_ids_alone_do_not():
    account = "0d6f1a52-9a0e-4d0c-8a6e-2f6f9f3f3c11"
    assert refs.ref("i-0b1f4c2e9d7a63f10", account, "eu-west-1") == "i-0b1f4c2e9d7a63f10"
    named = refs.ref("deploy@home", account, "eu-west-1")
    assert named == f"deploy@home@{account}:eu-west-1"
    assert refs.parts(named) == ("deploy@home", account, "eu-west-1")
    assert refs.parts("plain") == ("plain", None, None)
