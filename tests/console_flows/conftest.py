import pytest

from tests.console.world import World, make_world, stock

IMAGES = [
    ("ami-0a0000000000000a1", "al2023-ami-2023.5.1-kernel-6.1-x86_64", "x86_64"),
    ("ami-0a0000000000000a2", "al2023-ami-2023.5.1-kernel-6.1-arm64", "arm64"),
    ("ami-0a0000000000000b1", "own-golden-image", "x86_64"),
]
TYPES = [
    ("t3.micro", 2, 1, "x86_64"),
    ("t4g.micro", 2, 1, "arm64"),
    ("m5.xlarge", 4, 16, "x86_64"),
    ("c5.xlarge", 4, 8, "x86_64"),
]


@pytest.fixture
def world(people) -> World:
    """The standing accounts with what an instance is launched from, in eu-west-1 of production."""
    made = make_world(people)
    stock(made.production, "eu-west-1", "ec2.image", [_image(*each) for each in IMAGES])
    stock(made.production, "eu-west-1", "ec2.instance-type", [_type(*each) for each in TYPES])
    stock(
        made.production,
        "eu-west-1",
        "ec2.vpc",
        [{"VpcId": "vpc-0a1b2c3d4e5f60718", "CidrBlock": "10.0.0.0/16", "IsDefault": True}],
    )
    stock(made.production, "eu-west-1", "ec2.key-pair", [{"KeyName": "ops", "KeyPairId": "key-0a1b2c3d4e5f60718"}])
    stock(
        made.production,
        "eu-west-1",
        "ec2.security-group",
        [{"GroupId": "sg-08f7e6d5c4b3a2910", "GroupName": "<b>web</b>", "VpcId": "vpc-0a1b2c3d4e5f60718"}],
    )
    return made


def _image(id: str, name: str, architecture: str) -> dict:
    return {
        "ImageId": id,
        "Name": name,
        "Architecture": architecture,
        "State": "available",
        "CreationDate": "2026-11-01T00:00:00Z",
        "RootDeviceName": "/dev/xvda",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}],
    }


def _type(name: str, vcpu: int, gib: int, architecture: str) -> dict:
    return {
        "InstanceType": name,
        "VCpuInfo": {"DefaultVCpus": vcpu},
        "MemoryInfo": {"SizeInMiB": gib * 1024},
        "ProcessorInfo": {"SupportedArchitectures": [architecture]},
        "NetworkInfo": {"NetworkPerformance": "Up to 5 Gigabit"},
    }
