"""The whole trip in the browser: launch two with a new key pair and group, stop one, read it all as auditor."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from apps.demo.processes import wait_until
from apps.demo.servers import http_answers
from tests.chromium import watched


class Visitor:
    """A person at a browser."""

    def __init__(self, browser, address: str, **context) -> None:
        self.address = address
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15000)
        self.problems = watched(self.page)

    def sign_in(self, person) -> "Visitor":
        self.go("/sign-in/")
        self.page.get_by_label("Email").fill(person.email)
        self.page.get_by_label("Password", exact=True).fill(person.password)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in", exact=True).click()
        return self

    def go(self, path: str):
        return self.page.goto(self.address + path)

    def close(self) -> None:
        self.context.close()
        assert not self.problems, self.problems


@pytest.fixture
def visit(chromium, stage):
    visitors = []

    def come(person, **context):
        visitors.append(Visitor(chromium, stage.address, **context).sign_in(person))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()


def test_operator_launches_watches_and_stops_and_the_auditor_reads_it(stage, visit):
    name = f"web-{secrets.token_hex(3)}"
    operator = visit(stage.people.operator)
    page = operator.page
    operator.go("/ec2/instances/")
    page.get_by_role("link", name="Launch instances").first.click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=count]").fill("2")
    page.locator("[name=access][value=new]").check(force=True)
    page.locator("[name=new_key_name]").fill(name)
    page.locator("[name=group_choice][value=new]").check(force=True)
    page.locator("[name=new_group_name]").fill(name)
    summary = page.get_by_role("complementary", name="Summary")
    expect(summary).to_contain_text("per month")
    expect(summary).to_contain_text("aws ec2 run-instances")
    expect(summary).to_contain_text("Dry run passed", timeout=30000)

    summary.get_by_role("button", name=re.compile("Launch")).click()
    expect(page.get_by_role("heading", name="Save the private key now")).to_be_visible()
    assert "PRIVATE KEY" in page.locator("#secret").inner_text()
    page.evaluate("window.kept = true")
    expect(page.locator("#op-live")).to_contain_text("Succeeded", timeout=60000)
    assert page.evaluate("window.kept"), "progress came without reloading"

    operator.go(f"/ec2/instances/?q={name}")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#rows")).to_contain_text("Running")
    page.evaluate("window.kept = true")
    rows.first.get_by_role("checkbox").check()
    page.get_by_role("button", name="Actions", exact=True).click()
    page.locator("#bulk").get_by_text("Stop", exact=True).click()
    dialog = page.get_by_role("dialog")
    stop = dialog.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_disabled()  # the account is a production one: its name is typed first
    dialog.get_by_label("to confirm").fill(name)
    stop.click()
    expect(page.locator("#rows")).to_contain_text("Stopped", timeout=60000)
    assert page.evaluate("window.kept")

    auditor = visit(stage.people.auditor)
    auditor.go(f"/audit/?q={name}")
    expect(auditor.page.locator("#content")).to_contain_text("ec2.instance.launch")
    found = stage.ask(stage.people.auditor, "GET", f"/ec2/instances/?q={name}").body["results"]
    auditor.go(f"/audit/?q={next(i['id'] for i in found if i['state'] == 'stopped')}")
    expect(auditor.page.locator("#content")).to_contain_text("ec2.instance.stop")


def test_a_viewer_sees_why_not(stage, visit):
    viewer = visit(stage.people.viewer)
    answer = viewer.go("/ec2/instances/create/launch/")
    assert answer.status in {200, 403}
    expect(viewer.page.locator("#content")).to_contain_text("ec2.instance.launch")
    refused = viewer.page.request.get(f"{stage.address}/ec2/instances/action/stop/?id=i-00000000000000000")
    assert refused.status == 404


def test_another_organization_gets_404(stage, visit):
    found = stage.ask(stage.people.viewer, "GET", "/ec2/instances/").body["results"]
    outsider = visit(stage.people.outsider)
    for path in ("", "panel/", "tab/overview/"):
        answer = outsider.page.request.get(f"{stage.address}/ec2/instances/{found[0]['id']}/{path}")
        assert answer.status == 404, path


def test_offline_nothing_can_be_changed_and_nothing_typed_is_lost(stage, visit, running):
    operator = visit(stage.people.operator)
    page = operator.page
    operator.go("/ec2/instances/create/launch/")
    page.locator("[name=name]").fill("kept-by-the-page")
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=15000)
    submit = page.locator("#submit")
    expect(submit).not_to_have_attribute("aria-disabled", "true")
    running.kill("web")
    try:
        banner = page.locator("#offline")
        expect(banner).to_be_visible(timeout=30000)
        expect(banner).to_contain_text("The panel can't be reached. What is shown is of")
        expect(banner).to_contain_text("Next try in")
        expect(submit).to_have_attribute("aria-disabled", "true")
        expect(submit).to_have_attribute("title", "Offline: reconnect first. Nothing was changed.")
        submit.click(force=True)
        assert page.url.endswith("/ec2/instances/create/launch/")
    finally:
        running.restart("web")
    wait_until(running.children["web"], lambda: http_answers(f"{stage.address}/healthz/live"))
    # The page tries again by itself too, and then there is no button to be seen.
    banner.locator(".btn").dispatch_event("click")
    expect(page.locator("#offline")).to_be_hidden(timeout=30000)
    expect(page.locator("html")).to_have_attribute("data-live", "on")
    expect(submit).not_to_have_attribute("aria-disabled", "true")
    assert page.locator("[name=name]").input_value() == "kept-by-the-page"
    # The browser's and htmx's words for a server that isn't there; anything else would be ours.
    expected = re.compile(r"net::ERR_|Failed to fetch|network error|htmx:error")
    operator.problems[:] = [one for one in operator.problems if not expected.search(one)]


def test_a_network_that_comes_back_is_noticed_though_the_stream_held(stage, visit):
    operator = visit(stage.people.operator)
    page = operator.page
    operator.go("/ec2/instances/")
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=15000)
    operator.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible(timeout=30000)
    operator.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden(timeout=30000)
    expected = re.compile(r"net::ERR_|Failed to fetch|network error|htmx:error")
    operator.problems[:] = [one for one in operator.problems if not expected.search(one)]
