"""An instance's page: seven tabs, what stands behind each, and links to what was a tab of its own."""

import re

from playwright.sync_api import expect

ROW = ["Details", "Connect", "Monitoring", "Security", "Networking", "Storage", "Tags"]
WITHIN = {
    "Details": ["Overview", "Settings", "Related", "Ways to pay", "Timeline", "JSON"],
    "Monitoring": ["Status and alarms", "Monitoring", "System log", "Screenshot"],
    "Security": ["Groups and role", "User data"],
    "Networking": ["Addresses and interfaces", "Reachability"],
}


def test_each_tab_is_reached_by_pointer_and_keyboard(shelf):
    page = shelf.page
    shelf.detail("instances", shelf.instance)
    row, body = page.get_by_role("tablist"), page.locator("#tab-body")
    expect(body.locator(".seg.parts a")).to_have_text(WITHIN["Details"])
    parts = body.get_by_role("navigation", name="Parts")
    assert row.get_by_role("tab").all_text_contents() == ROW
    for name in ROW[1:]:
        body.evaluate("(body) => { body.firstElementChild.dataset.before = ''; }")
        row.get_by_role("tab", name=name, exact=True).click()
        expect(body.locator("[data-before]")).to_have_count(0)
        within = WITHIN.get(name, [])
        expect(body.locator(".seg.parts a")).to_have_text(within)
        expect(body.locator("h3, caption, .blank").first).to_be_visible()
        if name in ("Connect", "Security"):
            shelf.sound()
    row.get_by_role("tab", name="Tags", exact=True).press("ArrowRight")
    expect(row.get_by_role("tab", name="Details")).to_have_attribute("aria-selected", "true")
    expect(body.locator(".seg.parts a")).to_have_text(WITHIN["Details"])

    way = parts.get_by_role("link", name="Ways to pay")
    way.press("Enter")
    expect(body).to_contain_text("What runs in this account and Region")
    expect(way).to_have_attribute("aria-current", "true")
    expect(way).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?tab=pay$"))
    shelf.sound()


def test_a_link_to_what_was_a_tab_of_its_own_opens_its_group(shelf):
    page = shelf.page
    address = f"{page.site}/ec2/instances/{shelf.instance}@{shelf.account.id}:eu-west-1/"
    for tab, group, part in (("reach", "Networking", "Reachability"), ("user-data", "Security", "User data")):
        page.goto(f"{address}?tab={tab}")
        expect(page.get_by_role("tab", selected=True)).to_have_text(group)
        expect(page.locator(".seg.parts [aria-current]")).to_have_text(part)
    expect(page.locator("#tab-body")).to_contain_text("the instance is told nothing")
