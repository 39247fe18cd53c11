"""Volumes: what the forms refuse, each with words beside its field, and what the plans say. Nothing is asked of AWS."""

from decimal import Decimal

import pytest

from apps.catalog import estimate, registry
from apps.catalog.paths import getter
from apps.cloud.prices import book
from apps.services.ec2.volume_types import problems
from tests.services.ec2.world import Known, item, planned, refused

pytestmark = pytest.mark.pure

CREATE = {"zone": "eu-west-1a", "size": 100, "type": "gp3"}
VOLUME, INSTANCE = "vol-0c9d8e7f6a5b43210", "i-0b1f4c2e9d7a63f10"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("kind", "size", "iops", "throughput", "field", "words"),
    [
        ("gp3", 65537, None, None, "size", "gp3 takes 1 to 65536 GiB, not 65537"),
        ("gp3", 100, 2999, None, "iops", "gp3 takes 3000 to 80000 IOPS, not 2999"),
        ("gp3", 10, 5001, None, "iops", "at most 5000 with 10 GiB, not 5001"),
        ("gp3", 100, None, 124, "throughput", "gp3 takes 125 to 2000 MiB/s, not 124"),
        ("gp3", 100, 3000, 751, "throughput", "at most 750 MiB/s with 3000 IOPS, not 751"),
        ("gp3", 100, None, 751, "throughput", "at most 750 MiB/s with 3000 IOPS"),
        ("gp2", 16385, None, None, "size", "1 to 16384 GiB"),
        ("gp2", 100, 3000, None, "iops", "gp2 has no setting for IOPS"),
        ("gp2", 100, None, 125, "throughput", "gp2 has no setting for MiB/s"),
        ("io1", 3, 100, None, "size", "io1 takes 4 to 16384 GiB, not 3"),
        ("io1", 10, 501, None, "iops", "50 IOPS for each GiB: at most 500 with 10 GiB, not 501"),
        ("io1", 100, None, None, "iops", "io1 needs the number of IOPS"),
        ("io2", 4, 4001, None, "iops", "1000 IOPS for each GiB: at most 4000 with 4 GiB"),
        ("io2", 100, 256001, None, "iops", "100 to 256000 IOPS"),
        ("io2", 100, 1000, 125, "throughput", "io2 has no setting for MiB/s"),
        ("st1", 124, None, None, "size", "st1 takes 125 to 16384 GiB, not 124"),
        ("sc1", 16385, None, None, "size", "125 to 16384 GiB"),
        ("standard", 1025, None, None, "size", "1 to 1024 GiB"),
    ],
)
def test_each_limit_of_a_volume_type_has_its_message(kind, size, iops, throughput, field, words):
    ((named, message),) = problems(kind, size, iops, throughput)
    assert named == field
    assert words in str(message)


@pytest.mark.parametrize(
    ("kind", "size", "iops", "throughput"),
    [
        ("gp3", 1, 3000, 750),
        ("gp3", 160, 80000, 2000),
        ("io1", 4, 200, None),
        ("io2", 256, 256000, None),
        ("gp2", 16384, None, None),
    ],
)
def test_what_lies_on_a_limit_is_right(kind, size, iops, throughput):
    assert problems(kind, size, iops, throughput) == []


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"size": None}, "size", "Give the size, or a snapshot"),
        ({"size": 10, "snapshot": "snap-0a1b2c3d4e5f60718"}, "size", "at least 20 GiB, not 10"),
        ({"type": "io1"}, "iops", "io1 needs"),
        ({"kms_key": KEY}, "kms_key", "goes with encryption"),
        ({"encrypted": True, "kms_key": "my key"}, "kms_key", "no ARN, id or alias"),
        ({"encrypted": True, "kms_key": KEY.replace("west", "north")}, "kms_key", "lies in eu-north-1"),
        ({"multi_attach": True}, "multi_attach", "Only io1 and io2"),
        ({"name": "a", "tags": [{"key": "Name", "value": "b"}]}, "tags", "leave out the tag Name"),
        ({"size": "large"}, "size", "integer"),
    ],
)
def test_a_volume_that_aws_would_refuse_is_not_made(values, field, words):
    assert words in refused("ec2.volume.create", CREATE | values)[field]


