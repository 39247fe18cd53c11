import secrets

import pytest

from tests.services.place import REGION, make_place

KINDS = ("ec2.vpc", "ec2.subnet", "elbv2.target-group", "ec2.launch-template", "autoscaling.group")


@pytest.fixture(scope="module")
def place(panel_env, demo_ec2, django_db_blocker):
    """An account on the demo's EC2, which knows of instance refreshes, with its default VPC."""
    with django_db_blocker.unblock():
        yield make_place(demo_ec2, *KINDS)


@pytest.fixture(autouse=True)
def _database(django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def name():
    return f"web-{secrets.token_hex(4)}"


@pytest.fixture
def template(place, name):
    return make_template(place, name)


def make_template(place, name):
    """The id of a new launch template."""
    ec2 = place.aws("ec2")
    found = ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023-ami-2023*-kernel-6.12-x86_64"]}])
    data = {"ImageId": found["Images"][0]["ImageId"], "InstanceType": "t3.micro"}
    made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
    place.sync("ec2.launch-template")
    return made["LaunchTemplate"]["LaunchTemplateId"]


@pytest.fixture
def wanted(place, name, template):
    """What the wizard needs."""
    subnet = next(
        item.id for item in place.items("ec2.subnet") if item.attrs["DefaultForAz"] and item.zone == f"{REGION}a"
    )
    return {"name": name, "launch_template": template, "subnets": [subnet], "min": 1, "desired": 2, "max": 4}


@pytest.fixture
def group(place, wanted):
    """The name of a group of two instances, as the wizard makes it."""
    place.do("autoscaling.group.create", values=wanted)
    return wanted["name"]
