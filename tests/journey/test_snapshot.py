"""A kind that is one file: its pages, REST, permission, operation and record came with the declaration."""

from apps.inventory import sync
from tests.journey.conftest import REGION

ADDRESS = "/ec2/snapshots/"


def test_one_file_makes_a_kind(stage):
    volume = stage.aws.create_volume(AvailabilityZone=f"{REGION}a", Size=7)
    made = stage.aws.create_snapshot(
        VolumeId=volume["VolumeId"],
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": [{"Key": "Name", "Value": "nightly"}]}],
    )["SnapshotId"]
    assert sync.refresh(stage.account, REGION, "ec2.snapshot", [made]).count == 1

    listed = stage.ask(stage.people.viewer, "GET", f"{ADDRESS}?q=nightly").body["results"]
    assert [(one["id"], one["columns"]["volume_size"]) for one in listed] == [(made, 7)]
    assert stage.ask(stage.people.outsider, "GET", f"{ADDRESS}{made}/").status == 404
    refused = stage.ask(stage.people.viewer, "POST", f"{ADDRESS}{made}/delete/", {})
    assert refused.status == 403
    assert "ec2.snapshot.delete" in refused.body["detail"]

    asked = stage.ask(stage.people.operator, "POST", f"{ADDRESS}{made}/delete/", {})
    assert asked.status == 202, asked.body
    assert stage.ended(stage.people.operator, asked.body["id"])["state"] == "succeeded"
    assert stage.ask(stage.people.viewer, "GET", f"{ADDRESS}{made}/").status == 404
    record = stage.ask(stage.people.auditor, "GET", f"/audit/?operation={asked.body['id']}").body["results"]
    assert {row["act"] for row in record} == {"ec2.snapshot.delete"}
    document = stage.ask(stage.people.viewer, "GET", "/openapi.json").body
    assert f"{ADDRESS}{{id}}/delete/" in document["paths"] or f"/api/v1{ADDRESS}{{id}}/delete/" in document["paths"]
