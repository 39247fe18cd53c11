"""A volume's life as a person leads it: made, attached, grown, detached."""

from playwright.sync_api import expect

from tests.browser.shelf import ZONE


def volume(shelf, id):
    return shelf.aws.describe_volumes(VolumeIds=[id])["Volumes"][0]


def test_a_volume_is_made(shelf):
    summary = shelf.page.locator("#summary")
    shelf.wizard("/ec2/volumes/create/create/")
    shelf.field("type").select_option("io1")
    shelf.field("size").fill("10")
    shelf.field("iops").fill("501")
    shelf.field("name").fill(f"data-{shelf.mark}")
    shelf.refuse("IOPS", "at most 500 with 10 GiB, not 501")
    expect(shelf.field("type")).to_have_value("io1")
    expect(shelf.field("size")).to_have_value("10")
    shelf.sound()
    shelf.field("type").select_option("gp3")
    shelf.field("iops").fill("4000")
    expect(summary).to_contain_text("$")
    expect(summary).to_contain_text("create-volume")
    made = shelf.submit("ec2.volume.create").result["ids"][0]
    found = volume(shelf, made)
    assert (found["Size"], found["Iops"], found["AvailabilityZone"]) == (10, 4000, ZONE)


def test_a_volume_is_attached_changed_and_detached(shelf):
    page, name = shelf.page, f"data-{shelf.mark}"
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}]}]
    id = shelf.aws.create_volume(AvailabilityZone=ZONE, Size=10, VolumeType="gp3", TagSpecifications=tags)["VolumeId"]
    shelf.sync("ec2.volume")
    shelf.detail("volumes", id)
    dialog = shelf.dialog("Attach")
    shelf.choose("instance", "api-1")
    shelf.field("device").fill("sdf")
    dialog.get_by_role("button", name="Attach", exact=True).click()
    expect(dialog).to_contain_text("sdf is no device name: AWS takes such as /dev/sdf")
    expect(shelf.field("device")).to_have_value("sdf")
    shelf.sound_dialog()
    shelf.field("device").fill("")
    dialog.get_by_text("What will be done").click()
    expect(dialog.locator("#act-plan")).to_contain_text("ec2.attach_volume")
    shelf.confirm("ec2.volume.attach", "Attach")
    assert volume(shelf, id)["Attachments"][0]["InstanceId"] == shelf.instance

    page.reload()
    shelf.sound()
    dialog = shelf.dialog("Modify")
    shelf.field("size").fill("9")
    expect(dialog.locator("#act-means")).to_contain_text(f"{name} has 10 GiB and can only grow, not to 9.")
    shelf.field("size").fill("20")
    expect(dialog.locator("#act-means")).to_contain_text("grows from 10 to 20 GiB, for good")
    dialog.get_by_text("What will be done").click()
    expect(dialog.locator("#act-plan")).to_contain_text("Adds to the bill, per month:")
    shelf.sound_dialog()
    shelf.confirm("ec2.volume.modify", "Modify")
    assert volume(shelf, id)["Size"] == 20

    page.reload()
    dialog = shelf.dialog("Detach")
    expect(dialog).to_contain_text(f"Unmount {name} in {shelf.instance} first")
    shelf.sound_dialog()
    shelf.confirm("ec2.volume.detach", "Detach", name)
    assert volume(shelf, id)["Attachments"] == []
