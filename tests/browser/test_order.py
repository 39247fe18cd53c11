"""Of what a person does one after the other the last stands, in whatever order the answers come; nothing typed is lost.

A request is held on its way, so that the order is the same each time.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from apps.catalog import registry
from tests.console.world import World, instance, make_world, stock


@pytest.fixture
def world(people) -> World:
    return make_world(people)


class Held(list):
    """Requests to addresses of a pattern, as they come; `free` lets them and all later ones go on."""

    def __init__(self, page: Page, pattern: str) -> None:
        self.page, self.held = page, True
        page.route(re.compile(pattern), self.take)

    def take(self, route: Route) -> None:
        self.append(route) if self.held else route.continue_()

    def wait(self, told: str = "") -> Route:
        """The first that says so, which the test has seen leave the page, or is about to."""
        while not (found := [one for one in self if told in (one.request.post_data or "")]):
            self.page.evaluate("0")  # lets Playwright tell of it
        return found[0]

    def free(self) -> None:
        self.held = False
        for route in self:
            route.continue_()


def id_of(page: Page, name: str) -> str:
    return page.get_by_role("link", name=name).get_attribute("href").rstrip("/").rpartition("/")[2].partition("@")[0]


@pytest.fixture
def listed(page, enter, world):
    enter(world.people.operator)
    page.goto(f"{page.site}/ec2/instances/")
    return page


def test_news_that_comes_while_a_list_is_read_is_shown(listed, world):
    page, asked = listed, r"/ec2/instances/\?.*q=batch"
    id = id_of(page, "batch-1")
    held = Held(page, asked)
    with page.expect_request(re.compile(asked)):
        page.get_by_role("combobox", name="Filter Instances").fill("batch")
    reading = held.wait()
    answer = reading.fetch()  # as it was
    stock(world.production, "us-east-1", "ec2.instance", [instance("batch-1", size="c7g.large", id=id)])
    page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-instance'))")
    held.held = False
    reading.fulfill(response=answer)
    expect(page.locator(f"#row-{id}")).to_contain_text("Running")
    expect(page.get_by_role("link", name="api-2")).to_be_hidden()
    assert "q=batch" in page.url


def test_what_was_not_told_between_two_streams_is_read(listed, world):
    page = listed
    id, url = id_of(page, "batch-1"), page.get_by_role("link", name="batch-1").get_attribute("href")
    connected = "document.body.dispatchEvent(new Event('htmx:sse:after:connection', {bubbles: true}))"
    for address, there, size in (("/ec2/instances/", f"#row-{id}", "c7g.large"), (url, "#detail-live", "c7g.xlarge")):
        page.goto(page.site + address)
        page.evaluate(connected)
        stock(world.production, "us-east-1", "ec2.instance", [instance("batch-1", size=size, id=id)])
        page.evaluate(connected)
        expect(page.locator(there)).to_contain_text(size)


def test_what_is_typed_while_a_condition_becomes_a_token_stays(listed):
    page, asked = listed, r"/ec2/instances/\?.*q=state"
    box = page.get_by_role("combobox", name="Filter Instances")
    held = Held(page, asked)
    box.fill("state=running")
    with page.expect_request(re.compile(asked)):
        box.press("Enter")
    box.fill("api-2")
    box.press("Enter")
    held.free()
    expect(page.get_by_role("link", name="Remove filter State")).to_be_visible()
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(box).to_have_value("api-2")
    expect(page).to_have_url(re.compile("f=state%3Drunning"))


def test_a_suggestion_stays_chosen_when_later_ones_come(listed):
    page, asked = listed, r"/hints/\?.*q=state(=|%3D)st"
    box = page.get_by_role("combobox", name="Filter Instances")
    box.fill("state=")
    expect(page.get_by_role("option", name="running")).to_be_visible()
    held = Held(page, asked)
    with page.expect_request(re.compile(asked)):
        box.press_sequentially("st")
    chosen = page.get_by_role("option", name="stopped")
    while chosen.get_attribute("aria-selected") != "true":
        box.press("ArrowDown")
    held.free()
    expect(page.get_by_role("option", name="running")).to_have_count(0)
    expect(chosen).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(page).to_have_url(re.compile("f=state%3Dstopped"))


def test_enter_in_the_palette_waits_for_what_was_typed(listed):
    page, asked = listed, r"/palette/\?.*q=batch"
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", selected=True)).to_be_visible()
    held = Held(page, asked)
    with page.expect_request(re.compile(asked)):
        page.keyboard.insert_text("batch")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    held.free()
    expect(page.get_by_role("heading", level=1)).to_have_text("batch-1")


def test_of_two_tabs_and_their_parts_the_last_is_shown(page, enter, world):
    enter(world.people.operator)
    page.goto(f"{page.site}/ec2/instances/")
    page.goto(f"{page.site}/ec2/instances/{id_of(page, 'api-2')}/")
    row, body = page.get_by_role("tablist"), page.locator("#tab-body")
    Held(page, r"/tab/tags/$")
    with page.expect_request(re.compile(r"/tab/tags/$")) as late:
        row.get_by_role("tab", name="Tags", exact=True).click()
    body.get_by_role("link", name="JSON", exact=True).click()
    expect(body).to_contain_text("InstanceId")
    assert late.value.failure == "net::ERR_ABORTED"
    row.get_by_role("tab", name="Monitoring", exact=True).click()
    expect(body.get_by_role("link", name="System log")).to_be_visible()
    Held(page, r"/tab/monitoring/")
    with page.expect_request(re.compile(r"/tab/monitoring/")) as late:
        body.get_by_role("link", name="Monitoring", exact=True).click()
    row.get_by_role("tab", name="Details", exact=True).click()
    expect(body.get_by_role("link", name="JSON", exact=True)).to_be_visible()
    assert late.value.failure == "net::ERR_ABORTED"


def test_of_two_dialogs_the_last_opens(listed):
    page = listed
    page.get_by_role("link", name="api-2").click()
    panel = page.get_by_role("complementary", name="Details")
    expect(panel.get_by_role("heading", name="api-2")).to_be_visible()
    Held(page, "/action/stop/")
    with page.expect_request(re.compile("/action/stop/")) as late:
        panel.get_by_role("link", name="Stop", exact=True).click()
    panel.get_by_role("link", name="Reboot", exact=True).click()
    expect(page.locator("#dialog")).to_contain_text("Reboot")
    assert late.value.failure == "net::ERR_ABORTED"


def test_a_dialog_stays_until_what_it_sent_is_answered(listed):
    page = listed
    page.get_by_role("link", name="batch-1").click()
    panel, dialog = page.get_by_role("complementary", name="Details"), page.locator("#dialog")
    panel.get_by_role("link", name="Start", exact=True).click()
    expect(dialog).to_be_visible()
    held = Held(page, "/action/start/")
    with page.expect_request(re.compile("/action/start/")):
        dialog.get_by_role("button", name="Start", exact=True).click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_visible()
    held.free()
    expect(page.locator("#flashes")).to_contain_text("has begun")
    expect(dialog).to_be_hidden()


def test_a_check_of_what_stood_there_before_says_nothing(page, enter, world):
    enter(world.people.operator)
    page.goto(f"{page.site}/ec2/instances/create/launch/")
    count, slot = page.locator("[name=count]"), page.locator("#e_count")
    held = Held(page, "/field/")
    count.fill("many")
    with page.expect_request(re.compile("/field/")):
        count.blur()
    with page.expect_request(lambda one: "/field/" in one.url and "count=2" in one.post_data):
        count.fill("2")
        count.blur()
    held.wait("count=many"), held.wait("count=2")
    held.held = False
    stale, fresh = [[one for one in held if f"count={value}" in one.request.post_data] for value in ("many", "2")]
    for route in (*fresh, *stale):
        with page.expect_response(lambda answer, route=route: answer.request == route.request) as told:
            route.continue_()
        told.value.finished()
    assert "Enter a whole number" in told.value.text()
    page.evaluate("new Promise((done) => setTimeout(done))")  # what reads the answer has run
    expect(slot).to_be_empty()


def test_what_is_typed_before_the_page_listens_is_summed_up(page, enter, world):
    enter(world.people.operator)
    held = Held(page, r"ui/wizard.*\.js")
    page.goto(f"{page.site}/ec2/instances/create/launch/", wait_until="commit")
    page.locator("[name=count]").fill("7")
    held.free()
    expect(page.locator("#summary")).to_contain_text("Number of instances: 7")


def test_what_was_opened_stays_open_in_what_comes_anew(page, enter, world):
    enter(world.people.operator)
    page.goto(f"{page.site}/s3/buckets/create/create/")
    summary = page.locator("#summary")
    summary.get_by_role("tab", name="Terraform").click()
    page.set_viewport_size({"width": 390, "height": 844})
    summary.locator("[data-sheet]").click()
    page.locator("#id_name").fill("shop-7f3a")
    expect(summary).to_contain_text("shop-7f3a")
    expect(summary.get_by_role("tab", name="Terraform")).to_have_attribute("aria-selected", "true")
    expect(summary.get_by_role("tabpanel", name="Terraform")).to_be_visible()
    expect(summary.locator("[data-sheet]")).to_have_attribute("aria-expanded", "true")


def test_a_part_that_was_opened_stays_open_when_news_come(page, enter, world):
    vpc, subnet = (registry.resource(kind).example for kind in ("ec2.vpc", "ec2.subnet"))
    stock(world.production, "eu-west-1", "ec2.vpc", [vpc])
    stock(world.production, "eu-west-1", "ec2.subnet", [subnet | {"VpcId": vpc["VpcId"]}])
    enter(world.people.operator)
    page.goto(f"{page.site}/ec2/vpcs/{vpc['VpcId']}/?tab=map")
    words = page.locator("#map details")
    words.locator("summary").click()
    page.locator("#map").evaluate("(map) => { map.dataset.before = ''; }")
    page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-vpc'))")
    expect(page.locator("#map[data-before]")).to_have_count(0)
    expect(words).to_have_attribute("open", "")
