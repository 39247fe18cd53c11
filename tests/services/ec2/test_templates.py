"""Launch templates made, versioned, launched from and deleted on the real protocol; and what is refused."""

import base64
import secrets

import pytest

from apps.catalog.forms import json_errors
from apps.inventory.scope import InventoryScope
from apps.tenancy.context import tenant_tx
from tests.console.world import client, fragment
from tests.services.ec2.cloud import REGION

KIND = "ec2.launch-template"


@pytest.fixture(scope="module")
def stocked(house, django_db_blocker):
    """With what a template refers to."""
    with django_db_blocker.unblock():
        house.sync("ec2.image", "ec2.instance-type")
        with tenant_tx(house.people.tenant_id):
            scope = InventoryScope(house.people.owner.actor, house.account.id, REGION)
            found = scope.search("ec2.image", "al2023", 50)
    return next(image.id for image in found if image.attrs["Architecture"] == "x86_64")


@pytest.fixture
def values(cloud, stocked):
    return {
        "name": f"api-{secrets.token_hex(4)}",
        "image": stocked,
        "type": "t3.micro",
        "root_size": 40,
        "user_data": "#!/bin/sh\n",
        "tags": [{"key": "env", "value": "test"}],
    }


@pytest.fixture
def made(cloud, values):
    ended = cloud.carry_out(cloud.wizard(f"{KIND}.create", values))
    assert ended.state == "succeeded", ended.error
    found = cloud.aws.describe_launch_templates(LaunchTemplateNames=[values["name"]])["LaunchTemplates"]
    return found[0]["LaunchTemplateId"]


def data(cloud, id, version="$Latest"):
    found = cloud.aws.describe_launch_template_versions(LaunchTemplateId=id, Versions=[version])
    return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]


def test_a_template_lives_through_its_versions(cloud, made, values):
    first = data(cloud, made)
    assert (first["ImageId"], first["InstanceType"]) == (values["image"], "t3.micro")
    assert base64.b64decode(first["UserData"]) == b"#!/bin/sh\n"
    prepared = cloud.prepare(f"{KIND}.add-version", [made])
    assert prepared.form.initial["type"] == "t3.micro"
    assert prepared.form.initial["user_data"] == "#!/bin/sh\n"
    more = {key: values[key] for key in ("image", "root_size")}
    next_one = cloud.prepare(f"{KIND}.add-version", [made], more | {"type": "t3.small", "description": "more memory"})
    assert next_one.plan.steps[0]["params"]["SourceVersion"] == "1"
    assert cloud.carry_out(next_one).state == "succeeded"
    assert data(cloud, made)["InstanceType"] == "t3.small"
    assert "no version 3; it has 1, 2" in cloud.refused(f"{KIND}.set-default", [made], {"version": 3})["version"]
    cloud.write(f"{KIND}.set-default", [made], {"version": 2})
    assert (
        cloud.aws.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"][0]["DefaultVersionNumber"] == 2
    )
    page = f"/ec2/launch-templates/{made}/tab/versions/"
    shown = fragment(client(cloud.people.viewer), page).content.decode()
    assert "more memory" in shown
    assert "<time datetime=" in shown
    assert fragment(client(cloud.people.outsider), page).status_code == 404
    cloud.write(f"{KIND}.delete", [made])
    known = cloud.aws.describe_launch_templates()["LaunchTemplates"]
    assert made not in [each["LaunchTemplateId"] for each in known]


def test_instances_are_launched_from_a_version(cloud, made, values):
    asked = {"version": "1", "count": 2, "name": values["name"]}
    prepared = cloud.prepare(f"{KIND}.launch", [made], asked)
    assert [each["permission"] for each in prepared.plan.also] == ["ec2.instance.launch"]
    ended = cloud.carry_out(prepared)
    assert ended.state == "succeeded", ended.error
    found = cloud.aws.describe_instances(Filters=[{"Name": "tag:Name", "Values": [values["name"]]}])
    kinds = {one["InstanceType"] for each in found["Reservations"] for one in each["Instances"]}
    assert kinds == {"t3.micro"}


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"name": "ab"}, "name", "3"),
        ({"name": "a b c"}, "name", "this one is a b c"),
        ({"root_size": 1}, "root_size", "needs at least"),
        ({"user_data": "x" * 16385}, "user_data", "16384 bytes; this has 16385"),
        ({"market": "spot", "termination_protection": True}, "termination_protection", "Spot"),
        ({"tags": [{"key": "aws:a", "value": ""}]}, "tags[0].key", "aws:"),
    ],
)
def test_what_ec2_would_refuse_is_said_beside_its_field(cloud, values, more, field, words):
    prepared = cloud.wizard(f"{KIND}.create", values | more)
    assert words in " ".join(json_errors(prepared.form)[field])


def test_a_template_that_names_no_type_is_not_launched_from(cloud, values):
    values = values | {"type": ""}
    cloud.carry_out(cloud.wizard(f"{KIND}.create", values))
    id = cloud.aws.describe_launch_templates(LaunchTemplateNames=[values["name"]])["LaunchTemplates"][0]
    said = cloud.refused(f"{KIND}.launch", [id["LaunchTemplateId"]], {"version": "$Default"})
    assert "names no InstanceType" in said["version"]
