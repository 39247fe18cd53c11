"""Spot requests on the real protocol: seen, cancelled, and what goes on running."""

from apps.catalog import registry
from tests.console.world import client


def test_a_request_is_seen_and_cancelled(cloud):
    made = cloud.aws.request_spot_instances(
        InstanceCount=1, LaunchSpecification={"ImageId": cloud.image, "InstanceType": "t3.micro"}, SpotPrice="0.01"
    )
    id = made["SpotInstanceRequests"][0]["SpotInstanceRequestId"]
    cloud.sync("ec2.spot-request")
    assert client(cloud.people.viewer).get(f"/ec2/spot-requests/{id}/").status_code == 200
    assert client(cloud.people.outsider).get(f"/ec2/spot-requests/{id}/").status_code == 404
    prepared = cloud.prepare("ec2.spot-request.cancel", [id], {})
    (item,) = prepared.items
    action = registry.action("ec2.spot-request.cancel")
    if item.attrs.get("InstanceId"):
        assert "goes on running" in next(iter(action.warn(item)))
    assert cloud.carry_out(prepared).state == "succeeded"
    found = cloud.aws.describe_spot_instance_requests()["SpotInstanceRequests"]
    assert all(each["State"] in ("cancelled", "closed") for each in found if each["SpotInstanceRequestId"] == id)
