"""VPCs and what lies in them: the everyday actions, run against moto, and what is refused before any call."""

import pytest

from apps.operations import preview
from apps.tenancy.context import tenant_tx
from tests.services.ec2.stand import make_stand


@pytest.fixture(scope="module")
def stand(panel_env, moto):
    return make_stand(moto)


@pytest.fixture
def vpc(stand):
    """A VPC with two subnets in it, and what the panel knows of it."""
    made = stand.aws.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    for n, zone in enumerate("ab"):
        stand.aws.create_subnet(VpcId=made, CidrBlock=f"10.77.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")
    stand.sync()
    return made


def subnets(stand, vpc):
    found = stand.aws.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return [each["SubnetId"] for each in sorted(found, key=lambda each: each["CidrBlock"])]


def tables(stand, vpc):
    return stand.aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]


def routes(stand, table):
    (found,) = stand.aws.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    names = ("GatewayId", "NatGatewayId", "VpcPeeringConnectionId")
    return {
        each["DestinationCidrBlock"]: next((each[name] for name in names if each.get(name)), "")
        for each in found["Routes"]
    }


def test_a_gateway_is_made_attached_routed_to_and_taken_away(stand, vpc):
    made = stand.done("ec2.internet-gateway.create", {"name": "out", "vpc": vpc}).result["ids"][0]
    assert "already" in stand.refused("ec2.internet-gateway.create", {"vpc": vpc})
    assert "Detach it first" in stand.refused("ec2.internet-gateway.delete", {}, [made])

    table = tables(stand, vpc)[0]["RouteTableId"]
    stand.done("ec2.route-table.edit-routes", {"routes": [{"destination": "0.0.0.0/0", "target": made}]}, [table])
    assert routes(stand, table)["0.0.0.0/0"] == made
    # The panel has not listed the table since: the form reads it anew.
    same = stand.prepared(
        "ec2.route-table.edit-routes", {"routes": [{"destination": "0.0.0.0/0", "target": made}]}, [table]
    )
    assert same.plan.steps == ()
    stand.done("ec2.route-table.edit-routes", {"routes": []}, [table])
    assert list(routes(stand, table)) == ["10.77.0.0/16"]

    stand.done("ec2.internet-gateway.detach", {}, [made])
    stand.done("ec2.internet-gateway.delete", {}, [made])
    assert stand.item("ec2.internet-gateway", made) is None


def test_routes_that_somebody_else_changed_are_left_alone(stand, vpc):
    table = tables(stand, vpc)[0]["RouteTableId"]
    gateway = stand.done("ec2.internet-gateway.create", {"vpc": vpc}).result["ids"][0]
    from apps.operations.submit import submit
    from apps.tenancy.context import tenant_tx

    prepared = stand.prepared(
        "ec2.route-table.edit-routes", {"routes": [{"destination": "10.99.0.0/16", "target": gateway}]}, [table]
    )
    stand.aws.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    with tenant_tx(stand.people.tenant_id):
        operation = submit(stand.people.owner.actor, prepared)
    found = stand.run(operation)
    assert found.state == "failed"
    assert found.journal[0].error["code"] == "ChangedMeanwhile"
    assert "10.99.0.0/16" not in routes(stand, table)


def test_routes_that_can_not_be_are_refused(stand, vpc):
    table = tables(stand, vpc)[0]["RouteTableId"]
    act = "ec2.route-table.edit-routes"
    elsewhere = stand.done("ec2.internet-gateway.create", {}).result["ids"][0]
    for row, said in (
        ({"destination": "10.0.0.1/8", "other": "vgw-1"}, "the block is 10.0.0.0/8"),
        ({"destination": "nowhere", "other": "vgw-1"}, "nowhere is no CIDR block"),
        ({"destination": "10.77.0.0/16", "other": "vgw-1"}, "can't be changed here"),
        ({"destination": "10.0.0.0/8"}, "Choose where"),
        ({"destination": "10.0.0.0/8", "other": "subnet-1"}, "subnet-1 is no target"),
        ({"destination": "10.0.0.0/8", "target": elsewhere}, "does not belong to the VPC"),
    ):
        assert said in stand.refused(act, {"routes": [row]}, [table])
    twice = [{"destination": "10.0.0.0/8", "other": "vgw-1"}] * 2
    assert "stands twice" in stand.refused(act, {"routes": twice}, [table])


