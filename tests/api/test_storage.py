"""Volumes, snapshots and images through the REST door: plans, messages by field, permissions in two Regions."""

from tests.api.test_changes import problem

VOLUME, SNAPSHOT, IMAGE = "vol-0c9d8e7f6a5b43210", "snap-0a1b2c3d4e5f60718", "ami-0d5f1c3e7b9a24680"
AT = "?account={}&region=eu-west-1"


def at(world, plan=True):
    return AT.format(world.production.id) + ("&plan=1" if plan else "")


def create(world, **more):
    place = {"account": str(world.production.id), "region": "eu-west-1"}
    return {**place, "zone": "eu-west-1a", "size": 100, **more}


def test_a_volume_is_planned_and_priced(world, owner):
    preview = owner.post("/ec2/volumes/?plan=1", create(world, name="data", iops=4000)).json()
    (step,) = preview["plan"]["steps"]
    assert step["params"]["Iops"] == 4000
    assert [part["amount"] for part in preview["cost"]["parts"]] == [8.8, 5.5]
    assert "aws_ebs_volume" in preview["code"][2]["text"]


def test_each_limit_is_said_by_its_field(world, owner):
    refused = problem(owner.post("/ec2/volumes/", create(world, type="io1", iops=5001)), 422, "invalid")
    assert "at most 5000 with 100 GiB, not 5001" in str(refused["errors"]["iops"])
    refused = problem(owner.post("/ec2/volumes/", create(world, zone="eu-west-1z", size=None)), 422, "invalid")
    assert "size" in refused["errors"]


def test_a_copy_to_another_region_takes_the_permission_there(world, owner, viewer):
    path = f"/ec2/snapshots/{SNAPSHOT}/copy/{at(world)}"
    preview = owner.post(path, {"destination": "us-east-1"}).json()
    (step,) = preview["plan"]["steps"]
    assert step["region"] == "us-east-1"
    assert "--region us-east-1" in preview["code"][0]["text"]
    assert preview["permission"]["allowed"] is True
    assert preview["cost"]["total"] == 1.0
    assert viewer.post(path, {"destination": "us-east-1"}).json()["permission"]["allowed"] is False
    refused = problem(owner.post(path, {"destination": "mars-1"}), 422, "invalid")
    assert "mars-1 is not among the account's Regions" in str(refused["errors"]["destination"])


def test_another_organization_s_is_a_404(world, owner, outsider):
    for kind, id, verb in (("volumes", VOLUME, "delete"), ("snapshots", SNAPSHOT, "copy"), ("images", IMAGE, "copy")):
        answer = outsider.post(f"/ec2/{kind}/{id}/{verb}/", {"destination": "us-east-1"} if verb == "copy" else {})
        assert answer.status_code == 404


def test_an_image_of_an_instance_says_its_plan(world, owner):
    path = "/ec2/instances/i-00000000000000001/create-image/?plan=1"
    preview = owner.post(path, {"name": "api-1"}).json()
    assert preview["plan"]["steps"][0]["call"] == "ec2.create_image"
    assert "3 to 128" in str(problem(owner.post(path, {"name": "a"}), 422, "invalid")["errors"]["name"])
