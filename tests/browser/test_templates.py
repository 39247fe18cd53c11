"""Launch templates as a person keeps them: made by the wizard, then another version from what the last one says."""

import base64

import pytest
from playwright.sync_api import expect

from apps.catalog import registry
from tests.browser.shelf import IMAGE, REGION
from tests.console.world import stock


@pytest.fixture(scope="module", autouse=True)
def catalogue(stocked):
    """An image and a type to choose: reading all of the emulator's takes seconds."""
    disk = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 30}}]
    known = {"ImageId": IMAGE, "Name": "golden", "RootDeviceName": "/dev/sda1", "BlockDeviceMappings": disk}
    stock(stocked.account, REGION, "ec2.image", [registry.resource("ec2.image").example | known])
    sizes = [
        registry.resource("ec2.instance-type").example | {"InstanceType": name} for name in ("t3.micro", "t3.small")
    ]
    stock(stocked.account, REGION, "ec2.instance-type", sizes)


def versions(shelf, name):
    found = shelf.aws.describe_launch_template_versions(LaunchTemplateName=name)["LaunchTemplateVersions"]
    return {one["VersionNumber"]: one["LaunchTemplateData"] for one in found}


def test_a_template_is_made_and_gets_a_version(shelf):
    page, name = shelf.page, f"api-{shelf.mark}"
    shelf.wizard("/ec2/launch-templates/create/create/")
    shelf.field("name").fill("a b c")
    shelf.choose("image", "golden")
    shelf.choose("type", "t3.micro")
    shelf.field("root_size").fill("8")
    page.locator("#s-advanced summary").click()
    shelf.field("user_data").fill("#!/bin/sh\necho ready\n")
    shelf.refuse("letters, digits and ().-/_ only; this one is a b c", "needs at least 30 GiB, not 8")
    expect(shelf.field("root_size")).to_have_value("8")
    expect(shelf.field("user_data")).to_have_value("#!/bin/sh\necho ready\n")
    shelf.sound()
    shelf.field("name").fill(name)
    shelf.field("root_size").fill("40")
    expect(page.locator("#summary")).to_contain_text("adds nothing to the bill")
    made = shelf.submit("ec2.launch-template.create").result["ids"][0]
    (first,) = versions(shelf, name).values()
    assert (first["ImageId"], first["InstanceType"]) == (IMAGE, "t3.micro")
    assert base64.b64decode(first["UserData"]) == b"#!/bin/sh\necho ready\n"

    shelf.detail("launch-templates", made)
    dialog = shelf.dialog("New version")
    expect(shelf.field("root_size")).to_have_value("40")
    shelf.field("root_size").fill("8")
    dialog.get_by_role("button", name="Create version").click()
    expect(dialog.get_by_role("alert")).to_contain_text("needs at least 30 GiB, not 8")
    shelf.field("root_size").fill("50")
    shelf.choose("type", "t3.small")
    dialog.get_by_text("What will be done").click()
    expect(dialog.locator("#act-plan")).to_contain_text("ec2.create_launch_template_version")
    shelf.sound_dialog()
    shelf.confirm("ec2.launch-template.add-version", "Create version")
    assert {number: one["InstanceType"] for number, one in versions(shelf, name).items()} == {
        1: "t3.micro",
        2: "t3.small",
    }
    page.reload()
    page.get_by_role("tab", name="Versions").click()
    expect(page.locator("#tab-body")).to_contain_text("t3.small")
    expect(page.locator("#tab-body")).not_to_contain_text("echo ready")
    shelf.sound()
    page.get_by_role("tab", name="User data").click()
    expect(page.locator("#tab-body")).to_contain_text("==> Version 1, the default <==")
    expect(page.locator("#tab-body")).to_contain_text("As in version 1.")
    shelf.sound()