def test_what_new_routes_mean_is_said(stand, vpc):
    table = tables(stand, vpc)[0]["RouteTableId"]
    gateway = stand.done("ec2.internet-gateway.create", {"vpc": vpc}).result["ids"][0]
    prepared = stand.prepared(
        "ec2.route-table.edit-routes", {"routes": [{"destination": "0.0.0.0/0", "target": gateway}]}, [table]
    )
    assert prepared.plan.risks == ("0.0.0.0/0 through an internet gateway makes the table's subnets public.",)
    values = prepared.form.cleaned_data
    assert list(prepared.action.means(prepared.items[0], values)) == [f"New: 0.0.0.0/0 goes to {gateway}."]


def test_a_subnet_takes_the_next_free_block_and_gets_a_table_of_its_own(stand, vpc):
    done = stand.done("ec2.subnet.create", {"name": "more", "vpc": vpc, "zone": "eu-west-1a", "public": True})
    (made,) = done.result["ids"]
    item = stand.item("ec2.subnet", made)
    assert (item.attrs["CidrBlock"], item.attrs["MapPublicIpOnLaunch"]) == ("10.77.2.0/24", True)
    table = stand.done("ec2.route-table.create", {"name": "own", "vpc": vpc}).result["ids"][0]
    stand.done("ec2.subnet.change-route-table", {"table": table}, [made])
    other = stand.done("ec2.route-table.create", {"name": "other", "vpc": vpc}).result["ids"][0]
    stand.done("ec2.subnet.change-route-table", {"table": other}, [made])
    named = {each["RouteTableId"]: [a.get("SubnetId") for a in each["Associations"]] for each in tables(stand, vpc)}
    assert (named[table], named[other]) == ([], [made])
    first = subnets(stand, vpc)[0]
    stand.done("ec2.route-table.edit-subnets", {"subnets": [first]}, [other])
    named = {each["RouteTableId"]: [a.get("SubnetId") for a in each["Associations"]] for each in tables(stand, vpc)}
    assert named[other] == [first]
    assert "Give these another" in stand.refused("ec2.route-table.delete", {}, [other])
    stand.done("ec2.subnet.edit-public", {"assign": "no"}, [made])
    stand.done("ec2.subnet.delete", {}, [made])
    assert made not in subnets(stand, vpc)


def test_a_block_that_does_not_fit_is_refused(stand, vpc):
    for block, said in (
        ("10.78.0.0/24", "10.78.0.0/24 is not within the VPC's block, 10.77.0.0/16"),
        ("10.77.0.128/25", "overlaps the block 10.77.0.0/24"),
        ("10.77.8.0/29", "/16 to /28, not /29"),
        ("10.77.9.1/24", "the block is 10.77.9.0/24"),
        ("fd00::/64", "not IPv4"),
    ):
        assert said in stand.refused("ec2.subnet.create", {"vpc": vpc, "block": block})
    assert "not in eu-west-1" in stand.refused("ec2.subnet.create", {"vpc": vpc, "zone": "us-east-1a"})


def test_an_egress_only_gateway_comes_is_routed_to_and_goes_with_a_word_on_its_routes(stand, vpc):
    made = stand.done("ec2.egress-only-internet-gateway.create", {"name": "out", "vpc": vpc}).result["ids"][0]
    assert stand.item("ec2.egress-only-internet-gateway", made).attrs["Attachments"][0]["VpcId"] == vpc
    notes = stand.prepared("ec2.egress-only-internet-gateway.create", {"vpc": vpc})
    with tenant_tx(stand.people.tenant_id):
        said = preview.outline(stand.people.owner.actor, notes).notes
    assert f"{vpc} has no IPv6 block: nothing goes out through it as long as that is so." in said
    table = stand.aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
    id = table["RouteTableId"]
    stand.done("ec2.route-table.edit-routes", {"routes": [{"destination": "::/0", "target": made}]}, [id])
    gone = stand.prepared("ec2.egress-only-internet-gateway.delete", {}, [made])
    with tenant_tx(stand.people.tenant_id):
        means = preview.outline(stand.people.owner.actor, gone).means
    assert means == (f"These routes lead to nothing then: {id}: ::/0.",)
    stand.done("ec2.egress-only-internet-gateway.delete", {}, [made])
    left = stand.aws.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]
    assert made not in [one["EgressOnlyInternetGatewayId"] for one in left]


