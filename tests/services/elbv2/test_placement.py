"""The subnets and security groups of a load balancer that exists."""

from apps.catalog.items import Item
from apps.services.elbv2.load_balancers import load_balancer
from tests.services.place import REGION

LB = "elbv2.load-balancer"
EDIT = f"{LB}.edit-network"


def zones(place, arn):
    found = place.aws("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    return {each["ZoneName"][-1]: each["SubnetId"] for each in found["AvailabilityZones"]}


def test_subnets_are_changed_and_what_leaves_is_said(place, wanted, balancer):
    arn, name = balancer[0], wanted["name"]
    subnets = {item.zone[-1]: item.id for item in place.items("ec2.subnet") if item.attrs["DefaultForAz"]}
    now = place.prepared(EDIT, [arn]).form.initial
    assert set(now["subnets"]) == set(wanted["subnets"])
    assert place.calls(EDIT, [arn], now) == [], "nothing differs"
    values = now | {"subnets": [subnets["b"], subnets["c"]]}
    means, risks = place.told(EDIT, [arn], values)
    assert means == (f"{name} comes to stand in {subnets['c']}.",)
    assert risks == (
        f"{name} leaves its subnet in {REGION}a: its address there answers no more, open connections break.",
    )
    place.do(EDIT, [arn], values)
    assert zones(place, arn) == {"b": subnets["b"], "c": subnets["c"]}

    refused = lambda **more: place.refused(EDIT, [arn], now | more)  # noqa: E731
    assert f"two zones at least; there is {REGION}b alone" in refused(subnets=[subnets["b"]])["subnets"]
    group = next(
        i.id for i in place.items("ec2.security-group") if i.attrs["VpcId"] == place.item(LB, name).attrs["VpcId"]
    )
    place.do(EDIT, [arn], now | {"groups": [group]})
    assert place.aws("elbv2").describe_load_balancers(Names=[name])["LoadBalancers"][0]["SecurityGroups"] == [group]
    assert f"{name} needs a security group" in refused(groups=[])["groups"]


def test_addresses_that_were_chosen_stay():
    zones = [
        {"ZoneName": "eu-west-1a", "SubnetId": "subnet-a", "LoadBalancerAddresses": [{"AllocationId": "eipalloc-1"}]},
        {"ZoneName": "eu-west-1b", "SubnetId": "subnet-b", "LoadBalancerAddresses": []},
    ]
    item = Item(LB, "arn", "nlb", attrs={"Type": "network", "AvailabilityZones": zones, "SecurityGroups": []})
    values = {"subnets": ["subnet-a", "subnet-b", "subnet-c"], "groups": []}
    (step,) = load_balancer.actions["edit-network"].run(item, values)
    assert step.params["SubnetMappings"] == [
        {"SubnetId": "subnet-a", "AllocationId": "eipalloc-1"},
        {"SubnetId": "subnet-b"},
        {"SubnetId": "subnet-c"},
    ]
