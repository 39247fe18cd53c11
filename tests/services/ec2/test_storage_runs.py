"""Volumes, snapshots and images on the real protocol: the plans do what they say, in both Regions."""

import secrets

import pytest

from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.inventory import query
from apps.operations import run as running
from apps.operations.prepare import Missing
from apps.tenancy import access, members
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Role
from tests.operations.conftest import REGION, World
from tests.people import _person as person_of
from tests.people import make_people, make_user
from tests.services.ec2 import doing
from tests.services.ec2.doing import done, refused, submitted

THERE = "eu-central-1"
NUMBER = "333344445555"
small, world = doing.small, doing.world  # fixtures: an account behind a proxy that can fail


@pytest.fixture(scope="module")
def stored(panel_env, demo_ec2):
    """An account of two Regions with an instance that is stopped and has a data volume."""
    people = make_people()
    where = {"regions": (REGION, THERE), "environment": "production", "endpoints": {"*": demo_ec2}}
    draft = Draft(name="prod", number=NUMBER, credential="keys", access_key=NUMBER, secret_key="secret", **where)
    account = create_account(people.owner.actor, draft, check=False)
    made = World(people, account, clients.client(account, "ec2", REGION), None, secrets.token_hex(4))
    made.sync("ec2.zone")
    placed = {"AvailabilityZone": f"{REGION}a"}
    image = made.aws.describe_images(Owners=["amazon"])["Images"][0]
    disks = [{"DeviceName": image["RootDeviceName"], "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}]
    run = made.aws.run_instances(
        ImageId=image["ImageId"],
        MinCount=1,
        MaxCount=1,
        BlockDeviceMappings=disks,
        InstanceType="t3.micro",
        Placement=placed,
    )
    made.instance = run["Instances"][0]["InstanceId"]
    waiter = made.aws.get_waiter("instance_running")
    waiter.config.delay = 0.2
    waiter.wait(InstanceIds=[made.instance])
    made.sync("ec2.instance", "ec2.volume", "ec2.snapshot")
    return made


def of(operation):
    return operation.result["ids"][0]


def a_volume(stored, **more):
    return of(done(stored, "ec2.volume.create", values={"zone": f"{REGION}a", "size": 10, **more}))


def test_a_volume_s_life(stored):
    id = a_volume(stored, name="data", type="gp3", tags=[{"key": "team", "value": "web"}])
    (volume,) = stored.aws.describe_volumes(VolumeIds=[id])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["AvailabilityZone"]) == (10, "gp3", f"{REGION}a")
    assert {"Key": "team", "Value": "web"} in volume["Tags"]

    done(stored, "ec2.volume.attach", [id], {"instance": stored.instance})
    (volume,) = stored.aws.describe_volumes(VolumeIds=[id])["Volumes"]
    assert [(one["InstanceId"], one["Device"]) for one in volume["Attachments"]] == [(stored.instance, "/dev/sdf")]
    assert "attached to" in refused(stored, "ec2.volume.attach", [id], {"instance": stored.instance})["__all__"]
    other = a_volume(stored)
    said = refused(stored, "ec2.volume.attach", [other], {"instance": stored.instance, "device": "/dev/xvdf"})
    assert f"uses /dev/sdf already, for {id}" in said["device"]
    assert "in-use" in refused(stored, "ec2.volume.delete", [id])["__all__"]

    assert "can only grow" in refused(stored, "ec2.volume.modify", [id], {"size": 9})["size"]
    done(stored, "ec2.volume.modify", [id], {"size": 20, "iops": 4000})
    (volume,) = stored.aws.describe_volumes(VolumeIds=[id])["Volumes"]
    assert (volume["Size"], volume["Iops"]) == (20, 4000)

    done(stored, "ec2.volume.detach", [id])
    done(stored, "ec2.volume.delete", [id, other])
    assert stored.aws.describe_volumes(Filters=[{"Name": "volume-id", "Values": [id, other]}])["Volumes"] == []


def test_the_root_volume_of_what_runs_is_not_detached(stored):
    (root,) = stored.aws.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [stored.instance]}])[
        "Volumes"
    ]
    said = refused(stored, "ec2.volume.detach", [root["VolumeId"]])
    assert "which is running. Stop the instance first." in said["__all__"]


