"""Instances, images, volumes and snapshots."""

from tests.code.cases import case, declared, example
from tests.code.ec2_things import ZONE, image, instance, own_image, snapshot, volume

for thing, make in (("instance", instance), ("image", own_image), ("volume", volume), ("snapshot", snapshot)):
    declared(f"ec2.{thing}.tag", make, tags=[{"key": "team", "value": "it's “ours”, $HOME"}])
declared("ec2.instance.start", lambda way: instance(way, state="stopped"))
declared("ec2.instance.stop", instance, force=True)
declared("ec2.instance.reboot", instance, still=True)
declared("ec2.instance.edit-protection", instance, sees=lambda way, id: attribute(way, id, "disableApiTermination"))
declared(
    "ec2.instance.edit-shutdown", instance, sees=lambda way, id: attribute(way, id, "instanceInitiatedShutdownBehavior")
)
declared("ec2.instance.edit-source-check", instance, check=False)
declared("ec2.instance.edit-metadata", instance)
declared("ec2.instance.edit-monitoring", instance)
declared(
    "ec2.instance.edit-user-data",
    lambda way: instance(way, state="stopped"),
    sees=lambda way, id: attribute(way, id, "userData"),
)
declared("ec2.instance.terminate", instance)
declared("ec2.instance.create-image", instance, sees=lambda way, _id: own_images(way))
declared("ec2.image.share", own_image, sees=lambda way, id: shared_image(way, id))
declared("ec2.image.describe", own_image)
declared("ec2.image.deprecate", own_image)
declared("ec2.image.deregister", own_image, kinds=("ec2.snapshot",))
declared("ec2.image.copy", own_image, sees=lambda way, _id: own_images(way, "eu-central-1"))
declared("ec2.volume.delete", volume)
declared("ec2.volume.modify", volume)
declared("ec2.volume.snapshot", volume, kinds=("ec2.snapshot",))
declared("ec2.snapshot.delete", snapshot)
declared("ec2.snapshot.share", snapshot, sees=lambda way, id: shared_snapshot(way, id))
declared("ec2.snapshot.copy", snapshot, sees=lambda way, _id: own_snapshots(way, "eu-central-1"))


def attribute(way, id, name):
    found = way.aws("ec2").describe_instance_attribute(InstanceId=id, Attribute=name)
    return found[name[0].upper() + name[1:]]


def shared_image(way, id):
    found = way.aws("ec2").describe_image_attribute(ImageId=id, Attribute="launchPermission")
    return found["LaunchPermissions"]


def shared_snapshot(way, id):
    found = way.aws("ec2").describe_snapshot_attribute(SnapshotId=id, Attribute="createVolumePermission")
    return found["CreateVolumePermissions"]


def own_images(way, region="us-east-1"):
    found = way.aws("ec2", region).describe_images(Owners=["self"])["Images"]
    return sorted((each["Name"], each.get("Description", "")) for each in found)


def own_snapshots(way, region):
    found = way.aws("ec2", region).describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return sorted((each["VolumeSize"], each["Encrypted"], each["Description"].partition(" ")[0]) for each in found)


@case("ec2.instance.change-type")
def change_type(way):
    way.know("ec2.instance-type", "t3.small")
    return instance(way), {"type": "t3.small", "stop": True}


@case("ec2.instance.launch", "ec2.volume", "ec2.security-group")
def launch(way):
    way.know("ec2.instance-type", "t3.micro")
    way.sync(["ec2.vpc", "ec2.subnet", "ec2.security-group"])
    ec2 = way.aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    script = "#!/bin/sh\necho 'hi'\n"
    values = example("ec2.instance.launch", image=image(way), vpc=vpc, access="none", user_data=script)
    for name in ("new_key_name", "key_pair", "subnet"):
        values.pop(name, None)
    return "", values


@case("ec2.volume.attach")
def attach(way):
    return volume(way), example("ec2.volume.attach", instance=instance(way))


@case("ec2.volume.detach")
def detach(way):
    id = volume(way)
    way.aws("ec2").attach_volume(VolumeId=id, InstanceId=instance(way), Device="/dev/sdf")
    way.know("ec2.volume", id)
    return id, {}


@case("ec2.snapshot.create")
def create_snapshot(way):
    return "", example("ec2.snapshot.create", volume=volume(way))


@case("ec2.volume.create")
def create_volume(way):
    way.sync(["ec2.zone"])
    return "", example("ec2.volume.create", zone=ZONE)