def test_a_volume_from_a_snapshot_is_as_large_as_that():
    plan = planned("ec2.volume.create", {"zone": "eu-west-1a", "snapshot": "snap-0a1b2c3d4e5f60718"})
    (step,) = plan.steps
    assert step["params"]["Size"] == 20
    assert step["repeat"] == "token"
    assert step["undo"]["call"] == "ec2.delete_volume"
    assert plan.result == {"kind": "ec2.volume", "ids": {"$ref": "s1", "path": "VolumeId"}}


def test_a_snapshot_that_is_not_complete_makes_no_volume():
    pending = item("ec2.snapshot", State="pending")
    scope = Known(pending)
    said = refused("ec2.volume.create", {**CREATE, "snapshot": pending.id}, scope=scope)
    assert "is pending; it has to be completed" in said["snapshot"]


def test_a_volume_is_priced_and_a_change_by_what_it_adds():
    from apps.catalog.checks import ExampleScope

    plan = planned("ec2.volume.create", CREATE | {"iops": 4000, "throughput": 225})
    parts = estimate.price(plan, ExampleScope(), book("us-east-1"))
    assert [part.amount for part in parts] == [Decimal("8.00"), Decimal("5.000"), Decimal("4.00")]
    change = planned("ec2.volume.modify", {"size": 120}, item("ec2.volume"))
    (part,) = estimate.price(change, ExampleScope(), book("us-east-1"))
    assert part.amount == Decimal("8.00")


# Attaching


def host(**attrs):
    disks = [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root"}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-data"}},
    ]
    return item("ec2.instance", RootDeviceName="/dev/xvda", BlockDeviceMappings=disks, **attrs)


def attached(**attrs):
    return item(
        "ec2.volume",
        State="in-use",
        Attachments=[{"InstanceId": INSTANCE, "Device": "/dev/sdg", "State": "attached"}],
        **attrs,
    )


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"instance": INSTANCE, "device": "sdf"}, "device", "is no device name"),
        ({"instance": INSTANCE, "device": "/dev/sdf16"}, "device", "is no device name"),
        ({"instance": INSTANCE, "device": "/dev/sdf"}, "device", "uses /dev/sdf already, for vol-data"),
        ({"instance": INSTANCE, "device": "/dev/xvdf"}, "device", "uses /dev/sdf already"),
        ({"instance": "i-0000000000000000f", "device": ""}, "instance", "is not known"),
    ],
)
def test_a_device_name_is_checked(values, field, words):
    assert words in refused("ec2.volume.attach", values, item("ec2.volume"), scope=Known(host()))[field]


def test_without_a_device_name_the_first_free_one_is_taken():
    plan = planned("ec2.volume.attach", {"instance": INSTANCE}, item("ec2.volume"), scope=Known(host()))
    (step,) = plan.steps
    assert step["params"]["Device"] == "/dev/sdg"
    assert step["find"]["params"]["Filters"][0]["Values"] == [VOLUME]


def test_an_instance_in_another_zone_or_in_no_state_for_it_is_refused():
    elsewhere = host(Placement={"AvailabilityZone": "eu-west-1b"})
    said = refused("ec2.volume.attach", {"instance": INSTANCE}, item("ec2.volume"), scope=Known(elsewhere))
    assert "AvailabilityZone must be the same" in said["instance"]
    gone = host(State={"Name": "shutting-down"})
    said = refused("ec2.volume.attach", {"instance": INSTANCE}, item("ec2.volume"), scope=Known(gone))
    assert "is shutting-down; it has to be running or stopped" in said["instance"]


