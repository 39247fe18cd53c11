"""Further blocks of a VPC: what AWS would refuse is said before, one comes and goes, and a subnet keeps it there."""

from ipaddress import IPv4Network

import pytest

from apps.operations.prepare import Missing
from apps.services.ec2.vpc_ranges import misfit
from apps.tenancy.access import Denied
from tests.api.world import Api
from tests.services.ec2.stand import REGION, make_stand

ADD, REMOVE = "ec2.vpc.add-block", "ec2.vpc.remove-blocks"


@pytest.fixture(scope="module")
def stand(panel_env, moto):
    return make_stand(moto)


@pytest.fixture
def vpc(stand):
    made = stand.aws.create_vpc(CidrBlock="10.130.0.0/16")["Vpc"]["VpcId"]
    stand.sync("ec2.vpc", "ec2.route-table", "ec2.subnet")
    return made


def there(stand, vpc):
    found = stand.aws.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlockAssociationSet"]
    return {each["CidrBlock"] for each in found if each["CidrBlockState"]["State"] == "associated"}


def test_a_block_comes_takes_a_subnet_and_goes(stand, vpc):
    stand.done(ADD, {"block": "10.131.0.0/20"}, [vpc])
    assert there(stand, vpc) == {"10.130.0.0/16", "10.131.0.0/20"}
    made = stand.done("ec2.subnet.create", {"vpc": vpc, "block": "10.131.1.0/24"}).result["ids"][0]
    assert f"{made} (10.131.1.0/24) lies in 10.131.0.0/20" in stand.refused(
        REMOVE, {"blocks": ["10.131.0.0/20"]}, [vpc]
    )
    stand.done("ec2.subnet.delete", {}, [made])
    stand.done(REMOVE, {"blocks": ["10.131.0.0/20"]}, [vpc])
    assert there(stand, vpc) == {"10.130.0.0/16"}
    refused = stand.prepared(REMOVE, {"blocks": ["10.131.0.0/20"]}, [vpc])
    assert refused.plan is None


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("10.130.128.0/20", "10.130.128.0/20 overlaps 10.130.0.0/16"),
        ("10.131.0.0/15", "the block is 10.130.0.0/15"),
        ("10.132.0.0/14", "/16 to /28, not /14"),
        ("192.168.0.0/20", "192.168.0.0/20 can't stand beside 10.130.0.0/16"),
        ("198.19.4.0/24", "198.19.0.0/16 joins no other range"),
        ("127.0.0.0/16", "127.0.0.0/16 is of 127.0.0.0/8, which no VPC may have"),
        ("224.0.0.0/16", "which no VPC may have"),
        ("fd00::/56", "not IPv4"),
    ],
)
def test_what_aws_would_refuse_is_said(stand, vpc, block, said):
    assert said in stand.refused(ADD, {"block": block}, [vpc])


@pytest.mark.parametrize(
    ("block", "there", "fits"),
    [
        ("100.64.0.0/16", ["10.0.0.0/16"], True),
        ("10.1.0.0/16", ["10.0.0.0/16", "100.64.0.0/16"], True),
        ("10.0.1.0/24", ["10.0.0.0/24"], False),
        ("10.0.1.0/24", ["10.1.0.0/16"], False),
        ("10.0.1.0/24", ["10.7.0.0/16", "10.1.0.0/16"], False),
        ("10.0.1.0/24", ["10.2.0.0/16"], True),
        ("172.20.0.0/16", ["10.0.0.0/16"], False),
        ("192.168.0.0/16", ["10.0.0.0/16"], False),
        ("198.19.1.0/24", ["10.0.0.0/16"], False),
        ("52.0.0.0/16", ["10.0.0.0/16"], True),
        ("172.20.0.0/16", ["172.16.0.0/16"], True),
        ("172.31.0.0/20", ["172.16.0.0/16"], False),
        ("172.31.16.0/20", ["172.31.0.0/20"], False),
        ("172.16.0.0/16", ["172.31.0.0/16"], True),
        ("10.5.0.0/16", ["172.16.0.0/16"], False),
        ("192.168.4.0/24", ["192.168.0.0/24"], True),
        ("10.5.0.0/16", ["192.168.0.0/24"], False),
        ("10.1.0.0/16", ["100.64.0.0/16"], False),
        ("172.31.0.0/16", ["52.0.0.0/16"], False),
        ("198.19.1.0/24", ["100.64.0.0/16"], False),
        ("100.65.0.0/16", ["52.0.0.0/16"], True),
        ("198.19.1.0/24", ["198.19.0.0/24"], True),
        ("52.0.0.0/16", ["198.19.0.0/24"], True),
        ("100.64.0.0/16", ["198.19.0.0/24"], True),
        ("10.5.0.0/16", ["198.19.0.0/24"], False),
    ],
)
def test_the_range_of_the_first_says_which_may_join(block, there, fits):
    assert (misfit(IPv4Network(block), [IPv4Network(one) for one in there]) == "") == fits


