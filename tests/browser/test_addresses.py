"""An Elastic IP address is allocated, and led to an instance that is found by typing."""

import re
import secrets

from playwright.sync_api import expect

from tests.services.ec2.conftest import REGION, place, settled  # noqa: F401  fixtures


def test_an_address_is_allocated_and_associated(page, enter, axe, place):  # noqa: F811
    machine, name = place.machine(), f"edge-{secrets.token_hex(3)}"
    enter(place.people.operator)
    where = f"in-account={place.account.id}&in-region={REGION}"
    page.goto(f"{page.site}/ec2/addresses/create/allocate/?{where}")
    page.get_by_role("textbox", name="Name").first.fill(name)
    expect(page.locator("#summary")).to_contain_text("$3.65")
    assert axe() == []
    page.locator("#submit").click()
    page.wait_for_url(re.compile("/operations/"))
    place.finish(page.url.rstrip("/").rpartition("/")[2])

    page.goto(f"{page.site}/ec2/addresses/?q={name}")
    page.get_by_role("link", name=name).click()
    panel = page.get_by_role("complementary", name="Details")
    expect(panel).to_contain_text("$3.65 a month for nothing.")
    panel.get_by_role("link", name="Associate", exact=True).click()
    dialog = page.locator("#dialog")
    box = dialog.get_by_role("combobox", name="Instance")
    box.fill(machine[:12])
    dialog.get_by_role("option", name=re.compile(machine)).click()
    expect(dialog).to_contain_text(f"{machine} is reached by")
    assert axe("#dialog") == []
    dialog.get_by_role("button", name="Associate", exact=True).click()
    follow = page.get_by_role("link", name="View progress")
    place.finish(follow.get_attribute("href").rstrip("/").rpartition("/")[2])
    held = place.aws.describe_addresses(Filters=[{"Name": "tag:Name", "Values": [name]}])["Addresses"][0]
    assert held["InstanceId"] == machine