def test_only_a_volume_with_multi_attach_is_attached_twice():
    attach = registry.action("ec2.volume.attach")
    assert "attached to i-0b1f4c2e9d7a63f10 already" in str(attach.why_not(attached()))
    shared = attached(MultiAttachEnabled=True, VolumeType="io2", Iops=1000)
    assert attach.possible(shared)
    said = refused("ec2.volume.attach", {"instance": INSTANCE}, shared, scope=Known(host()))
    assert "attached to it already" in said["instance"]
    there = [{"InstanceId": f"i-{n}", "State": "attached"} for n in range(16)]
    full = item("ec2.volume", Attachments=there, MultiAttachEnabled=True)
    said = refused("ec2.volume.attach", {"instance": INSTANCE}, full, scope=Known(host()))
    assert "16 instances already, which is the most" in said["__all__"]


def test_multi_attach_takes_nitro():
    scope = Known(host(InstanceType="t2.micro"), item("ec2.instance-type", InstanceType="t2.micro", Hypervisor="xen"))
    shared = item("ec2.volume", MultiAttachEnabled=True, VolumeType="io2", Iops=1000)
    said = refused("ec2.volume.attach", {"instance": INSTANCE}, shared, scope=scope)
    assert "only Nitro instances take; api-1 is t2.micro" in said["instance"]
    assert refused("ec2.volume.attach", {"instance": INSTANCE}, item("ec2.volume"), scope=scope) == {}


def test_a_root_volume_is_detached_from_a_stopped_instance_only():
    root = attached(VolumeId="vol-root")
    said = refused("ec2.volume.detach", {}, root, scope=Known(host(State={"Name": "running"})))
    assert "is the root volume of api-1, which is running. Stop the instance first." in said["__all__"]
    plan = planned("ec2.volume.detach", {}, root, scope=Known(host()))
    assert plan.steps[0]["params"] == {"VolumeId": "vol-root", "InstanceId": INSTANCE}
    assert plan.steps[0]["undo"]["params"]["Device"] == "/dev/sdg"


def test_what_is_attached_to_several_is_detached_from_one_that_is_named():
    both = [{"InstanceId": id, "Device": "/dev/sdg", "State": "attached"} for id in (INSTANCE, "i-2")]
    shared = item("ec2.volume", State="in-use", MultiAttachEnabled=True, Attachments=both)
    assert "choose one" in refused("ec2.volume.detach", {}, shared)["instance"]
    (step,) = planned("ec2.volume.detach", {"instance": INSTANCE, "force": True}, shared).steps
    assert step["params"] == {"VolumeId": VOLUME, "InstanceId": INSTANCE, "Force": True}
    assert step["until"] is None, "it stays in use"


def test_what_detaching_means_is_said_before():
    warn = registry.action("ec2.volume.detach").warn
    assert "Unmount" in str(next(iter(warn(attached()))))
    root = attached()
    root.attrs["Attachments"][0]["Device"] = "/dev/xvda"
    assert "can't start without it" in str(next(iter(warn(root))))


# Modifying

GP3 = {"VolumeType": "gp3", "Size": 100, "Iops": 3000, "Throughput": 125}


@pytest.mark.parametrize(
    ("attrs", "values", "field", "words"),
    [
        (GP3, {"size": 99}, "size", "has 100 GiB and can only grow, not to 99"),
        (GP3, {"type": "io1"} | {"iops": None}, "iops", "io1"),
        (GP3, {"iops": 60000}, "iops", "at most 50000 with 100 GiB"),
        (GP3, {"type": "gp2", "iops": 4000}, "iops", "gp2 has no setting for IOPS"),
        (GP3, {"type": "st1"}, "size", "125 to 16384"),
        (GP3 | {"Modification": {"ModificationState": "optimizing", "Progress": 40}}, {"size": 200}, "__all__", "40 %"),
        (
            {"VolumeType": "io1", "Size": 100, "Iops": 1000, "MultiAttachEnabled": True},
            {"size": 200},
            "size",
            "AWS doesn't change this of it",
        ),
        (
            {"VolumeType": "io2", "Size": 100, "Iops": 1000, "MultiAttachEnabled": True},
            {"type": "gp3", "iops": 3000},
            "type",
            "AWS doesn't change this of it",
        ),
    ],
)
def test_a_change_that_aws_would_refuse_is_refused(attrs, values, field, words):
    volume = item("ec2.volume", **attrs)
    if values.get("type") == "io1":
        volume = item("ec2.volume", **(attrs | {"VolumeType": "gp2", "Iops": 300, "Throughput": None}))
    assert words in refused("ec2.volume.modify", values, volume)[field]


