"""What CloudWatch measured, in lists, panels and comparisons; and what its absence says."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.catalog import registry
from apps.catalog.items import Item, Measured
from apps.catalog.metrics import Measure, Metric
from apps.cloud.explain import Explained
from apps.console import measures
from tests.console.world import client, fragment, make_world
from tests.inventory.rows import measure, unmeasured

LIST = "/ec2/instances/"
POINTS = [None, 10, 40, None, 25.25]


@pytest.fixture
def world(people):
    """Production's api-1, api-2 and api-3 are measured in eu-west-1; staging may not read CloudWatch there."""
    found = make_world(people)
    ids = {name: _id(found, name) for name in ("api-1", "api-2", "api-3")}
    measure(found.production, "eu-west-1", {ids["api-1"]: POINTS, ids["api-2"]: [60.5], ids["api-3"]: [0.5, 3.0]})
    denied = Explained("AccessDenied", "AWS says: it is <not> authorized.", kind="denied")
    unmeasured(found.staging, "eu-west-1", denied)
    return found


def _id(world, name):
    text = client(world.people.viewer).get(f"{LIST}?f=name={name}").content.decode()
    return re.search(r'name="id" value="([^"]+)"', text)[1]


def names(answer) -> list[str]:
    return re.findall(r'<a class="name"[^>]*>([^<]*)</a>', answer.content.decode())


def cells(answer) -> dict[str, str]:
    """The CPU cell of each row, by name."""
    rows = re.findall(r'<a class="name"[^>]*>([^<]*)</a>(.*?)</tr>', answer.content.decode(), re.S)
    return {name: re.search(r'<td class="c-measure">(.*?)</td>', row, re.S)[1] for name, row in rows}


def test_a_cell_draws_the_hour_and_says_it(world):
    found = cells(client(world.people.viewer).get(LIST))
    line = found["api-1"]
    assert "<title>CPU utilization: last 25.2% at 2026-11-20 09:05 UTC, lowest 10.0%, highest 40.0%.</title>" in line
    assert '<path d="M170 240V190L170 190 340 130 680 160H700V240"/>' in line
    assert 'aria-hidden="true">25.2%</span>' in line
    assert found["api-0"] == "–"


def test_a_cell_says_why_there_is_nothing(world):
    found = cells(client(world.people.viewer).get(LIST))
    assert 'title="CloudWatch can&#x27;t be read. It takes the permission cloudwatch:GetMetricData.' in found["web"]
    assert "it is &lt;not&gt; authorized." in found["web"]
    assert found["batch-1"] == "–", "what is stopped has nothing to measure"


def test_what_was_measured_stays_and_says_why_it_is_old(world):
    away = Explained("Throttling", "AWS is throttling requests.", kind="throttled", retry=True)
    unmeasured(world.production, "eu-west-1", away)
    found = cells(client(world.people.viewer).get(LIST))
    assert 'class="measure stale"' in found["api-1"]
    assert "highest 40.0%. CloudWatch can&#x27;t be read. AWS is throttling requests.</title>" in found["api-1"]


def test_the_list_sorts_and_filters_by_it(world):
    browser = client(world.people.viewer)
    assert names(browser.get(f"{LIST}?sort=-cpu"))[:3] == ["api-2", "api-1", "api-3"]
    assert names(browser.get(f"{LIST}?sort=cpu"))[-3:] == ["api-3", "api-1", "api-2"]
    answer = browser.get(f"{LIST}?f=cpu>3&sort=cpu")
    assert names(answer) == ["api-1", "api-2"]
    assert "Remove filter CPU 1 h" in answer.content.decode()
    assert names(fragment(browser, f"{LIST}?q=cpu<26&sort=cpu")) == ["api-3", "api-1"]


def test_its_header_stands_before_the_cost_and_the_suggestions_know_it(world):
    browser = client(world.people.viewer)
    text = browser.get(f"{LIST}?sort=-cpu").content.decode()
    head = text[text.index("<thead>") : text.index("</thead>")]
    assert head.index("Account / zone") < head.index("CPU 1 h") < head.index("Cost/month")
    assert re.search(r'<th scope="col" class="c-measure" aria-sort="descending"><a href="[^"]*sort=cpu"', head)
    assert 'data-fill="cpu&gt;"' in fragment(browser, f"{LIST}-/hints/?q=cpu").content.decode()