def test_a_snapshot_is_taken_copied_shared_and_restored(stored):
    volume = a_volume(stored, name="data")
    done(stored, "ec2.volume.snapshot", [volume], {"description": "first"})
    (snapshot,) = stored.aws.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "volume-id", "Values": [volume]}])[
        "Snapshots"
    ]
    id = snapshot["SnapshotId"]
    assert snapshot["Description"] == "first"
    assert {"Key": "Name", "Value": "data"} in snapshot["Tags"]

    ended = done(stored, "ec2.snapshot.copy", [id], {"destination": THERE, "encrypted": True})
    assert ended.regions == [THERE]
    there = clients.client(stored.account, "ec2", THERE)
    (copy,) = [one for one in there.describe_snapshots(OwnerIds=["self"])["Snapshots"] if id in one["Description"]]
    assert copy["Encrypted"] is True
    with tenant_tx(stored.people.tenant_id):
        known = query.get(stored.people.tenant_id, "ec2.snapshot", copy["SnapshotId"], str(stored.account.id), THERE)
    assert known is not None, "the panel knows it at once, where it lies"

    done(stored, "ec2.snapshot.share", [id], {"accounts": [{"account": "444455556666"}], "public": True})
    assert permissions(stored, id) == [{"Group": "all"}, {"UserId": "444455556666"}]
    done(stored, "ec2.snapshot.share", [id], {"accounts": [{"account": "777788889999"}], "public": False})
    assert permissions(stored, id) == [{"UserId": "777788889999"}]

    restored = of(done(stored, "ec2.volume.create", values={"zone": f"{REGION}b", "snapshot": id}))
    (made,) = stored.aws.describe_volumes(VolumeIds=[restored])["Volumes"]
    assert (made["SnapshotId"], made["Size"]) == (id, 10)
    done(stored, "ec2.snapshot.delete", [id])
    assert stored.aws.describe_snapshots(Filters=[{"Name": "snapshot-id", "Values": [id]}])["Snapshots"] == []


def permissions(stored, id):
    found = stored.aws.describe_snapshot_attribute(SnapshotId=id, Attribute="createVolumePermission")
    return sorted(found["CreateVolumePermissions"], key=str)


def test_who_may_not_does_not(stored):
    """An operator of one Region copies nothing to another; a viewer changes nothing; an outsider finds nothing."""
    id = a_volume(stored)
    with pytest.raises(access.Denied):
        submitted(stored, "ec2.volume.delete", [id], person=stored.people.viewer)
    with pytest.raises(Missing):
        submitted(stored, "ec2.volume.delete", [id], person=stored.people.outsider)
    snapshot = of(done(stored, "ec2.snapshot.create", values={"volume": id}))
    local = operator_of_one_region(stored)
    done(stored, "ec2.snapshot.copy", [snapshot], {"destination": REGION}, person=local)
    with pytest.raises(access.Denied) as denied:
        submitted(stored, "ec2.snapshot.copy", [snapshot], {"destination": THERE}, person=local)
    assert "ec2.snapshot.copy" in str(denied.value)


def operator_of_one_region(stored):
    with tenant_tx(stored.people.tenant_id):
        role = Role.objects.get(tenant=stored.people.tenant, builtin="operator")
        user = make_user("local")
        member = members.add_member(stored.people.owner.actor, user)
        members.bind(stored.people.owner.actor, role, member, region=REGION)
    return person_of(stored.people.tenant, user)


def test_what_was_shared_meanwhile_is_not_undone(stored):
    volume = a_volume(stored)
    id = of(done(stored, "ec2.snapshot.create", values={"volume": volume}))
    asked = submitted(stored, "ec2.snapshot.share", [id], {"accounts": [{"account": "444455556666"}]})
    stored.aws.modify_snapshot_attribute(SnapshotId=id, CreateVolumePermission={"Add": [{"UserId": "777788889999"}]})
    ended = stored.run(asked)
    assert (ended.state, ended.error["code"]) == ("failed", "ChangedMeanwhile")
    assert permissions(stored, id) == [{"UserId": "777788889999"}]