def test_a_root_volume_becomes_no_hard_disk():
    root = attached(VolumeId="vol-root", Size=200, VolumeType="gp3")
    said = refused("ec2.volume.modify", {"type": "sc1"}, root, scope=Known(host()))
    assert "root volume of api-1, which sc1 can't be" in said["type"]


@pytest.mark.parametrize(
    ("attrs", "values", "params"),
    [
        (GP3, {"size": 200}, {"Size": 200}),
        (GP3, {"type": "gp2"}, {"VolumeType": "gp2"}),
        (GP3, {"iops": 4000, "throughput": 500}, {"Iops": 4000, "Throughput": 500}),
        ({"VolumeType": "gp2", "Size": 100, "Iops": 300}, {"type": "gp3"}, {"VolumeType": "gp3"}),
        (GP3, {"type": "io2"}, {"VolumeType": "io2"}),
    ],
)
def test_only_what_differs_is_sent(attrs, values, params):
    (step,) = planned("ec2.volume.modify", values, item("ec2.volume", **attrs)).steps
    assert step["params"] == {"VolumeId": VOLUME, **params}
    assert step["repeat"] == "find"


def test_a_change_whose_answer_was_lost_is_known_by_its_aim():
    (step,) = planned("ec2.volume.modify", {"throughput": 500, "type": ""}, item("ec2.volume", **GP3)).steps
    found = getter(step["find"]["path"])
    before = {"TargetThroughput": 125, "TargetSize": 100}
    assert found({"VolumesModifications": [before]}) is None
    assert found({"VolumesModifications": [before, {"TargetThroughput": 500}]}) == {"TargetThroughput": 500}
    (step,) = planned("ec2.volume.modify", {"type": "gp2"}, item("ec2.volume", **GP3)).steps
    assert getter(step["find"]["path"])({"VolumesModifications": [{"TargetVolumeType": "gp2"}]})


def test_what_is_so_already_is_no_change():
    assert planned("ec2.volume.modify", {}, item("ec2.volume", **GP3)).steps == ()


def test_what_growing_means_is_said():
    action = registry.action("ec2.volume.modify")
    said = " ".join(map(str, action.means(item("ec2.volume", **GP3), {"size": 200})))
    assert "extend the partition and the file system" in said
    assert "at most four in 24 hours" in said
    assert "Encryption can't be changed" in str(action.help)


def test_several_are_changed_each_by_its_own():
    small, large = item("ec2.volume", **GP3), item("ec2.volume", **(GP3 | {"VolumeId": "vol-2", "Size": 300}))
    assert "can only grow" in refused("ec2.volume.modify", {"size": 200}, small, large)["size"]
    plan = planned("ec2.volume.modify", {"iops": 5000}, small, large)
    assert [step["params"]["VolumeId"] for step in plan.steps] == [VOLUME, "vol-2"]


def test_only_what_is_attached_nowhere_is_deleted():
    delete = registry.action("ec2.volume.delete")
    assert not delete.possible(attached())
    assert "are lost" in str(next(iter(delete.warn(item("ec2.volume")))))


def test_the_page_says_what_uses_it_and_how_it_was_changed():
    use, changed = registry.resource("ec2.volume").cards
    ((named, device, state, _temporary),) = use.show(attached()).rows
    assert (named.id, device, state) == (INSTANCE, "/dev/sdg", "attached")
    last = {"ModificationState": "optimizing", "Progress": 40, "OriginalSize": 100, "TargetSize": 200}
    said = {str(label): value for label, value in changed.show(item("ec2.volume", Modification=last)).facts}
    assert (said["Size"], said["Progress"]) == ("100 → 200 GiB", "40 %")
    assert not changed.show(item("ec2.volume")).anything