def test_a_nat_gateway_with_an_address_of_its_own(stand, vpc):
    first = subnets(stand, vpc)[0]
    assert "no route to an internet gateway" in stand.refused("ec2.nat-gateway.create", {"subnet": first})
    gateway = stand.done("ec2.internet-gateway.create", {"vpc": vpc}).result["ids"][0]
    table = tables(stand, vpc)[0]["RouteTableId"]
    stand.done("ec2.route-table.edit-routes", {"routes": [{"destination": "0.0.0.0/0", "target": gateway}]}, [table])
    made = stand.done("ec2.nat-gateway.create", {"name": "out-a", "subnet": first}).result["ids"][0]
    item = stand.item("ec2.nat-gateway", made)
    assert item.state == "available"
    stand.done("ec2.nat-gateway.delete", {"release": True}, [made])
    held = stand.aws.describe_addresses(Filters=[{"Name": "tag:Name", "Values": ["out-a"]}])["Addresses"]
    assert held == []


def test_rules_of_a_network_acl_are_edited_as_rows(stand, vpc):
    made = stand.done("ec2.network-acl.create", {"name": "web", "vpc": vpc}).result["ids"][0]
    https = {"number": 100, "protocol": "tcp", "port_from": 443, "block": "0.0.0.0/0"}
    deny = {"number": 90, "action": "deny", "protocol": "all", "block": "198.51.100.0/24"}
    stand.done("ec2.network-acl.edit-inbound", {"rules": [https, deny]}, [made])
    changed = stand.prepared("ec2.network-acl.edit-inbound", {"rules": [https | {"port_to": 444}]}, [made])
    said = list(changed.action.means(changed.items[0], changed.form.cleaned_data))
    assert said == [
        "Gone: 90: deny all traffic, 198.51.100.0/24.",
        "Changed: 100: allow TCP 443–444, 0.0.0.0/0, instead of allow TCP 443, 0.0.0.0/0.",
    ]
    stand.done("ec2.network-acl.edit-inbound", {"rules": [https | {"port_to": 444}]}, [made])
    (found,) = stand.aws.describe_network_acls(NetworkAclIds=[made])["NetworkAcls"]
    inbound = {each["RuleNumber"]: each.get("PortRange") for each in found["Entries"] if not each["Egress"]}
    assert inbound == {100: {"From": 443, "To": 444}}

    first = subnets(stand, vpc)[0]
    stand.done("ec2.subnet.change-acl", {"acl": made}, [first])
    assert first in stand.refused("ec2.network-acl.delete", {}, [made])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"number": 0, "block": "0.0.0.0/0"}, "1"),
        ({"number": 32767, "block": "0.0.0.0/0"}, "32766"),
        ({"number": 1, "protocol": "icmp", "port_from": 1, "block": "0.0.0.0/0"}, "Only TCP and UDP"),
        ({"number": 1, "port_from": 9, "port_to": 3, "block": "0.0.0.0/0"}, "ends at 3, before it begins at 9"),
        ({"number": 1, "port_from": 65536, "block": "0.0.0.0/0"}, "65535"),
        ({"number": 1, "block": "10.0.0.0/33"}, "no CIDR block"),
    ],
)
def test_rules_that_can_not_be_are_refused(stand, row, said):
    stand.sync("ec2.network-acl")
    id = stand.aws.describe_network_acls()["NetworkAcls"][0]["NetworkAclId"]
    assert said in stand.refused("ec2.network-acl.edit-inbound", {"rules": [row]}, [id])


def test_a_vpc_goes_with_what_belongs_to_it_and_not_while_it_is_used(stand, vpc):
    stand.done("ec2.internet-gateway.create", {"vpc": vpc})
    stand.done("ec2.route-table.create", {"name": "own", "vpc": vpc})
    first = subnets(stand, vpc)[0]
    image = stand.aws.describe_images(Filters=[{"Name": "name", "Values": ["amzn*"]}])["Images"][0]["ImageId"]
    started = stand.aws.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=first)["Instances"][0]
    stand.sync("ec2.instance", "ec2.security-group")
    id = started["InstanceId"]
    assert f"in use by {id}" in stand.refused("ec2.vpc.delete", {}, [vpc])
    assert f"in use by {id}" in stand.refused("ec2.subnet.delete", {}, [first])
    stand.aws.terminate_instances(InstanceIds=[id])
    stand.sync("ec2.instance")
    stand.done("ec2.vpc.delete", {}, [vpc])
    assert stand.item("ec2.vpc", vpc) is None
    assert tables(stand, vpc) == []


def test_a_lesser_teammate_and_an_outsider(stand, vpc):
    from apps.operations.prepare import Missing
    from apps.tenancy.access import Denied

    with pytest.raises(Denied):
        stand.do("ec2.vpc.delete", {}, [vpc], stand.people.viewer)
    with pytest.raises(Missing):
        stand.prepared("ec2.vpc.delete", {}, [vpc], stand.people.outsider)
