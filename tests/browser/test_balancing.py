"""A load balancer before its targets, and a group that scales: their wizards and dialogs as a person uses them."""

from __future__ import annotations

import secrets
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.wizards import begun, refused, sticks_out, submitted
from tests.chromium import inaccessible_in_any_theme
from tests.services.autoscaling.conftest import KINDS, make_template
from tests.services.place import REGION, make_place


@pytest.fixture(scope="module")
def place(panel_env, brisk_ec2):
    return make_place(brisk_ec2, *KINDS, "ec2.security-group", "elbv2.load-balancer")


@pytest.fixture
def at(page, enter, place):
    """The address of a wizard or a resource's page; the owner has come in."""
    enter(place.people.owner)

    def address(path: str, id: str = "", query: str = "") -> str:
        if not id:
            return f"{page.site}/{path}?in-account={place.account.id}&in-region={REGION}"
        return f"{page.site}/{path}/{id}@{place.account.id}:{REGION}/{query}"

    return address


@pytest.fixture
def name():
    return f"web-{secrets.token_hex(3)}"


def test_a_load_balancer_is_made_with_its_target_group(page, at, place, name):
    page.goto(at("elbv2/load-balancers/create/create/"))
    called = page.get_by_role("textbox", name="Name", exact=True)
    called.fill("internal-web")
    page.get_by_role("textbox", name="Name of the new group").fill(name)
    refused(page, "Name", "can't begin with internal-; this one is internal-web")
    expect(called).to_have_value("internal-web")
    expect(page.get_by_role("textbox", name="Name of the new group")).to_have_value(name)
    called.fill(name)
    summary = page.locator("#summary")
    expect(summary).to_contain_text("per month")
    expect(summary).to_contain_text("create-target-group")
    assert inaccessible_in_any_theme(page) == []
    assert sticks_out(page) == []
    ended = place.run(submitted(page))
    assert ended.state == "succeeded", ended.error
    (made,) = place.aws("elbv2").describe_load_balancers(Names=[name])["LoadBalancers"]
    assert len(made["AvailabilityZones"]) == 2

    page.goto(f"{page.site}/elbv2/load-balancers/?q={name}")
    page.get_by_role("link", name=name).click()
    panel = page.get_by_role("complementary", name="Details")
    panel.get_by_role("tab", name="Listeners").click()
    expect(panel).to_contain_text(f"Forwards to {name}")


def test_a_group_is_made_and_scaled(page, at, axe, place, name):
    template = make_template(place, name)
    page.goto(f"{at('autoscaling/groups/create/create/')}&launch_template={template}")
    called = page.get_by_role("textbox", name="Name", exact=True)
    called.fill(name)
    least = page.get_by_role("textbox", name="Minimum")
    least.fill("3")
    refused(page, "Maximum", "The maximum, 2, is below the minimum, 3.")
    expect(called).to_have_value(name)
    expect(least).to_have_value("3")
    least.fill("1")
    expect(page.locator("#summary")).to_contain_text("create-auto-scaling-group")
    expect(page.locator("#summary")).to_contain_text("Minimum: 1, Desired instances: 1")
    assert axe() == []
    assert sticks_out(page) == []
    ended = place.run(submitted(page))
    assert ended.state == "succeeded", ended.error

    page.goto(at("autoscaling/groups", name))
    page.get_by_role("link", name="Scale", exact=True).click()
    dialog, means = page.locator("#dialog"), page.locator("#act-means")
    wanted = dialog.get_by_role("textbox", name="Desired instances")
    wanted.fill("9")
    expect(means).to_contain_text(f"{name} has 1 to 2 instances, not 9: edit its limits first.")
    wanted.fill("2")
    expect(means).to_contain_text(f"{name} launches 1 instance.")
    assert axe("#dialog") == []
    assert place.run(begun(page, "Scale")).state == "succeeded"
    (now,) = place.aws("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    assert now["DesiredCapacity"] == 2


def test_rules_of_a_listener_are_edited_in_the_table(page, at, axe, place, name):
    subnets = [item.id for item in place.items("ec2.subnet") if item.attrs["DefaultForAz"]][:2]
    place.do("elbv2.load-balancer.create", values={"name": name, "subnets": subnets, "new_name": name})
    made = place.item("elbv2.load-balancer", name)
    page.goto(at("elbv2/load-balancers", quote(made.id), "?tab=listeners"))
    page.locator("#cards").get_by_role("link", name="Edit rules").click()
    dialog, means = page.locator("#dialog"), page.locator("#act-means")
    dialog.get_by_role("button", name="Add rule").click()
    row = dialog.locator("[data-row]").last
    row.locator("input[name$=-port]").fill("80")
    row.locator("input[name$=-priority]").fill("10")
    row.locator("input[name$=-path]").fill("api")
    row.locator("select[name$=-action]").select_option("redirect")
    expect(means).to_contain_text("api is not a path, such as /images/*.")
    row.locator("input[name$=-path]").fill("/api/*")
    expect(means).to_contain_text("New: Port 80, 10: if path is /api/*: Redirects to")
    assert axe("#dialog") == []
    assert sticks_out(page) == []
    assert place.run(begun(page, "Save")).state == "succeeded"
    page.goto(at("elbv2/load-balancers", quote(made.id), "?tab=listeners"))
    expect(page.locator("#cards")).to_contain_text("path is /api/*")
