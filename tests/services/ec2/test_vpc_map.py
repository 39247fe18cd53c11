"""The map of a VPC: what is drawn, that nothing covers anything else, and the same in words."""

import pytest

from apps.catalog import registry
from apps.catalog.cards import Named
from apps.console import maps
from apps.console.cards import Link
from apps.services.ec2.vpc_map import draw
from tests.services.ec2.test_reach import LOCAL, OUT, VPC, Known
from tests.services.ec2.world import item

pytestmark = pytest.mark.pure


def subnet(n, zone, **more):
    tags = [{"Key": "Name", "Value": f"sub-{n}"}]
    return item("ec2.subnet", SubnetId=f"subnet-{n:017x}", AvailabilityZone=f"eu-west-1{zone}", Tags=tags, **more)


def table(n, routes, *subnets, main=False):
    named = [{"SubnetId": each.id, "RouteTableAssociationId": f"rtbassoc-{each.id}"} for each in subnets]
    return item("ec2.route-table", RouteTableId=f"rtb-{n}", Routes=routes, Associations=[*named, {"Main": main}])


def world(count=2):
    """A public and a private subnet in each zone, a NAT gateway in the first; one more subnet that names no table."""
    public = [subnet(n, zone) for n, zone in enumerate("abc"[:count], 1)]
    private = [subnet(n, zone) for n, zone in enumerate("abc"[:count], 11)]
    lost = subnet(99, "a")
    nat = item("ec2.nat-gateway", NatGatewayId="nat-1", SubnetId=public[0].id)
    dead = {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-gone", "State": "blackhole"}
    tables = [
        table("main", [LOCAL], main=True),
        table("out", [LOCAL, OUT], *public),
        table("nat", [LOCAL, {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, dead], *private),
    ]
    machines = [item("ec2.instance", InstanceId=f"i-{n}", SubnetId=private[0].id) for n in range(3)]
    gateway = item("ec2.internet-gateway")
    return Known(*public, *private, lost, nat, *tables, *machines, gateway)


VPC_ITEM = item("ec2.vpc")


def test_subnets_stand_in_their_zones_and_lead_to_the_tables_that_count():
    drawing = draw(VPC_ITEM, world())
    subnets, tables, ends = drawing.tiers
    assert [str(frame.label) for frame in subnets.frames] == ["eu-west-1a", "eu-west-1b"]
    first = subnets.frames[0].boxes
    assert [(str(box.label), box.tone) for box in first] == [("sub-1", "open"), ("sub-11", "shut"), ("sub-99", "shut")]
    assert "NAT gateway" in first[0].lines
    assert "3 instances" in first[1].lines
    assert {box.key for box in ends.boxes} == {"igw-0a1b2c3d4e5f60718", "nat-1", "pcx-gone"}
    lines = {(line.start, line.end): line for line in drawing.lines}
    assert (first[2].key, "rtb-main") in lines, "it names none, so the main one counts"
    assert (first[1].key, "rtb-nat") in lines
    assert lines["rtb-nat", "nat-1"].text == "0.0.0.0/0"
    assert lines["rtb-nat", "pcx-gone"].bad
    assert len(tables.boxes) == 3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_nothing_covers_anything_else(count):
    drawing = draw(VPC_ITEM, world(count))
    placed, frames, _labels, (wide, tall) = maps.lay_out(drawing, {})
    for n, one in enumerate(placed):
        assert 0 <= one.x <= wide - one.wide
        assert one.y + one.tall <= tall
        for other in placed[:n]:
            apart = one.x >= other.x + other.wide or other.x >= one.x + one.wide
            assert apart or one.y >= other.y + other.tall or other.y >= one.y + one.tall
    inner = {box.key for tier in drawing.tiers for frame in tier.frames for box in frame.boxes}
    for one in placed:
        if one.box.key in inner:
            assert any(
                f.x < one.x and one.x + one.wide < f.x + f.wide and one.y + one.tall < f.y + f.tall for f in frames
            )


def test_the_words_say_what_the_drawing_does():
    drawing = draw(VPC_ITEM, world())
    links = {Named("ec2.route-table", "rtb-nat"): Link("nat", "rtb-nat", "/ec2/route-tables/rtb-nat/")}
    placed, *_rest = maps.lay_out(drawing, links)
    said = maps.told(drawing, {one.box.key: one for one in placed})
    assert [tier["label"] for tier in said] == ["Subnets", "Route tables", "Ways out"]
    first = said[0]["groups"][0]["boxes"][0]
    assert first["facts"] == "Public, 10.20.1.0/24, 0 instances, NAT gateway"
    assert first["leads"] == [{"to": "rtb-out", "text": ""}]
    nat = next(box for box in said[1]["groups"][0]["boxes"] if box["label"] == "rtb-nat")
    assert nat["url"] == "/ec2/route-tables/rtb-nat/"
    assert {"to": "pcx-gone", "text": "10.9.0.0/16"} in nat["leads"]


def test_a_vpc_without_subnets_says_so():
    assert draw(VPC_ITEM, Known()).tiers == ()
    assert VPC_ITEM.id == VPC
    (found,) = registry.resource("ec2.vpc").maps
    assert "no subnets" in str(found.empty)
