"""What only a browser can tell: panel, selection, keyboard, palette, theme."""

import re

from playwright.sync_api import expect

from tests.console.world import make_world


def open_list(page, enter, person, query: str = "") -> None:
    enter(person)
    page.goto(f"{page.site}/ec2/instances/{query}")


def test_row_opens_the_panel_without_reload(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.operator)
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="api-2").click()
    panel = page.get_by_role("complementary", name="Details")
    expect(panel.get_by_role("heading", name="api-2")).to_be_visible()
    expect(page).to_have_url(re.compile("open=i-"))
    assert page.evaluate("window.kept")
    assert axe() == []
    page.get_by_role("button", name="Move panel").click()
    expect(page.locator("main")).to_have_attribute("data-panel", "bottom")
    page.reload()
    expect(panel.get_by_role("heading", name="api-2")).to_be_visible()
    expect(page.locator("main")).to_have_attribute("data-panel", "bottom")
    page.get_by_role("button", name="Close details").click()
    expect(panel).to_be_hidden()
    assert "open=" not in page.url


def test_selection_survives_a_filter_and_judges_actions(page, enter, people):
    make_world(people)
    open_list(page, enter, people.operator)
    page.get_by_role("checkbox", name="batch-1").check()
    page.get_by_role("button", name="Actions", exact=True).click()
    expect(page.locator("#bulk").get_by_role("button", name=re.compile("^Stop"))).to_have_attribute(
        "aria-disabled", "true"
    )
    expect(page.locator("#bulk")).to_contain_text("Not possible while one is stopped.")
    expect(page.locator("#bulk").get_by_role("button", name=re.compile("^Start"))).to_have_attribute(
        "aria-disabled", "false"
    )
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Filter Instances").fill("api-3")
    expect(page.get_by_role("link", name="batch-1")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_contain_text("(1/1)")
    page.get_by_role("combobox", name="Filter Instances").fill("")
    expect(page.get_by_role("checkbox", name="batch-1")).to_be_checked()


def test_filters_are_joined_by_and_or_by_or(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.operator, "?f=name%3Aapi-1&f=name%3Abatch-1")
    expect(page.locator("#list")).to_contain_text("hidden by the filters")
    page.get_by_role("link", name="Any of these").click()
    expect(page).to_have_url(re.compile("join=or"))
    expect(page.get_by_role("link", name="batch-1")).to_be_visible()
    expect(page.locator(".tokens .join")).to_have_text("or")
    assert axe() == []
    page.get_by_role("link", name="All of these").click()
    expect(page.get_by_role("link", name="batch-1")).to_be_hidden()
    assert "join" not in page.url


def test_a_live_reading_keeps_the_filter(page, enter, people):
    make_world(people)
    open_list(page, enter, people.operator)
    page.get_by_role("combobox", name="Filter Instances").fill("api-3")
    expect(page.get_by_role("link", name="batch-1")).to_be_hidden()
    with page.expect_response(re.compile("/ec2/instances/")) as read:
        page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-instance'))")
    assert "q=api-3" in read.value.url
    read.value.finished()
    expect(page.get_by_role("link", name="api-3")).to_be_visible()
    expect(page.get_by_role("link", name="batch-1")).to_be_hidden()


def test_a_late_reading_does_not_undo_what_was_asked_since(page, enter, people):
    make_world(people)
    open_list(page, enter, people.operator)
    held = []
    page.route(re.compile("/ec2/instances/$"), lambda route: held.append(route))
    with page.expect_request(re.compile("/ec2/instances/$")) as late:
        page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-instance'))")
    page.get_by_role("combobox", name="Filter Instances").fill("api-3")
    expect(page.get_by_role("link", name="batch-1")).to_be_hidden()
    assert late.value.failure == "net::ERR_ABORTED"
    assert len(held) == 1


def test_of_two_rows_opened_the_last_stands_in_the_panel(page, enter, people):
    make_world(people)
    open_list(page, enter, people.operator)
    held = []
    first = page.get_by_role("link", name="api-1")
    address = re.compile(re.escape(first.get_attribute("hx-get")))
    page.route(address, lambda route: held.append(route))
    with page.expect_request(address) as late:
        first.click()
    page.get_by_role("link", name="api-2").click()
    panel = page.get_by_role("complementary", name="Details")
    expect(panel.get_by_role("heading", name="api-2")).to_be_visible()
    assert late.value.failure == "net::ERR_ABORTED"


def test_info_opens_the_help_panel(page, enter, axe, people):
    make_world(people)
    enter(people.operator)
    page.goto(f"{page.site}/ec2/instances/create/launch/")
    page.get_by_role("button", name="Info Storage").click()
    panel = page.locator("#info-storage")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("root_iops")
    assert axe() == []
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("button", name="Info Storage")).to_be_focused()


