"""Who may reach a bucket, in a browser: told while one types, confirmed by typing, and a website from start to end."""

import json

import pytest
from playwright.sync_api import expect

from apps.cloud.calls import call
from tests.browser.test_objects import _database, bucket, finish, people, stack  # noqa: F401  fixtures
from tests.buckets import REGION
from tests.chromium import inaccessible_in_any_theme


@pytest.fixture
def settings(page, enter, people, stack):  # noqa: F811
    """settings(bucket, sheet) opens a sheet of its page as the operator."""
    enter(people.operator)

    def open(name, sheet):
        page.goto(f"{page.site}/s3/buckets/{name}@{stack.id}:{REGION}/?tab={sheet}")
        page.wait_for_selector("#cards")

    return open


def document(name, principal):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


def test_a_policy_is_told_while_one_types_it(page, settings, bucket, people, stack):  # noqa: F811
    name = bucket()
    settings(name, "permissions")
    page.locator("#cards").get_by_role("link", name="Edit policy").click()
    field, means, button = page.locator("#dialog textarea"), page.locator("#act-means"), page.locator("#dialog .go")
    field.fill(document(name, {"AWS": "111122223333"}))
    expect(means).to_contain_text("The AWS account 111122223333 may read objects.")
    field.fill(document(name, {"AWS": "1111"}))
    expect(means).to_contain_text("its number has 12 digits")
    assert page.locator("#confirm").count() == 0
    field.fill(document(name, "*"))
    expect(means).to_contain_text("Anybody may read objects.")
    confirm = page.locator("#confirm")
    expect(confirm).to_be_visible()
    expect(button).to_be_disabled()
    confirm.press_sequentially(name, delay=30)
    expect(button).to_be_enabled()
    expect(confirm).to_have_value(name)
    assert not inaccessible_in_any_theme(page)
    field.fill(document(name, {"AWS": "444455556666"}))
    expect(confirm).to_have_count(0)
    button.click()
    expect(page.get_by_text("has begun")).to_be_visible()
    finish(people)
    kept = call(stack, REGION, "s3.get_bucket_policy", {"Bucket": name}).data["Policy"]
    assert json.loads(kept)["Statement"][0]["Principal"] == {"AWS": "444455556666"}


def test_a_website_is_hosted_shown_and_removed(page, settings, bucket, people, stack):  # noqa: F811
    name = bucket(keys=["index.html"])
    settings(name, "properties")
    page.locator("#cards").get_by_role("link", name="Host a website").click()
    means = page.locator("#act-means")
    expect(means).to_contain_text(f"Everything in {name} becomes public.")
    page.locator("#dialog [name=serve]").select_option("redirect")
    expect(page.locator("#dialog [name=host]")).to_be_visible()
    expect(page.locator("#dialog [name=index]")).to_be_hidden()
    expect(page.locator("#confirm")).to_have_count(0)
    page.locator("#dialog [name=serve]").select_option("site")
    page.locator("#confirm").fill(name)
    page.locator("#dialog .go").click()
    expect(page.get_by_text("has begun")).to_be_visible()
    finish(people)
    settings(name, "properties")
    link = page.locator("#cards").get_by_role("link", name=f"http://{name}.s3-website")
    assert link.get_attribute("rel") == "noopener noreferrer"
    settings(name, "permissions")
    expect(page.locator("#cards")).to_contain_text("Public by its policy.")

    settings(name, "properties")
    page.locator("#cards").get_by_role("link", name="Remove website").click()
    expect(means).to_contain_text("no public policy can be written")
    page.locator("#dialog .go").click()
    expect(page.get_by_text("has begun")).to_be_visible()
    finish(people)
    settings(name, "permissions")
    expect(page.locator("#cards")).to_contain_text("It is not public.")
