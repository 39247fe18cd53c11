"""Security keys in a browser, with Chromium's virtual one: added, asked for at sign-in, worthless elsewhere."""

import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from apps.users import factors
from tests.chromium import inaccessible_in_any_theme
from tests.people import PASSWORD


@pytest.fixture
def named(page, settings):
    """The panel by a name: WebAuthn knows no addresses of numbers."""
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
    settings.NORTHGATE_ORIGIN = page.site
    return page.site.replace("127.0.0.1", "localhost")


@pytest.fixture
def keys(page, named):
    """A virtual security key, which is touched at once; its session of Chromium's protocol."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False}
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    yield session, made
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made})


def sign_in(page, address, person) -> None:
    page.goto(address + "/sign-in/?next=/profile/factors/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    with page.expect_navigation():  # a goto before its answer would take the sign-in back
        page.get_by_role("button", name="Sign in").click()


def add_key(page, address, person) -> list[str]:
    sign_in(page, address, person)
    page.get_by_role("link", name="Add a key").click()
    page.get_by_label("Name").fill("Key on my ring")
    assert inaccessible_in_any_theme(page) == []
    page.get_by_role("button", name="Add key").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    codes = page.locator("#recovery").inner_text().split()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("Key on my ring").wait_for()
    return codes


def test_a_key_is_added_and_opens_at_sign_in(page, keys, named, people):
    codes = add_key(page, named, people.viewer)
    assert len(codes) == 10
    assert all(re.fullmatch(r"\d{5}-\d{5}", one) for one in codes)
    page.context.clear_cookies()
    sign_in(page, named, people.viewer)
    page.wait_for_url("**/sign-in/second/**")
    assert inaccessible_in_any_theme(page) == []
    page.goto(named + "/audit/")
    page.wait_for_url("**/sign-in/?next=**")
    page.goto(named + "/sign-in/second/?next=/profile/factors/")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{named}/profile/factors/")
    (row,) = factors.held(people.viewer.user).keys
    assert row.last_used_at is not None


def test_another_key_does_not_open(page, keys, named, people):
    add_key(page, named, people.viewer)
    session, made = keys
    session.send("WebAuthn.clearCredentials", {"authenticatorId": made})
    page.context.clear_cookies()
    sign_in(page, named, people.viewer)
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_text("did not get an answer").wait_for()
    assert not page.context.cookies() or "/sign-in/second/" in page.url


def test_an_answer_is_worth_one_question(page, keys, named, people):
    """What a key signed is sent again, to another question: refused."""
    add_key(page, named, people.viewer)
    page.context.clear_cookies()
    sign_in(page, named, people.viewer)
    page.wait_for_url("**/sign-in/second/**")
    sent = []
    page.on("request", lambda one: sent.append(one.post_data) if one.method == "POST" else None)
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{named}/profile/factors/")
    answer = parse_qs(sent[-1])["key"][0]
    page.context.clear_cookies()
    sign_in(page, named, people.viewer)
    page.wait_for_url("**/sign-in/second/**")
    token = page.locator("form[data-security-key] [name=csrfmiddlewaretoken]").input_value()
    refused = page.context.request.post(page.url, form={"csrfmiddlewaretoken": token, "key": answer})
    assert refused.status == 422
    assert "That security key doesn&#x27;t fit." in refused.text()
    page.goto(named + "/profile/")
    page.wait_for_url("**/sign-in/**")


def test_the_page_says_where_keys_work(page, named, people):
    sign_in(page, page.site, people.viewer)
    page.goto(page.site + "/profile/factors/key/")
    page.get_by_text("Security keys work at one address").wait_for()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_member_is_led_to_set_one_up(page, named, people, width):
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Tenant

    with tenant_tx(people.tenant_id):
        Tenant.objects.filter(id=people.tenant_id).update(second_factor=True)
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, page.site, people.viewer)
    page.goto(page.site + "/ec2/instances/")
    page.wait_for_url(f"{page.site}/profile/factors/")
    assert inaccessible_in_any_theme(page) == []
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Code from the app").wait_for()
    assert inaccessible_in_any_theme(page) == []
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0


@pytest.mark.parametrize("why", ["count", "origin"])
def test_a_copied_key_and_another_origin_are_refused(page, keys, named, people, settings, why):
    add_key(page, named, people.viewer)
    page.context.clear_cookies()
    sign_in(page, named, people.viewer)
    page.wait_for_url("**/sign-in/second/**")
    address, sent = page.url, []

    def catch(route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(parse_qs(route.request.post_data))
        return route.fulfill(status=200, content_type="text/html", body="<title>caught</title>")

    page.route("**/sign-in/second/**", catch)
    page.get_by_role("button", name="Use a security key").click()
    expect(page).to_have_title("caught")
    if why == "count":
        (row,) = factors.held(people.viewer.user).keys
        row.data["counter"] = 1_000_000
        row.save()
    else:
        settings.NORTHGATE_ORIGIN = "http://localhost:1"
    refused = page.context.request.post(address, form={name: values[0] for name, values in sent[0].items()})
    assert refused.status == 422
    assert "That security key doesn&#x27;t fit." in refused.text()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_of_a_forgotten_password(page, settings, width):
    settings.EMAIL_OFFERED = True
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(page.site + "/password/forgot/")
    assert inaccessible_in_any_theme(page) == []
    page.goto(page.site + "/password/new/")
    assert inaccessible_in_any_theme(page) == []
    page.goto(page.site + "/password/forgot/")
    page.goto(page.site + "/password/new/#abc.def")
    expect(page.locator("[name=code]")).to_have_value("abc.def")
    assert page.url.endswith("/password/new/")
    assert not page.get_by_label("Code").is_visible()
