"""The browser of objects in a browser: on the real protocol, with a CSP that counts, by mouse, keys and thumbs."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from apps.inventory.sync import sync
from apps.objects.names import Ref, file_name, visible
from apps.operations import run as running
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.buckets import KEYS, bucket_account, make_bucket, put
from tests.chromium import inaccessible_in_any_theme
from tests.console.buckets import at, base
from tests.console.world import client
from tests.people import make_people

pytestmark = pytest.mark.long
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
SIZES = [(1440, 900), (390, 844)]


@pytest.fixture(scope="module")
def people(panel_env, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_people()


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def stack(people, ministack):
    return bucket_account(people.owner.actor, ministack, name="production", environment="production")


@pytest.fixture
def bucket(stack):
    """bucket(keys) makes one that the inventory knows."""

    def make(keys=(), **more):
        name = make_bucket(stack, keys=keys, **more)
        sync(stack, "global", "s3.bucket")
        return name

    return make


@pytest.fixture
def go(page, enter, people, stack):
    """go(bucket, **query) opens its browser as the operator and waits for its rows, or for why there are none."""
    enter(people.operator)

    def open(name, **query):
        page.goto(page.site + at(base(stack, name), **query))
        page.wait_for_selector("#rows tr, #list .blank:not(#unreached), #tab-body > *")

    return open


def finish(people):
    """Lets the worker do what was asked for last."""
    with tenant_tx(people.tenant_id):
        operation = Operation.objects.filter(tenant_id=people.tenant_id).latest("created_at")
    for _turn in range(20):
        with tenant_tx(people.tenant_id):
            Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
        running.run(people.tenant_id, operation.id)
        with tenant_tx(people.tenant_id):
            operation = Operation.objects.get(id=operation.id)
        if operation.ended:
            break
    assert operation.state == "succeeded", operation.error


def test_nothing_from_a_bucket_runs(page, go, bucket, stack):
    canary = f"canary-{secrets.token_hex(6)}"
    script = f"<script>fetch('{page.site}/{canary}');top.ran=1;alert(1)</script>"
    name = bucket()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="alert(1)">{script}</svg>'
    put(stack, name, "page.html", f"<!doctype html><body onload=alert(1)>{script}", ContentType="text/html")
    put(stack, name, "drawing.svg", svg, ContentType="image/svg+xml")
    put(stack, name, "lie.png", f"<svg onload=alert(1)>{script}", ContentType="image/svg+xml")
    put(stack, name, "photo.html", PNG, ContentType="text/html")
    asked, said = [], []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())

    for key in ("page.html", "drawing.svg", "lie.png", "photo.html"):
        go(name, key=key, tab="preview")
        expect(page.locator("#tab-body img, #tab-body pre").first).to_be_visible()
        if key in ("drawing.svg", "photo.html", "lie.png"):
            picture = page.locator("#tab-body img")
            expect(picture).to_have_js_property("complete", True)
            address = picture.get_attribute("src")
            with page.expect_download() as download:  # as a page of its own it is saved, not shown
                page.evaluate("(url) => { location = url }", address)
            assert download.value.suggested_filename == key
        else:
            expect(page.locator("#tab-body pre")).to_contain_text("<script>")
        assert page.locator("iframe, object, embed").count() == 0
    go(name, key="page.html")
    with page.expect_download() as download:
        page.click("main >> text=Download")
    assert download.value.suggested_filename == "page.html"
    assert page.url.startswith(page.site)
    assert page.evaluate("window.ran") is None
    assert not said
    assert not [url for url in asked if canary in url]


def test_names_that_trip_programs_are_listed_shown_saved_and_deleted(page, go, bucket, people):
    name = bucket(KEYS)
    go(name)
    assert page.locator("#rows tr").count() == 19
    for key in KEYS:
        if "/" in key:
            continue
        row = page.locator(f'#rows input[value="{Ref(key)}"]').locator("xpath=ancestor::tr")
        row.locator(".name").click()
        expect(page.locator(f'#panel [data-ref="{Ref(key)}"]')).to_be_visible()
        page.locator("#panel [role=tab]", has_text="Preview").click()
        shown = page.locator("#panel #preview-text code")
        expect(shown).to_have_text(visible(key), use_inner_text=False)
    for key in ("new\nline", "../up.txt", "/leading", "plus+percent%41.txt", "ü" * 512):
        go(name, key=key)
        with page.expect_download() as download:
            page.click("main >> text=Download")
        with open(download.value.path(), "rb") as file:
            assert file.read() == key.encode()
        assert download.value.suggested_filename == file_name(key)
    go(name)
    page.check("#select-all")
    page.click("button[popovertarget=bulk]")
    page.click("#bulk button:has-text('Delete') >> nth=0")
    page.fill("#confirm", "19")
    page.click("#dialog .go")
    expect(page.locator("#flashes")).to_contain_text("has begun")
    finish(people)
    page.click("[data-refresh]")
    expect(page.locator("#list .blank")).to_contain_text("No objects yet")


def test_the_address_keys_and_the_selection(page, go, bucket):
    name = bucket([f"f{n:03}" for n in range(120)] + ["dir/x"])
    go(name, size="50")
    expect(page.locator(".pager").first).to_contain_text("Page 1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#selected")).to_have_text("1/")
    page.click("[aria-label='Next page'] >> nth=0")
    expect(page.locator(".pager").first).to_contain_text("Page 2")
    page.locator("#rows tr input").first.check()
    expect(page.locator("#selected")).to_have_text("2/")
    page.reload()
    expect(page.locator("#rows tr .name").first).to_have_text("f049")
    page.click("[aria-label='Previous page'] >> nth=0")
    expect(page.locator("#rows tr .name").first).to_have_text("dir/")
    page.keyboard.press("/")
    page.keyboard.insert_text("f11")  # at once: each pause in typing is a step to go back
    expect(page.locator("#rows tr")).to_have_count(10)
    assert "q=f11" in page.url
    page.go_back()
    expect(page.locator("#rows tr")).to_have_count(50)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("prefix=dir/"))
    expect(page.locator("h1")).to_contain_text("dir/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("x")
    expect(page).to_have_url(re.compile("open=dir/x"))
    page.reload()
    expect(page.locator("#panel h2")).to_have_text("x")


def test_a_selection_ends_with_its_folder(page, go, bucket):
    name = bucket(["a", "dir/x"])
    go(name)
    page.check("#select-all")
    expect(page.locator("#selected")).to_have_text("2/")
    page.click("#rows >> text=dir/")
    expect(page.locator("#rows .name").first).to_have_text("x")
    expect(page.locator("#selected")).to_have_text("")


def test_many_are_saved_as_one_archive(page, go, bucket):
    name = bucket(["a/1", "a/2", "b"])
    go(name)
    page.check("#select-all")
    page.click("#list .head >> text=Download")
    expect(page.locator("#dialog")).to_contain_text("3 objects")
    with page.expect_download() as download:
        page.click("#dialog >> text=Download >> nth=-1")
    assert download.value.suggested_filename == f"{name}.zip"
    expect(page.locator("#dialog")).not_to_be_visible()


def test_what_is_changed_appears_as_it_goes_on(page, go, bucket, people):
    name = bucket(["a", "b"])
    go(name)
    page.locator("#rows tr input").first.check()
    page.click("button[popovertarget=bulk]")
    page.click("#bulk button:has-text('Delete') >> nth=0")
    page.fill("#confirm", "a")
    page.click("#dialog .go")
    expect(page.locator("#again-moving")).to_be_attached()
    finish(people)
    page.evaluate("htmx.trigger(document.body, 'operations')")  # as the stream of events would
    expect(page.locator("#rows .name").first).to_have_text("b")
    expect(page.locator("#again-moving")).not_to_be_attached()
    page.evaluate("htmx.trigger('#list', 'reload')")
    expect(page.locator("#rows .name").first).to_have_text("b")


def test_more_can_be_selected_than_a_form_may_have_fields(page, go, bucket):
    name = bucket([f"{n}" for n in range(3)])
    go(name)
    page.evaluate(
        """() => { const box = document.querySelector('#rows input'); box.checked = true;
             for (let n = 0; n < 1010; n++) {
                 box.value = `k${n}`; box.dispatchEvent(new Event('change', {bubbles: true})); } }"""
    )
    expect(page.locator("#selected")).to_have_text("1010/")
    page.click("button[popovertarget=bulk]")
    page.click("#bulk button:has-text('Delete') >> nth=0")
    expect(page.locator("#dialog")).to_contain_text("At most 900 at once")


def test_one_is_saved_as_it_is(page, go, bucket):
    name = bucket(["only.txt"])
    go(name)
    page.check("#select-all")
    with page.expect_download() as download:
        page.click("#list .head >> text=Download")
    assert download.value.suggested_filename == "only.txt"


def test_a_lost_connection_is_said_and_mended(chromium, site, people, stack, bucket):
    name = bucket(["a"])
    context = chromium.new_context()
    context.add_cookies([{"name": "sessionid", "value": client(people.viewer).cookies["sessionid"].value, "url": site}])
    page = context.new_page()
    lost = True
    fails = lambda route: lost and not route.request.is_navigation_request()  # noqa: E731
    page.route("**/objects/", lambda route: route.abort() if fails(route) else route.continue_())
    page.goto(site + base(stack, name))
    expect(page.locator("#unreached")).to_be_visible()
    lost = False
    page.click("#unreached >> text=Try again")
    expect(page.locator("#rows .name")).to_have_text("a")
    context.close()


def test_nothing_is_asked_for_before_all_of_the_page_listens(page, enter, bucket, people, stack):
    enter(people.operator)
    held = []
    page.route("**/ui/objects*.js", lambda route: held.append(route))
    page.add_init_script(
        """document.addEventListener('DOMContentLoaded', () => { window.listens = true; });
        document.addEventListener('htmx:before:request', () => { window.early ||= !window.listens; });"""
    )
    page.goto(page.site + at(base(stack, bucket(["a"]))), wait_until="commit")
    expect(page.locator("script[src*=hx-sse]")).to_be_attached()  # the page's last script: what would begin early has
    assert page.evaluate("window.early") is None
    held[0].continue_()
    expect(page.locator("#rows .name")).to_have_text("a")
    assert page.evaluate("window.early") is False


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_everybody_can_use_it(page, go, bucket, stack, size):
    name = bucket(["a.txt", "dir/x"], versioned=True)
    put(stack, name, "t.csv", "name;n\nrow;1\n")
    put(stack, name, "p.png", PNG)
    page.set_viewport_size({"width": size[0], "height": size[1]})

    def sound(what):
        assert not inaccessible_in_any_theme(page), what
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what

    go(name)
    sound("list")
    go(name, versions="1")
    sound("versions")
    page.locator("#rows .name", has_text="a.txt").click()
    page.wait_for_selector("#panel-tab dl")
    sound("panel")
    for tab in ("Preview", "Tags", "Versions", "Permissions"):
        page.locator("#panel-tab").evaluate("(body) => { body.firstElementChild.dataset.before = ''; }")
        page.locator("#panel [role=tab]", has_text=tab).click()
        expect(page.locator("#panel-tab [data-before], #panel-tab [aria-busy]")).to_have_count(0)
        sound(tab)
    for key in ("t.csv", "p.png"):
        go(name, key=key, tab="preview")
        page.wait_for_selector("#tab-body img, #tab-body table")
        sound(key)
    go(name, prefix="nothing/")
    sound("empty")
    go(name)
    page.locator("#rows tr input").last.check()
    for words in ("Delete", "Move", "Edit tags"):
        page.click("button[popovertarget=bulk]")
        page.click(f"#bulk button:has-text('{words}') >> nth=0")
        page.wait_for_selector("#dialog[open] form")
        sound(words)
        page.keyboard.press("Escape")
    page.click("[aria-label='Bookmark this folder']")
    page.wait_for_selector("#dialog[open] form")
    sound("bookmarks")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
