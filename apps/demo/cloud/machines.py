"""A site's instances and what hangs on them: key pairs, volumes, snapshots, Elastic IPs, own images."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from .fleet import COST_CENTERS, Machine, Site, Volume
from .network import Network, named

AMAZON_LINUX = "al2023-ami-2023*-kernel-6.12-{}"


@dataclass(frozen=True)
class Launched:
    """An instance that stands. `days`: since when, before the demo's birth."""

    account: str
    region: str
    id: str
    machine: Machine


def launch(ec2: Any, site: Site, network: Network) -> list[Launched]:
    """Everything of the site, its instances still pending: `finish` after they have settled."""
    for key in site.keys:
        ec2.create_key_pair(KeyName=key, KeyType="ed25519", TagSpecifications=named("key-pair", key))
    return [_launch(ec2, site, network, machine) for machine in site.machines]


def finish(ec2: Any, site: Site, launched: list[Launched]) -> None:
    """Volumes, addresses and images of running instances; then stop and terminate those that are no longer."""
    ids = {one.machine.name: one.id for one in launched}
    for volume in site.volumes:
        _volume(ec2, site, volume, ids)
    for machine in site.machines:
        if machine.address:
            _address(ec2, site, machine.name, ids[machine.name])
        if machine.image:
            ec2.create_image(
                InstanceId=ids[machine.name],
                Name=machine.image,
                Description=f"Golden image, taken from {machine.name}",
                NoReboot=True,
                TagSpecifications=named("image", machine.image, owner=machine.owner),
            )
    for name in site.spare_addresses:
        _address(ec2, site, name, "")
    stopped = [ids[machine.name] for machine in site.machines if machine.state == "stopped"]
    if stopped:
        ec2.stop_instances(InstanceIds=stopped)
    gone = [ids[machine.name] for machine in site.machines if machine.state == "terminated"]
    if gone:
        ec2.terminate_instances(InstanceIds=gone)


def _launch(ec2: Any, site: Site, network: Network, machine: Machine) -> Launched:
    tags = _tags(site, machine.owner)
    parameters: dict[str, Any] = {
        "ImageId": _image(ec2, site.region, "arm64" if _is_arm(machine.type) else "x86_64"),
        "InstanceType": machine.type,
        "MinCount": 1,
        "MaxCount": 1,
        "KeyName": site.keys[0],
        "SubnetId": network.subnets[machine.subnet],
        "SecurityGroupIds": [network.groups[machine.group]],
        "DisableApiTermination": machine.protected,
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"VolumeSize": machine.root, "VolumeType": "gp3", "DeleteOnTermination": True},
            }
        ],
        "TagSpecifications": named("instance", machine.name, **tags) + named("volume", f"{machine.name}-root", **tags),
    }
    if machine.profile:
        parameters["IamInstanceProfile"] = {"Name": machine.profile}
    instance = ec2.run_instances(**parameters)["Instances"][0]
    return Launched(site.account, site.region, instance["InstanceId"], machine)


def _tags(site: Site, owner: str) -> dict[str, str]:
    return {"env": site.env, "owner": owner, "cost-center": COST_CENTERS[owner], "managed-by": "terraform"}


def _is_arm(instance_type: str) -> bool:
    """Graviton: the letters after the generation contain a g (c7g, r7gd, t4g)."""
    family = instance_type.partition(".")[0]
    return "g" in family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")


@cache
def _image(ec2: Any, region: str, architecture: str) -> str:
    wanted = [{"Name": "name", "Values": [AMAZON_LINUX.format(architecture)]}]
    images = ec2.describe_images(Owners=["amazon"], Filters=wanted)["Images"]
    return str(max(images, key=lambda image: image["Name"])["ImageId"])


def _volume(ec2: Any, site: Site, volume: Volume, ids: dict[str, str]) -> None:
    letter = "c" if site.region == "ap-northeast-1" and volume.zone == "b" else volume.zone
    parameters = {"Iops": volume.iops} if volume.iops else {}
    made = ec2.create_volume(
        AvailabilityZone=site.region + letter,
        Size=volume.size,
        VolumeType=volume.type,
        Encrypted=volume.encrypted,
        TagSpecifications=named("volume", volume.name, env=site.env),
        **parameters,
    )["VolumeId"]
    if volume.on:
        ec2.attach_volume(VolumeId=made, InstanceId=ids[volume.on], Device="/dev/sdf")
    if volume.snapshot:
        tags = named("snapshot", f"{volume.name}-snapshot", env=site.env)
        ec2.create_snapshot(VolumeId=made, Description=volume.snapshot, TagSpecifications=tags)


def _address(ec2: Any, site: Site, name: str, instance: str) -> None:
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", name, env=site.env))
    if instance:
        ec2.associate_address(AllocationId=made["AllocationId"], InstanceId=instance)
