"""Images: making, copying, sharing, describing and deregistering them, without any server."""

from decimal import Decimal

import pytest

from apps.catalog import estimate, registry
from apps.cloud.prices import book
from tests.services.ec2.world import Known, item, planned, refused

pytestmark = pytest.mark.pure

IMAGE, INSTANCE, SNAPSHOT = "ami-0d5f1c3e7b9a24680", "i-0b1f4c2e9d7a63f10", "snap-0f1e2d3c4b5a69788"


def act(verb):
    return registry.action(f"ec2.image.{verb}")


def host(**attrs):
    disks = [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root"}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-data"}},
    ]
    return item("ec2.instance", RootDeviceName="/dev/xvda", BlockDeviceMappings=disks, **attrs)


def make(values, *targets, scope=None):
    return planned("ec2.instance.create-image", {"name": "api-1"} | values, *(targets or (host(),)), scope=scope)


def test_an_image_is_found_again_by_its_operation():
    (step,) = make({"leave_out": ["/dev/sdf"], "volumes": [{"device": "/dev/sdg", "size": 5}]}).steps
    assert step["repeat"] == "find"
    assert step["find"]["params"]["Owners"] == ["self"]
    assert step["until"]["states"] == ["available"]
    params = step["params"]
    assert "NoReboot" not in params
    assert make({"no_reboot": True}).steps[0]["params"]["NoReboot"] is True
    assert params["BlockDeviceMappings"][0] == {"DeviceName": "/dev/sdf", "NoDevice": ""}
    assert params["BlockDeviceMappings"][1]["Ebs"]["VolumeSize"] == 5
    assert [one["ResourceType"] for one in params["TagSpecifications"]] == ["image", "snapshot"]
    assert {"Key": "env", "Value": "prod"} in params["TagSpecifications"][1]["Tags"]


def test_an_image_costs_the_snapshots_of_the_volumes_that_are_in_it():
    disks = [item("ec2.volume", VolumeId="vol-root", Size=8), item("ec2.volume", VolumeId="vol-data", Size=100)]
    scope = Known(host(), *disks)
    for values, size in (({}, 108), ({"leave_out": ["/dev/sdf"]}, 8)):
        (part,) = estimate.price(make(values, scope=scope), scope, book("us-east-1"))
        assert f"at most {size} GiB" in str(part.label)
        assert part.amount == Decimal("0.05") * size


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": "ab"}, "name", "has 2 characters"),
        ({"name": "a" * 129}, "name", "128"),
        ({"name": "müller"}, "name", "3 to 128 letters"),
        ({"name": "golden"}, "name", "There is an image golden in the Region already: ami-"),
        ({"description": "x" * 256}, "description", "255"),
        ({"leave_out": ["/dev/xvda"]}, "leave_out", "/dev/xvda"),
        ({"volumes": [{"device": "/dev/xvdf"}]}, "volumes", "/dev/xvdf is used twice"),
        ({"volumes": [{"device": "/dev/sdg", "type": "io1"}]}, "volumes[0].iops", "io1 needs"),
    ],
)
def test_what_aws_would_refuse_of_a_new_image_is_refused(values, field, words):
    scope = Known(item("ec2.image", Name="golden"))
    assert words in refused("ec2.instance.create-image", {"name": "api-1"} | values, host(), scope=scope)[field]


def test_images_are_made_one_at_a_time():
    said = refused("ec2.instance.create-image", {"name": "api-1"}, host(), host())
    assert "one at a time" in said["__all__"]


def test_the_reboot_is_said_before():
    means = registry.action("ec2.instance.create-image").means
    running = host(State={"Name": "running"})
    values = {"no_reboot": False, "leave_out": []}
    assert "is rebooted" in " ".join(map(str, means(running, values)))
    assert "not yet written" in " ".join(map(str, means(running, values | {"no_reboot": True})))
    assert "rebooted" not in " ".join(map(str, means(host(), values)))
    assert "instance store" in str(
        registry.action("ec2.instance.create-image").why_not(host(RootDeviceType="instance-store"))
    )


def test_a_copy_of_an_image_is_asked_for_where_it_will_lie():
    elsewhere = Known(item("ec2.image", ImageId="ami-2", Name="other"))
    plan = planned("ec2.image.copy", {"destination": "eu-central-1"}, item("ec2.image"), scope=elsewhere)
    (step,) = plan.steps
    assert (step["region"], step["repeat"]) == ("eu-central-1", "token")
    assert step["params"]["Name"] == "al2023-ami-2023.5-x86_64"
    assert plan.also[0]["region"] == "eu-central-1"
    scope = Known(item("ec2.image"))
    said = refused("ec2.image.copy", {"destination": "eu-central-1"}, item("ec2.image"), scope=scope)
    assert "There is an image" in said["name"]