def test_a_route_to_as_small_a_block_is_in_the_way(stand, vpc):
    wanted = [{"Name": "vpc-id", "Values": [vpc]}]
    table = stand.aws.describe_route_tables(Filters=wanted)["RouteTables"][0]["RouteTableId"]
    gateway = stand.done("ec2.internet-gateway.create", {"vpc": vpc}).result["ids"][0]
    row = {"destination": "10.131.4.0/24", "target": gateway}
    stand.done("ec2.route-table.edit-routes", {"routes": [row]}, [table])
    said = f"{table} has a route to 10.131.4.0/24, which is no larger than 10.131.0.0/16"
    assert said in stand.refused(ADD, {"block": "10.131.0.0/16"}, [vpc])
    assert stand.prepared(ADD, {"block": "10.131.4.0/28"}, [vpc]).plan


def test_a_peering_is_in_the_way_as_long_as_it_is_asked_for_and_where_blocks_overlap(stand, vpc):
    other = stand.aws.create_vpc(CidrBlock="10.134.0.0/16")["Vpc"]["VpcId"]
    asked = stand.aws.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
    peering = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    stand.sync("ec2.vpc", "ec2.route-table", "ec2.peering-connection")
    said = stand.refused(ADD, {"block": "10.133.0.0/16"}, [vpc])
    assert f"has asked for the peering {peering} and gets no block" in said
    fails = f"The peering request {peering} fails: 10.130.0.0/20 overlaps a block of the VPC that asks."
    assert fails in stand.prepared(ADD, {"block": "10.130.0.0/20"}, [other]).plan.risks
    assert stand.prepared(ADD, {"block": "10.133.0.0/16"}, [other]).plan.risks == ()
    stand.aws.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    stand.sync("ec2.peering-connection")
    said = stand.refused(ADD, {"block": "10.134.0.0/20"}, [vpc])
    assert f"10.134.0.0/20 overlaps 10.134.0.0/16, a block of the VPC on the other side of {peering}" in said
    assert stand.prepared(ADD, {"block": "10.133.0.0/16"}, [vpc]).plan


def test_rest_a_lesser_teammate_and_an_outsider(stand, vpc):
    path = f"/ec2/vpcs/{vpc}/add-block/?account={stand.account.id}&region={REGION}"
    outline = Api(stand.people.operator).post(f"{path}&plan=1", {"block": "10.132.0.0/16"})
    assert [step["call"] for step in outline.json()["plan"]["steps"]] == ["ec2.associate_vpc_cidr_block"]
    wrong = Api(stand.people.operator).post(path, {"block": "10.130.0.0/16"})
    assert wrong.status_code == 422
    assert "overlaps" in wrong.json()["errors"]["block"][0]
    assert Api(stand.people.viewer).post(path, {"block": "10.132.0.0/16"}).json()["permission"] == ADD
    assert Api(stand.people.outsider).post(path, {"block": "10.132.0.0/16"}).status_code == 404
    with pytest.raises(Denied):
        stand.do(ADD, {"block": "10.132.0.0/16"}, [vpc], stand.people.viewer)
    with pytest.raises(Missing):
        stand.prepared(ADD, {"block": "10.132.0.0/16"}, [vpc], stand.people.outsider)
