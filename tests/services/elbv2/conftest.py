import secrets

import pytest

from tests.services.place import REGION, make_place

OWN = f"balanced-{secrets.token_hex(4)}"
IMAGE = "al2023-ami-2023*-kernel-6.12-x86_64"


@pytest.fixture(scope="session")
def place(panel_env, moto, django_db_blocker):
    """An account with its default VPC and two instances there."""
    with django_db_blocker.unblock():
        place = make_place(moto, "ec2.vpc", "ec2.subnet", "ec2.security-group", "elbv2.load-balancer")
        ec2 = place.aws("ec2")
        image = ec2.describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"][0]["ImageId"]
        mark = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": OWN}]}]  # others' are there, too
        for zone in "ab":
            where = {"AvailabilityZone": f"{REGION}{zone}"}
            ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, Placement=where, TagSpecifications=mark)
        place.sync("ec2.instance", "elbv2.target-group")
        yield place


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def name():
    return f"web-{secrets.token_hex(4)}"


@pytest.fixture
def wanted(place, name):
    """What the wizard needs for an Application Load Balancer."""
    subnets = {item.zone: item.id for item in place.items("ec2.subnet") if item.attrs["DefaultForAz"]}
    return {"name": name, "subnets": [subnets[f"{REGION}a"], subnets[f"{REGION}b"]], "new_name": name}


@pytest.fixture
def balancer(place, wanted):
    """A load balancer with a target group, as the wizard makes it: their ids."""
    place.do("elbv2.load-balancer.create", values=wanted)
    names = wanted["name"]
    return place.item("elbv2.load-balancer", names).id, place.item("elbv2.target-group", names).id


@pytest.fixture
def instances(place):
    """The ids of the two."""
    return [item.id for item in place.items("ec2.instance") if item.name == OWN]
