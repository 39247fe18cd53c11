"""An instance's own tabs in a browser: the line to type is copied, charts move together, one range is kept."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.console.world import instance, make_world, stock

IDS = ("i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60719")


def test_the_way_in_is_copied_and_charts_move_together(page, enter, axe, people, monkeypatch):
    from apps.cloud import metrics

    world = make_world(people)
    machines = [instance(f"web-{n}", id=id) | {"PublicDnsName": "host.example"} for n, id in enumerate(IDS)]
    stock(world.production, "eu-west-1", "ec2.instance", machines)
    end = datetime.now(UTC).replace(second=0, microsecond=0)
    points = tuple((end - timedelta(minutes=5 * n), float(n)) for n in range(36, 0, -1))
    monkeypatch.setattr(
        metrics, "series", lambda _a, _r, _i, wanted, **_more: [metrics.Series(one, points) for one in wanted]
    )
    enter(people.operator)
    page.goto(f"{page.site}/ec2/instances/{IDS[0]}/?tab=connect")
    page.locator("button.copy[data-copy^='ssh ']").click()
    expect(page.locator("#announce")).to_have_text("Copied")
    assert axe("#tab-body") == []

    page.goto(f"{page.site}/ec2/instances/{IDS[0]}/?tab=monitoring")
    charts = page.locator(".uplot")
    charts.nth(5).wait_for()
    charts.first.locator(".u-over").hover(position={"x": 120, "y": 40})
    values = page.locator(".uplot .u-legend .u-series:nth-child(2) .u-value")
    for n in range(3):
        expect(values.nth(n)).to_have_text(re.compile(r"\d"))
    assert len({text.split(" ")[0] for text in values.all_text_contents()[:3]}) == 1, "all are at the same moment"
    page.get_by_role("link", name="1 day").click()
    page.locator(".range a[aria-current]", has_text="1 day").wait_for()

    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(
        "[...document.querySelectorAll('.uplot')].every(one => one.getBoundingClientRect().right < 390)"
    )

    page.goto(f"{page.site}/ec2/instances/{IDS[1]}/?tab=monitoring")
    page.locator(".range a[aria-current]", has_text="1 day").wait_for()