def test_an_image_is_made_changed_copied_and_goes_with_its_snapshots(stored):
    name = f"golden-{stored.mark}"
    asked = {"name": name, "description": "first", "tags": [{"key": "team", "value": "web"}]}
    done(stored, "ec2.instance.create-image", [stored.instance], asked)
    (image,) = own_images(stored.aws, name)
    id = image["ImageId"]
    disk = image["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert {"Key": "team", "Value": "web"} in image["Tags"]
    (snapshot,) = stored.aws.describe_snapshots(SnapshotIds=[disk])["Snapshots"]
    assert {"Key": "team", "Value": "web"} in snapshot["Tags"], "its snapshots have the tags, too"
    again = refused(stored, "ec2.instance.create-image", [stored.instance], asked)
    assert "There is an image" in again["name"]
    assert f"is a disk of the image {name}" in refused(stored, "ec2.snapshot.delete", [disk])["__all__"]

    done(stored, "ec2.image.describe", [id], {"description": "second"})
    done(stored, "ec2.image.deprecate", [id], {"day": "2030-06-30"})
    done(stored, "ec2.image.share", [id], {"accounts": [{"account": "444455556666"}]})
    (image,) = own_images(stored.aws, name)
    assert (image["Description"], image["DeprecationTime"][:10]) == ("second", "2030-06-30")
    shared = stored.aws.describe_image_attribute(ImageId=id, Attribute="launchPermission")
    assert shared["LaunchPermissions"] == [{"UserId": "444455556666"}]

    done(stored, "ec2.image.copy", [id], {"destination": THERE})
    (copy,) = own_images(clients.client(stored.account, "ec2", THERE), name)
    assert {"Key": "team", "Value": "web"} in copy["Tags"]

    done(stored, "ec2.image.deregister", [id], {"snapshots": True})
    assert own_images(stored.aws, name) == []
    assert stored.aws.describe_snapshots(Filters=[{"Name": "snapshot-id", "Values": [disk]}])["Snapshots"] == []


def own_images(aws, name):
    return aws.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [name]}])["Images"]


def test_a_lost_answer_takes_no_second_snapshot(world, monkeypatch):
    """Of two volumes in one operation, each finds its own snapshot again."""
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    made = [world.aws.create_volume(AvailabilityZone=f"{REGION}a", Size=1) for _ in range(2)]
    ids = [volume["VolumeId"] for volume in made]
    world.sync("ec2.volume")
    world.proxy.rule("CreateSnapshot", lose=True, times=2)
    done(world, "ec2.volume.snapshot", ids)
    found = world.aws.describe_snapshots(Filters=[{"Name": "volume-id", "Values": ids}])["Snapshots"]
    assert sorted(one["VolumeId"] for one in found) == sorted(ids)
    assert world.proxy.calls["CreateSnapshot"] == 2


def test_a_lost_answer_modifies_once(world, monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    id = world.aws.create_volume(AvailabilityZone=f"{REGION}a", Size=1, VolumeType="gp3")["VolumeId"]
    world.sync("ec2.volume")
    for times, size in ((0, 2), (1, 3)):
        world.proxy.reset()
        world.proxy.rule("ModifyVolume", lose=True, times=times)
        done(world, "ec2.volume.modify", [id], {"size": size})
        assert world.proxy.calls["ModifyVolume"] == 1
    assert world.aws.describe_volumes(VolumeIds=[id])["Volumes"][0]["Size"] == 3


def test_a_lost_answer_attaches_once(world, monkeypatch):
    monkeypatch.setattr(running, "IN_FLIGHT", 0)
    image = world.aws.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    run = world.aws.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    zone = run["Placement"]["AvailabilityZone"]
    volume = world.aws.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    world.sync("ec2.volume", "ec2.instance")
    world.proxy.rule("AttachVolume", lose=True, times=1)
    done(world, "ec2.volume.attach", [volume], {"instance": run["InstanceId"]})
    assert world.proxy.calls["AttachVolume"] == 1
