"""Snapshots as a person uses them: taken, copied to another Region, restored, shared."""

import pytest
from playwright.sync_api import expect

from tests.browser.shelf import THERE, ZONE


@pytest.fixture
def volume(shelf):
    name = f"data-{shelf.mark}"
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}]}]
    made = shelf.aws.create_volume(AvailabilityZone=ZONE, Size=10, VolumeType="gp3", TagSpecifications=tags)
    shelf.sync("ec2.volume")
    return made["VolumeId"], name


@pytest.fixture
def taken(shelf, volume):
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": volume[1]}]}]
    id = shelf.aws.create_snapshot(VolumeId=volume[0], TagSpecifications=tags)["SnapshotId"]
    shelf.sync("ec2.snapshot")
    return id


def snapshots(shelf, region="", **filters):
    aws = shelf.client("ec2", region) if region else shelf.aws
    given = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    return aws.describe_snapshots(OwnerIds=["self"], Filters=given)["Snapshots"]


def test_a_snapshot_is_taken(shelf, volume):
    page, (id, name) = shelf.page, volume
    shelf.wizard("/ec2/snapshots/create/create/")
    shelf.field("description").fill("Before the upgrade")
    shelf.refuse("Volume: This field is required.")
    expect(shelf.field("description")).to_have_value("Before the upgrade")
    shelf.sound()
    shelf.choose("volume", name)
    expect(page.locator("#summary")).to_contain_text("Snapshot storage, at most 10 GiB")
    shelf.submit("ec2.snapshot.create")
    (made,) = snapshots(shelf, volume_id=id)
    assert made["Description"] == "Before the upgrade"


def test_a_snapshot_is_copied_shared_and_restored(shelf, volume, taken):
    page, (_id, name) = shelf.page, volume
    shelf.detail("snapshots", taken)
    dialog = shelf.dialog("Copy")
    shelf.field("description").fill("for the worst day")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    expect(dialog).to_contain_text("Region: This field is required.")
    expect(shelf.field("description")).to_have_value("for the worst day")
    shelf.field("destination").select_option(THERE)
    expect(dialog.locator("#act-means")).to_contain_text(
        "the transfer of at most 10 GiB from eu-west-1 to eu-central-1"
    )
    dialog.get_by_text("What will be done").click()
    expect(dialog.locator("#act-plan")).to_contain_text("Adds to the bill, per month:")
    shelf.sound_dialog()
    shelf.confirm("ec2.snapshot.copy", "Copy")
    assert [one["Description"] for one in snapshots(shelf, THERE) if one["Description"] == "for the worst day"]

    dialog = shelf.dialog("Share")
    dialog.get_by_role("button", name="Add account").click()
    shelf.field("accounts-0-account").fill("44445555666")
    dialog.get_by_role("button", name="Share", exact=True).click()
    expect(dialog).to_contain_text("The number of an AWS account has 12 digits.")
    expect(shelf.field("accounts-0-account")).to_have_value("44445555666")
    shelf.field("accounts-0-account").fill("444455556666")
    shelf.field("public").check()
    expect(dialog).to_contain_text(f"Everybody with an AWS account can read all that is in {name}")
    expect(dialog.get_by_label(f"Type {name} to confirm")).to_be_visible()
    shelf.field("public").uncheck()
    expect(dialog.get_by_label(f"Type {name} to confirm")).to_have_count(0)
    shelf.sound_dialog()
    shelf.confirm("ec2.snapshot.share", "Share")
    shared = shelf.aws.describe_snapshot_attribute(SnapshotId=taken, Attribute="createVolumePermission")
    assert shared["CreateVolumePermissions"] == [{"UserId": "444455556666"}]

    page.get_by_role("link", name="Create volume").first.click()
    expect(shelf.field("size")).to_have_value("10")
    shelf.field("size").fill("9")
    shelf.refuse("The snapshot needs at least 10 GiB, not 9.")
    shelf.field("size").fill("12")
    expect(page.locator("#summary")).to_contain_text("$")
    made = shelf.submit("ec2.volume.create").result["ids"][0]
    (found,) = shelf.aws.describe_volumes(VolumeIds=[made])["Volumes"]
    assert (found["SnapshotId"], found["Size"]) == (taken, 12)
