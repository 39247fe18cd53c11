"""Instances."""

from typing import Any

from tests.code.cases import case, example
from tests.code.ways import REGION, Way

IMAGE = "al2023-ami-2023*-kernel-6.12-x86_64"


def image(way: Way) -> str:
    """A public image, known to the panel."""
    found = way.aws("ec2").describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"][0]["ImageId"]
    way.know("ec2.image", found)
    return str(found)


def launched(way: Way, *, state: str = "running", **more: Any) -> str:
    """An instance that has come to rest, known to the panel."""
    ec2 = way.aws("ec2")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "api-1"}, {"Key": "env", "Value": "dev"}]}]
    made = ec2.run_instances(
        ImageId=image(way), InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=tags, **more
    )
    id = made["Instances"][0]["InstanceId"]
    ec2.get_waiter("instance_running").wait(InstanceIds=[id], WaiterConfig={"Delay": 0.1})
    if state == "stopped":
        ec2.stop_instances(InstanceIds=[id])
        ec2.get_waiter("instance_stopped").wait(InstanceIds=[id], WaiterConfig={"Delay": 0.1})
    way.know("ec2.instance", id)
    return str(id)


@case("ec2.instance.start")
def start(way):
    return launched(way, state="stopped"), {}


@case("ec2.instance.stop")
def stop(way):
    return launched(way), {"force": True}


@case("ec2.instance.reboot", still=True)
def reboot(way):
    return launched(way), {}


@case("ec2.instance.change-type")
def change_type(way):
    way.know("ec2.instance-type", "t3.small")
    return launched(way), {"type": "t3.small", "stop": True}


@case("ec2.instance.tag")
def tag(way):
    return launched(way), {"tags": [{"key": "team", "value": "it's “ours”, $HOME"}], "replace": True}


@case("ec2.instance.terminate")
def terminate(way):
    return launched(way), {}


@case("ec2.instance.launch", "ec2.volume", "ec2.security-group")
def launch(way):
    way.know("ec2.instance-type", "t3.micro")
    way.sync(["ec2.vpc", "ec2.subnet", "ec2.security-group"])
    ec2 = way.aws("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    values = example(
        "ec2.instance.launch", image=image(way), vpc=vpc, access="none", user_data="#!/bin/sh\necho 'hi'\n"
    )
    for name in ("new_key_name", "key_pair", "subnet"):
        values.pop(name, None)
    return "", values


@case("ec2.snapshot.delete")
def delete_snapshot(way):
    ec2 = way.aws("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8)["VolumeId"]
    id = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    way.know("ec2.snapshot", id)
    return id, {}
