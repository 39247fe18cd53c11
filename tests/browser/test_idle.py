"""What costs and buys nothing is seen with its cost, and ended from where it stands."""

from playwright.sync_api import expect

from tests.browser.shelf import ZONE


def test_an_idle_volume_is_deleted_from_the_page(shelf):
    page, name = shelf.page, f"left-{shelf.mark}"
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "Name", "Value": name}]}]
    id = shelf.aws.create_volume(AvailabilityZone=ZONE, Size=2000, VolumeType="gp2", TagSpecifications=tags)["VolumeId"]
    shelf.sync("ec2.volume")
    page.goto(f"{page.site}/idle/?kind=ec2.volume")
    row = page.get_by_role("row", name=name)
    expect(row).to_contain_text("It is attached to nothing.")
    expect(row).to_contain_text("$220.00")
    shelf.sound()
    row.get_by_role("link", name="Delete").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text(f"The 2000 GiB of {name} are lost. Only a snapshot brings them back.")
    shelf.sound_dialog()
    shelf.confirm("ec2.volume.delete", "Delete", name)
    assert shelf.aws.describe_volumes(Filters=[{"Name": "volume-id", "Values": [id]}])["Volumes"] == []
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Idle and costing")
    expect(page.get_by_role("row", name=name)).to_have_count(0)