def test_two_selected_can_be_compared(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.viewer)
    page.get_by_role("checkbox", name="api-1").check()
    expect(page.get_by_role("button", name="Compare")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("checkbox", name="batch-1").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="2 instances")).to_be_visible()
    assert axe() == []


def test_filter_by_suggestions_with_the_keyboard(page, enter, people):
    make_world(people)
    open_list(page, enter, people.viewer)
    page.keyboard.press("/")
    page.keyboard.type("state=")
    expect(page.get_by_role("option", name="stopped")).to_be_visible()
    page.keyboard.type("st")
    expect(page.get_by_role("option", name="running")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Remove filter State")).to_be_visible()
    expect(page.get_by_role("combobox", name="Filter Instances")).to_have_value("")
    expect(page).to_have_url(re.compile("f=state%3Dstopped"))
    expect(page.locator("#rows tr")).to_have_count(1)


def test_palette_by_keyboard(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.viewer)
    page.keyboard.press("Control+k")
    page.keyboard.type("batch")
    expect(page.get_by_role("option", selected=True)).to_contain_text("batch-1")
    assert axe("#palette") == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("batch-1")


def test_keys_move_select_and_help_and_can_be_off(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.viewer)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#rows input:checked")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert axe("#keys") == []
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{page.site}/")
    page.goto(f"{page.site}/profile/")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("html")).to_have_attribute("data-shortcuts", "off")
    page.goto(f"{page.site}/ec2/instances/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_menus_are_clean_and_scope_narrows(page, enter, axe, people):
    make_world(people)
    open_list(page, enter, people.viewer)
    for name in ("accounts", "regions", "services", "you", "preferences", "views"):
        page.locator(f"[popovertarget={name}]").click()
        expect(page.locator(f"#{name} :is(a, button):visible").first).to_be_visible()
        assert axe() == [], name
        page.keyboard.press("Escape")
    page.locator("[popovertarget=accounts]").click()
    page.get_by_role("checkbox", name="production").uncheck()
    page.locator("#accounts").get_by_role("button", name="Apply").click()
    expect(page.locator("#rows tr")).to_have_count(2)
    assert "account=" in page.url


def test_theme_is_kept_by_the_person(page, enter, people):
    enter(people.viewer)
    page.goto(f"{page.site}/profile/")
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Light or dark theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_phone_navigation_is_a_drawer_and_the_panel_a_sheet(page, enter, axe, people):
    make_world(people)
    page.set_viewport_size({"width": 390, "height": 844})
    open_list(page, enter, people.viewer)
    expect(page.get_by_role("navigation", name="EC2")).to_be_hidden()
    page.get_by_role("button", name="Navigation").click()
    expect(page.get_by_role("navigation", name="EC2")).to_be_visible()
    page.get_by_role("button", name="Navigation").click()
    page.get_by_role("link", name="api-2").click()
    expect(page.get_by_role("heading", name="api-2")).to_be_visible()
    assert axe() == []


def test_list_and_panel_follow_what_happens(page, enter, people):
    """The stream tells a name; the page refetches. Here the event is sent by hand: the test's server is WSGI."""
    from tests.console.world import instance, stock

    world = make_world(people)
    open_list(page, enter, people.operator)
    page.get_by_role("link", name="batch-1").click()
    panel = page.get_by_role("complementary", name="Details")
    expect(panel.get_by_role("button", name=re.compile("^Stop"))).to_have_attribute("aria-disabled", "true")
    panel.get_by_role("tab", name="Tags").click()
    expect(panel.get_by_role("cell", name="owner")).to_be_visible()
    id = page.locator("#panel [data-ref]").get_attribute("data-ref")
    stock(world.production, "us-east-1", "ec2.instance", [instance("batch-1", size="c7g.large", id=id)])
    page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-instance', {bubbles: true}))")
    expect(page.locator(f"#row-{id}")).to_contain_text("Running")
    expect(panel.get_by_role("link", name="Stop")).to_be_visible()
    expect(panel.get_by_role("tab", name="Tags")).to_have_attribute("aria-selected", "true")
    page.goto(f"{page.site}/ec2/instances/{id}/?tab=tags")
    stock(world.production, "us-east-1", "ec2.instance", [instance("batch-1", state="stopped", id=id)])
    page.evaluate("document.body.dispatchEvent(new Event('inventory-ec2-instance', {bubbles: true}))")
    expect(page.get_by_role("link", name="Start")).to_be_visible()
    expect(page.get_by_role("cell", name="owner")).to_be_visible()
