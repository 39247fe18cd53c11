"""Synthetic EC2 objects in the shape and size of AWS's own answers, the same in every run."""

import random
from collections.abc import Iterator
from typing import Any

TYPES = ("t3.micro", "t3.small", "t3.large", "m5.large", "m5.xlarge", "c6i.large", "c6i.2xlarge", "r6g.large")
STATES = ("running",) * 8 + ("stopped", "stopping")
TEAMS = ("payments", "search", "ledger", "mobile", "data", "platform")
ENVIRONMENTS = ("production", "staging", "development")
CODES = {"running": 16, "stopped": 80, "stopping": 64}


def objects(kind: str, region: str, count: int, seed: str) -> Iterator[dict[str, Any]]:
    """`count` objects as the kind's describing call answers them in a Region."""
    chance = random.Random(f"{kind} {region} {seed}")
    return (_MAKERS[kind](chance, region, n) for n in range(count))


def _id(chance: random.Random, prefix: str) -> str:
    return f"{prefix}-{chance.getrandbits(68):017x}"


def _moment(chance: random.Random) -> str:
    return f"2026-{chance.randint(1, 11):02d}-{chance.randint(1, 20):02d}T{chance.randint(0, 23):02d}:12:41+00:00"


def _tags(chance: random.Random, name: str) -> list[dict[str, str]]:
    team = chance.choice(TEAMS)
    pairs = {"Name": name, "team": team, "env": chance.choice(ENVIRONMENTS), "cost-center": f"cc-{team[:3]}-7"}
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def _instance(chance: random.Random, region: str, n: int) -> dict[str, Any]:
    state, subnet, vpc = chance.choice(STATES), f"subnet-{region}-{n % 6:x}", f"vpc-{region}"
    id, interface, group = _id(chance, "i"), _id(chance, "eni"), f"sg-0{n % 9:016x}"
    private, public = f"10.{n % 200}.{n // 250 % 250}.{n % 250}", f"54.{n % 220}.{n // 200 % 250}.{n % 240}"
    launched, zone = _moment(chance), region + "abc"[n % 3]
    groups = [{"GroupId": group, "GroupName": f"web-{n % 9}"}]
    running = {"PublicIpAddress": public, "PublicDnsName": f"ec2-{public.replace('.', '-')}.compute.amazonaws.com"}
    return {
        "InstanceId": id,
        "ImageId": f"ami-0{n % 12:016x}",
        "InstanceType": chance.choice(TYPES),
        "State": {"Name": state, "Code": CODES[state]},
        "LaunchTime": launched,
        "Placement": {"AvailabilityZone": zone, "GroupName": "", "Tenancy": "default"},
        "Architecture": "x86_64",
        "KeyName": f"ops-{n % 5}",
        "VpcId": vpc,
        "SubnetId": subnet,
        "PrivateIpAddress": private,
        "PrivateDnsName": f"ip-{private.replace('.', '-')}.{region}.compute.internal",
        **(running if state == "running" else {}),
        "SecurityGroups": groups,
        "Tags": _tags(chance, f"{chance.choice(TEAMS)}-{chance.choice(('api', 'worker', 'db', 'cache'))}-{n:05d}"),
        "BlockDeviceMappings": [_mapping(chance, device, launched) for device in ("/dev/xvda", "/dev/sdf")],
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": interface,
                "Groups": groups,
                "MacAddress": "06:1d:7f:aa:10:5c",
                "PrivateIpAddress": private,
                "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": private}],
                "SourceDestCheck": True,
                "Status": "in-use",
                "SubnetId": subnet,
                "VpcId": vpc,
                "Attachment": {"AttachTime": launched, "DeleteOnTermination": True, "DeviceIndex": 0},
            }
        ],
        "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
        "MetadataOptions": {"State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "EbsOptimized": True,
        "EnaSupport": True,
        "Hypervisor": "xen",
        "VirtualizationType": "hvm",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "Monitoring": {"State": "disabled"},
        "ClientToken": _id(chance, "ct"),
    }


def _mapping(chance: random.Random, device: str, attached: str) -> dict[str, Any]:
    ebs = {"VolumeId": _id(chance, "vol"), "Status": "attached", "AttachTime": attached, "DeleteOnTermination": True}
    return {"DeviceName": device, "Ebs": ebs}


def _volume(chance: random.Random, region: str, n: int) -> dict[str, Any]:
    return {
        "VolumeId": _id(chance, "vol"),
        "Size": 20 + n % 80,
        "VolumeType": "gp3",
        "Iops": 3000,
        "Throughput": 125,
        "State": "in-use" if n % 5 else "available",
        "AvailabilityZone": region + "abc"[n % 3],
        "CreateTime": _moment(chance),
        "Encrypted": True,
        "SnapshotId": "",
        "Attachments": [{"InstanceId": _id(chance, "i"), "Device": "/dev/sdf"}] if n % 5 else [],
        "Tags": _tags(chance, f"data-{n:05d}"),
    }


def _group(chance: random.Random, region: str, n: int) -> dict[str, Any]:
    return {
        "GroupId": _id(chance, "sg"),
        "GroupName": f"{chance.choice(TEAMS)}-{n:04d}",
        "Description": "Made by the bench",
        "VpcId": f"vpc-{region}",
        "IpPermissions": [
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        ],
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        "Tags": _tags(chance, ""),
    }


_MAKERS = {"ec2.instance": _instance, "ec2.volume": _volume, "ec2.security-group": _group}
