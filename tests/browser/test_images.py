"""Images as a person keeps them: made of an instance, copied, shared, and deregistered with their snapshots."""

from playwright.sync_api import expect

from tests.browser.shelf import REGION, THERE


def own(aws, name):
    return aws.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [name]}])["Images"]


def test_an_image_lives_and_ends(shelf):
    name = f"golden-{shelf.mark}"
    shelf.detail("instances", shelf.instance)
    dialog = shelf.dialog("Create image")
    shelf.field("name").fill("ab")
    shelf.field("description").fill("Before the upgrade")
    expect(dialog.locator("#act-means")).to_contain_text("3 to 128 letters")
    dialog.get_by_label("Type api-1 to confirm").fill("api-1")
    dialog.get_by_role("button", name="Create image", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("ab has 2 characters")
    expect(shelf.field("description")).to_have_value("Before the upgrade")
    shelf.field("name").fill(name)
    expect(dialog.locator("#act-means")).to_contain_text("is rebooted: what it serves is interrupted")
    dialog.get_by_text("What will be done").click()
    expect(dialog.locator("#act-plan")).to_contain_text("Adds to the bill, per month:")
    shelf.sound_dialog()
    shelf.confirm("ec2.instance.create-image", "Create image", "api-1")
    (made,) = own(shelf.aws, name)
    assert made["Description"] == "Before the upgrade"
    disk = made["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]

    shelf.detail("images", made["ImageId"])
    shelf.sound()
    dialog = shelf.dialog("Copy")
    shelf.field("destination").select_option(REGION)
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog).to_contain_text(f"There is an image {name} in the Region already")
    shelf.field("destination").select_option(THERE)
    expect(dialog.locator("#act-means")).to_contain_text("Who may launch from it is not copied.")
    shelf.sound_dialog()
    shelf.confirm("ec2.image.copy", "Copy")
    assert own(shelf.client("ec2", THERE), name)

    dialog = shelf.dialog("Edit launch permission")
    dialog.get_by_role("button", name="Add account").click()
    shelf.field("accounts-0-account").fill("444455556666")
    expect(dialog.locator("#act-means")).to_contain_text("Shared with from then on: 444455556666.")
    shelf.sound_dialog()
    shelf.confirm("ec2.image.share", "Edit launch permission")
    asked = {"ImageId": made["ImageId"], "Attribute": "launchPermission"}
    assert shelf.aws.describe_image_attribute(**asked)["LaunchPermissions"] == [{"UserId": "444455556666"}]

    dialog = shelf.dialog("Deregister")
    expect(dialog.locator("#act-means")).to_contain_text(f"Its snapshots stay and cost: {disk}.")
    shelf.field("snapshots").check()
    expect(dialog.locator("#act-means")).to_contain_text(f"Deleted with it: {disk}.")
    shelf.sound_dialog()
    shelf.confirm("ec2.image.deregister", "Deregister", name)
    assert own(shelf.aws, name) == []
    assert shelf.aws.describe_snapshots(Filters=[{"Name": "snapshot-id", "Values": [disk]}])["Snapshots"] == []