def test_only_an_owner_changes_an_image():
    theirs = item("ec2.image", OwnerId="137112412989", ImageOwnerAlias="amazon")
    for verb in ("share", "describe", "deprecate", "deregister"):
        assert not act(verb).possible(theirs)
        assert "It belongs to amazon" in str(act(verb).why_not(theirs))
        assert act(verb).possible(item("ec2.image"))
    assert act("copy").possible(theirs)


def test_who_may_launch_is_the_difference():
    mine = item(
        "ec2.image", Permissions=[{"UserId": "444455556666"}, {"OrganizationArn": "arn:aws:organizations::1:o/o-1"}]
    )
    plan = planned("ec2.image.share", {"accounts": [], "public": True}, mine)
    remove, add = plan.steps
    assert remove["params"] == {"ImageId": IMAGE, "LaunchPermission": {"Remove": [{"UserId": "444455556666"}]}}
    assert add["params"] == {"ImageId": IMAGE, "LaunchPermission": {"Add": [{"Group": "all"}]}}
    assert plan.risks
    secret = item("ec2.image", BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}])
    assert "encrypted" in refused("ec2.image.share", {"public": True}, secret)["public"]


def test_a_description_is_changed_and_taken_back():
    mine = item("ec2.image", Description="old")
    (step,) = planned("ec2.image.describe", {"description": "new"}, mine).steps
    assert step["params"]["Description"] == {"Value": "new"}
    assert step["undo"]["params"]["Description"] == {"Value": "old"}
    assert planned("ec2.image.describe", {"description": "old"}, mine).steps == ()


@pytest.mark.parametrize(
    ("attrs", "day", "words"),
    [
        ({}, "2020-01-01", "has to lie ahead"),
        ({}, "2200-01-01", "at most 10 years ahead"),
        ({"Public": True}, "2036-01-01", "at most 2 years ahead"),
        ({}, "tomorrow", "valid date"),
    ],
)
def test_a_deprecation_lies_ahead_and_not_too_far(attrs, day, words):
    assert words in refused("ec2.image.deprecate", {"day": day}, item("ec2.image", **attrs))["day"]


def test_a_deprecation_is_set_and_lifted():
    (step,) = planned("ec2.image.deprecate", {"day": "2027-06-30"}, item("ec2.image")).steps
    assert step["params"] == {"ImageId": IMAGE, "DeprecateAt": "2027-06-30T00:00:00Z"}
    old = item("ec2.image", DeprecationTime="2027-06-30T00:00:00.000Z")
    assert planned("ec2.image.deprecate", {}, old).steps == ()
    (step,) = planned("ec2.image.deprecate", {"day": ""}, old).steps
    assert step["call"] == "ec2.disable_image_deprecation"


# Deregistering


def disks(*snapshots):
    return [{"DeviceName": f"/dev/sd{n}", "Ebs": {"SnapshotId": id}} for n, id in enumerate(snapshots)]


def test_an_image_goes_with_its_snapshots_but_those_of_others():
    mine = item("ec2.image", BlockDeviceMappings=disks("snap-a", "snap-b"))
    other = item("ec2.image", ImageId="ami-2", Name="other", BlockDeviceMappings=disks("snap-b"))
    runs = item("ec2.instance", ImageId=IMAGE, State={"Name": "running"})
    scope = Known(mine, other, runs)
    plan = planned("ec2.image.deregister", {"snapshots": True}, mine, scope=scope)
    assert [(step["call"], list(step["params"].values())) for step in plan.steps] == [
        ("ec2.deregister_image", [IMAGE]),
        ("ec2.delete_snapshot", ["snap-a"]),
    ]
    from tests.services.ec2.world import bound

    form = bound("ec2.image.deregister", {"snapshots": True}, mine, scope=scope)
    assert form.is_valid()
    said = " ".join(map(str, act("deregister").means(mine, form.cleaned_data)))
    assert "api-1" in said
    assert "Deleted with it: snap-a." in said
    assert "snap-b stays: it is a disk of the image other, too." in said


def test_snapshots_of_images_that_go_together_go_once():
    one = item("ec2.image", BlockDeviceMappings=disks("snap-a"))
    two = item("ec2.image", ImageId="ami-2", BlockDeviceMappings=disks("snap-a"))
    plan = planned("ec2.image.deregister", {"snapshots": True}, one, two, scope=Known(one, two))
    calls = [(step["group"], step["call"]) for step in plan.steps]
    assert calls == [(0, "ec2.deregister_image"), (1, "ec2.deregister_image"), (1, "ec2.delete_snapshot")]


def test_without_its_snapshots_it_says_that_they_cost():
    plan = planned("ec2.image.deregister", {}, item("ec2.image"), scope=Known(item("ec2.image")))
    assert [step["call"] for step in plan.steps] == ["ec2.deregister_image"]


def test_an_image_leads_to_the_launch_wizard():
    (lead,) = registry.resource("ec2.image").leads
    assert lead.fills(item("ec2.image")) == {"image": IMAGE}
    assert lead.fills(item("ec2.image", Architecture="arm64"))["type"] == "t4g.micro"
