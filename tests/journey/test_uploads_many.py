"""Hundreds of files at once (`make many`: 2,000), in the browser, on the running panel; in a process of their own."""

import os

import pytest
from playwright.sync_api import expect

from apps.cloud import objects
from apps.cloud.accounts import create_account
from apps.cloud.calls import call
from apps.inventory.sync import sync
from tests.buckets import REGION, make_bucket
from tests.cloud.helpers import keys_draft
from tests.journey.test_browser import visit  # noqa: F401  a fixture
from tests.journey.test_uploads import SOON, base

pytestmark = pytest.mark.long
FILES = int(os.environ.get("MANY_FILES", "400"))


@pytest.fixture(scope="module")
def plain(stage, ministack):
    """The same without the proxy, which is slow with thousands of requests."""
    draft = keys_draft(ministack, secret_key="test", regions=(REGION,), name="plain")
    return create_account(stage.people.owner.actor, draft, check=False)


def test_the_bucket_is_opened_by_a_change_and_many_small_files_arrive(stage, visit, plain, tmp_path):  # noqa: F811
    folder = tmp_path / "many"
    for n in range(FILES):
        path = folder / f"d{n % 7}" / f"file-{n:04}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{n}")
    bucket = make_bucket(plain)
    sync(plain, "global", "s3.bucket")
    own = {"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["GET"]}
    call(plain, REGION, "s3.put_bucket_cors", {"Bucket": bucket, "CORSConfiguration": {"CORSRules": [own]}})
    operator = visit(stage.people.operator)
    page = operator.page
    page.set_default_timeout(SOON)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    operator.go(base(plain, bucket))
    page.get_by_role("link", name="Upload", exact=True).click()
    expect(page.locator("#door .flash")).to_contain_text("doesn’t take uploads", timeout=SOON)
    page.set_input_files("input[webkitdirectory]", str(folder))
    expect(page.locator("[data-pace]")).to_contain_text("Waits until the bucket takes uploads")
    expect(page.locator("[data-count]")).to_contain_text(f"0 of {FILES:,} uploaded")
    page.locator("#door").get_by_role("link", name="Allow uploads from this panel").click()
    expect(page.locator("#dialog [name=origin]")).to_have_value(stage.address)
    page.locator("#dialog .go").click()
    expect(page.locator("[data-count]")).to_contain_text(f"{FILES:,} of {FILES:,} uploaded", timeout=5 * SOON)
    rules = call(plain, REGION, "s3.get_bucket_cors", {"Bucket": bucket}).data["CORSRules"]
    assert own in [{name: rule[name] for name in own} for rule in rules]
    assert len(rules) == 2
    found, cursor = {}, ""
    while True:
        listed = objects.listing(plain, REGION, bucket, delimiter="", cursor=cursor)
        found |= {each["Key"]: each["Size"] for each in listed.objects}
        if not (cursor := listed.next):
            break
    assert len(found) == FILES
    assert found[f"many/d{(FILES - 1) % 7}/file-{FILES - 1:04}.txt"] == len(str(FILES - 1))
    of_the_panel = [url for url in asked if url.startswith(f"{stage.address}/api/")]
    assert 0 < len(of_the_panel) <= 2 * FILES / 100 + 10
    page.get_by_role("link", name="Show the folder").click()
    expect(page.locator("#rows")).to_contain_text("many/")