def test_preferences_hide_it_and_then_it_is_not_asked_for(world, monkeypatch):
    looked = []
    monkeypatch.setattr("apps.inventory.freshness.ensure_fresh", lambda *_, measures, **__: looked.append(measures))
    browser = client(world.people.viewer)
    browser.get(LIST)
    assert 'value="cpu" id="col-cpu" checked' in fragment(browser, f"{LIST}-/preferences/").content.decode()
    browser.post(f"{LIST}-/preferences/", {"column": ["type"], "size": "50"})
    assert "c-measure" not in browser.get(LIST).content.decode()
    browser.get(f"{LIST}?f=cpu>1")
    assert [("cpu" in asked) for asked in looked] == [True, False, True]
    browser.post(f"{LIST}-/preferences/", {"reset": "1"})


def test_panel_page_and_comparison_show_it(world):
    browser = client(world.people.viewer)
    first, second = _id(world, "api-1"), _id(world, "api-2")
    assert 'class="spark"' in fragment(browser, f"{LIST}{first}/panel/").content.decode()
    assert 'class="spark"' in browser.get(f"{LIST}{first}/").content.decode()
    assert "CloudWatch can&#x27;t be read." in browser.get(f"{LIST}{_id(world, 'web')}/").content.decode()
    compared = fragment(browser, f"{LIST}-/compare/?id={first}&id={second}").content.decode()
    line = re.search(r"CPU 1 h.*?</tr>", compared, re.S)[0]
    assert re.findall(r"<td>([^<]*)</td>", line) == ["25.2%", "60.5%"]


def test_it_costs_no_statement(world):
    browser = client(world.people.viewer)
    browser.get(LIST)
    for query in ("", "?sort=-cpu&f=cpu>1"):
        with CaptureQueriesContext(connection) as seen:
            browser.get(LIST + query)
        told = [one["sql"][:90] for one in seen if not one["sql"].startswith(("BEGIN", "COMMIT"))]
        assert len(told) <= 6, told


def test_another_organization_sees_none_of_it(world):
    text = client(world.people.outsider).get(f"{LIST}?sort=-cpu&f=cpu>0").content.decode()
    assert "spark" not in text
    assert "cloudwatch:GetMetricData" not in text


AT = datetime(2026, 11, 20, tzinfo=UTC)
SIZE = Measure("size", "Size", Metric("BucketSizeBytes", "Size", "AWS/S3", "BucketName", unit="bytes"), 86400, 86400)


def column_of(measure):
    return replace(registry.resource("s3.bucket"), measures=(measure,)).column(measure.key)


def test_a_number_alone_where_no_line_is_wanted():
    counted = Measure("n", "Objects", Metric("NumberOfObjects", "", "AWS/S3", "BucketName"), 86400, 86400, curve=False)
    size = Measure("size", "Size", SIZE.metric, 86400, 86400, curve=False)
    for one, value, words in ((counted, 1234567.0, "1,234,567"), (size, 3.5 * 2**30, "3.5 GiB"), (size, 0.0, "0 B")):
        item = Item("s3.bucket", "b", measured={one.key: Measured(value, (value,), AT)})
        drawn = measures.drawn(column_of(one), item, {})
        assert f">{words}</span>" in drawn
        assert 'title="Measured at 2026-11-20."' in drawn
        assert "svg" not in drawn


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0.0%"), (0.034, "0.034%"), (3.46, "3.5%"), (45.25, "45.2%"), (100.0, "100.0%")]
)
def test_per_cent_have_one_place(value, words):
    assert measures.words(registry.resource("ec2.instance").measures[0], value) == words


def test_a_line_without_a_fixed_top_fills_its_height_and_one_of_zeros_lies_flat():
    item = Item("s3.bucket", "b", measured={"size": Measured(4.0, (2.0, 8.0, 4.0), AT)})
    assert '<path d="M-20 240V160L0 160 340 10 680 110H700V240"/>' in measures.drawn(column_of(SIZE), item, {})
    item = Item("s3.bucket", "b", measured={"size": Measured(0.0, (0.0, 0.0), AT)})
    assert '<path d="M-20 240V210L0 210 680 210H700V240"/>' in measures.drawn(column_of(SIZE), item, {})
