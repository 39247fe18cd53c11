"""Peering two VPCs: the plan on both sides, what is refused, and the whole of it across accounts and Regions."""

import secrets

import pytest

from apps.operations.prepare import needs
from apps.tenancy.access import Denied
from tests.people import make_people
from tests.services.ec2.stand import make_stand

ACT = "ec2.peering-connection.create"
KINDS = ("ec2.vpc", "ec2.route-table", "ec2.peering-connection")


@pytest.fixture(scope="module")
def pair(panel_env, demo_ec2):
    """One organization with two accounts in two Regions."""
    people = make_people()
    accounts = [secrets.choice(range(10**11, 10**12)) for _ in range(2)]
    return [
        make_stand(demo_ec2, str(number), people, region, key=str(number))
        for number, region in zip(accounts, ("eu-west-1", "us-east-1"), strict=True)
    ]


def vpc(stand, block):
    made = stand.aws.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]
    stand.sync(*KINDS)
    return made


def routes(stand, vpc):
    (table,) = stand.aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    return {each["DestinationCidrBlock"]: each.get("VpcPeeringConnectionId") for each in table["Routes"]}


def test_asked_here_accepted_there_with_routes_on_both_sides(pair):
    mine, theirs = pair
    here, there = vpc(mine, "10.61.0.0/16"), vpc(theirs, "10.62.0.0/16")
    prepared = mine.prepared(ACT, {"name": "joined", "vpc": here, "peer": there})
    first, second, *rest = prepared.plan.steps
    assert first["params"]["PeerOwnerId"] == theirs.account.number
    assert first["params"]["PeerRegion"] == "us-east-1"
    places = [(step["account"], step["region"]) for step in (first, second, *rest)]
    own, other = (str(mine.account.id), "eu-west-1"), (str(theirs.account.id), "us-east-1")
    assert places == [own, other, own, other]
    assert (other[0], other[1]) in {(need.account, need.region) for need in needs(prepared)}

    found = mine.do(ACT, {"name": "joined", "vpc": here, "peer": there})
    assert found.state == "succeeded", [(row.call, row.state, row.error) for row in found.journal]
    (id,) = found.result["ids"]
    assert routes(mine, here)["10.62.0.0/16"] == id
    assert routes(theirs, there)["10.61.0.0/16"] == id
    assert mine.item("ec2.peering-connection", id)
    assert "peered already" in mine.refused(ACT, {"vpc": here, "peer": there})


def test_a_failure_on_the_other_side_takes_all_of_it_back(pair):
    mine, theirs = pair
    here, there = vpc(mine, "10.63.0.0/16"), vpc(theirs, "10.64.0.0/16")
    (table,) = theirs.aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [there]}])["RouteTables"]
    # Meanwhile somebody routes it elsewhere, which the panel doesn't know.
    gateway = theirs.aws.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    theirs.aws.attach_internet_gateway(InternetGatewayId=gateway, VpcId=there)
    theirs.aws.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.63.0.0/16", GatewayId=gateway)
    found = mine.do(ACT, {"vpc": here, "peer": there})
    assert found.state == "failed", [(row.call, row.state, row.error) for row in found.journal]
    assert "10.64.0.0/16" not in routes(mine, here)
    gone = [
        each["Status"]["Code"]
        for each in mine.aws.describe_vpc_peering_connections()["VpcPeeringConnections"]
        if each["RequesterVpcInfo"]["VpcId"] == here
    ]
    assert set(gone) <= {"deleted"}


@pytest.mark.parametrize("block", ["10.65.0.0/16", "10.65.128.0/20"])
def test_blocks_that_overlap_are_refused(pair, block):
    mine, theirs = pair
    here, there = vpc(mine, "10.65.0.0/16"), vpc(theirs, block)
    assert f"10.65.0.0/16 of {here} overlaps {block} of" in mine.refused(ACT, {"vpc": here, "peer": there})


def test_a_route_that_is_there_already_is_refused_before_any_call(pair):
    mine, theirs = pair
    here, there = vpc(mine, "10.66.0.0/16"), vpc(theirs, "10.67.0.0/16")
    (table,) = mine.aws.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [here]}])["RouteTables"]
    gateway = mine.aws.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    mine.aws.attach_internet_gateway(InternetGatewayId=gateway, VpcId=here)
    mine.aws.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="10.67.0.0/16", GatewayId=gateway)
    mine.sync("ec2.route-table")
    assert f"has a route to 10.67.0.0/16 already, by {gateway}" in mine.refused(ACT, {"vpc": here, "peer": there})
    assert "with itself" in mine.refused(ACT, {"vpc": here, "peer": here})


def test_who_may_act_on_one_side_alone_may_not_peer(pair):
    mine, theirs = pair
    here, there = vpc(mine, "10.68.0.0/16"), vpc(theirs, "10.69.0.0/16")
    people = mine.people
    with pytest.raises(Denied):
        mine.do(ACT, {"vpc": here, "peer": there}, person=people.viewer)
    outside = mine.prepared(ACT, {"vpc": here, "peer": there}, person=people.outsider)
    assert outside.plan is None
