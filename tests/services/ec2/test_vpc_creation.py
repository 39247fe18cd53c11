"""The VPC wizard: its plan, what it refuses, and the whole of it against moto, there and back."""

from ipaddress import IPv6Network
from itertools import islice

import pytest

from apps.catalog import forms, registry
from apps.catalog.checks import ExampleScope
from apps.catalog.plans import compile_create
from apps.operations import preview
from apps.tenancy.context import tenant_tx
from tests.services.ec2.stand import make_stand
from tests.services.ec2.world import item

ACT = "ec2.vpc.create"
LEAST = {"name": "shop", "block": "10.30.0.0/16"}


def bound(**values):
    return forms.bind(registry.action(ACT).form, LEAST | values, scope=ExampleScope())


def plan(**values):
    form = bound(**values)
    assert form.is_valid(), forms.json_errors(form)
    return compile_create(registry.action(ACT), ExampleScope(), form.cleaned_data)


def calls(found):
    return [step["call"].partition(".")[2] for step in found.steps]


@pytest.mark.parametrize(
    ("values", "subnets", "nats", "tables"),
    [
        ({}, 4, 0, 2),
        ({"count": "1", "private": False}, 1, 0, 1),
        ({"count": "3", "nat": "one"}, 6, 1, 2),
        ({"count": "3", "nat": "zone"}, 6, 3, 4),
        ({"public": False, "private": False}, 0, 0, 0),
        ({"public": False}, 2, 0, 1),
    ],
)
def test_what_is_chosen_is_what_is_made(values, subnets, nats, tables):
    made = calls(plan(**values))
    assert made.count("create_subnet") == made.count("associate_route_table") == subnets
    assert made.count("create_nat_gateway") == made.count("allocate_address") == nats
    assert made.count("create_route_table") == tables
    assert made.count("create_internet_gateway") == int(values.get("public", True))


@pytest.mark.parametrize(
    ("values", "shares", "gateways", "routes", "assigns"),
    [
        ({}, 4, 1, 2, 2),
        ({"count": "3", "nat": "zone"}, 6, 1, 4, 3),
        ({"private": False}, 2, 0, 1, 2),
        ({"public": False}, 2, 1, 1, 0),
        ({"egress": False, "assign_six": False}, 4, 0, 1, 0),
        ({"public": False, "private": False}, 0, 0, 0, 0),
    ],
)
def test_with_an_ipv6_block_each_subnet_has_its_share_and_a_way_out(values, shares, gateways, routes, assigns):
    found = plan(six="amazon", **values)
    made, params = calls(found), [step["params"] for step in found.steps]
    assert params[0]["AmazonProvidedIpv6CidrBlock"] is True
    assert [each["Ipv6CidrBlock"]["share"]["n"] for each in params if "Ipv6CidrBlock" in each] == list(range(shares))
    assert made.count("create_egress_only_internet_gateway") == gateways
    assert sum(each.get("DestinationIpv6CidrBlock") == "::/0" for each in params) == routes
    assert sum("AssignIpv6AddressOnCreation" in each for each in params) == assigns


def test_without_an_ipv6_block_nothing_is_said_of_it():
    assert "pv6" not in str([step["params"] for step in plan(assign_six=True, egress=True).steps])


@pytest.mark.parametrize("six", ["none", "amazon"])
def test_every_step_is_taken_back_or_goes_with_what_is(six):
    for step in plan(nat="zone", count="3", six=six).steps:
        assert step["undo"] or step["covered"], step["call"]
        assert step["repeat"] != "never", step["call"]


def test_blocks_are_computed_around_those_that_were_given():
    found = [step["params"] for step in plan(public_blocks="10.30.16.0/20, 10.30.0.0/20").steps]
    blocks = [each["CidrBlock"] for each in found if "AvailabilityZone" in each]
    assert blocks == ["10.30.16.0/20", "10.30.0.0/20", "10.30.32.0/20", "10.30.48.0/20"]
    small = [step["params"].get("CidrBlock") for step in plan(block="10.30.0.0/26").steps]
    assert [each for each in small if each][1:] == [f"10.30.0.{n}/28" for n in (0, 16, 32, 48)]


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"block": "10.0.0.0/15"}, "block", "/16 to /28, not /15"),
        ({"block": "10.30.1.0/16"}, "block", "the block is 10.30.0.0/16"),
        ({"block": "fd00::/56"}, "block", "not IPv4"),
        ({"block": "169.254.0.0/20"}, "block", "169.254.0.0/20 is of 169.254.0.0/16, which no VPC may have"),
        ({"block": "10.30.0.0/28"}, "block", "no room for 4 subnets"),
        ({"nat": "one", "private": False}, "nat", "choose both"),
        ({"nat": "one", "public": False, "private": False}, "nat", "needs a public and a private subnet"),
        ({"zones": "eu-west-1a"}, "zones", "These are 1 zones; 2 are chosen"),
        ({"zones": "eu-west-1a us-east-1a"}, "zones", "us-east-1a is no Availability Zone of eu-west-1"),
        ({"zones": "eu-west-1a eu-west-1a"}, "zones", "stands twice"),
        ({"public_blocks": "10.31.0.0/20 10.30.0.0/20"}, "public_blocks", "10.31.0.0/20 is not within"),
        ({"public_blocks": "10.30.0.0/20"}, "public_blocks", "These are 1 blocks for 2 zones"),
        ({"private_blocks": "10.30.0.0/20 10.30.8.0/21"}, "private_blocks", "10.30.8.0/21 overlaps 10.30.0.0/20"),
        ({"public_blocks": "10.30.0.0/29 10.30.1.0/24"}, "public_blocks", "not /29"),
        ({"tags": [{"key": "Name", "value": "x"}]}, "tags", "leave out the tag Name"),
        ({"count": "4"}, "count", "4"),
        ({"six": "pool"}, "six", "pool"),
    ],
)
def test_what_aws_would_refuse_is_said_beside_its_field(values, field, said):
    assert said in " ".join(forms.json_errors(bound(**values))[field])


@pytest.fixture(scope="module")
def stand(panel_env, proxy):
    found = make_stand(proxy.url)
    found.sync()
    return found


def test_the_block_that_is_proposed_is_free(stand):
    stand.aws.create_vpc(CidrBlock="10.0.0.0/16")
    stand.sync("ec2.vpc")
    with tenant_tx(stand.people.tenant_id):
        assert registry.action(ACT).initial(stand.scope)["block"] == "10.1.0.0/16"


def test_all_of_it_is_there_and_private_subnets_go_out_by_their_own_zone(stand, proxy):
    proxy.reset()
    made = stand.done(ACT, {"name": "whole", "block": "10.40.0.0/16", "nat": "zone"}).result["ids"][0]
    inside = [{"Name": "vpc-id", "Values": [made]}]
    subnets = {
        next(tag["Value"] for tag in each["Tags"] if tag["Key"] == "Name"): each
        for each in stand.aws.describe_subnets(Filters=inside)["Subnets"]
    }
    assert {name: each["MapPublicIpOnLaunch"] for name, each in subnets.items()} == {
        "whole-public-eu-west-1a": True,
        "whole-public-eu-west-1b": True,
        "whole-private-eu-west-1a": False,
        "whole-private-eu-west-1b": False,
    }
    ways = {}
    for table in stand.aws.describe_route_tables(Filters=inside)["RouteTables"]:
        default = next((each for each in table["Routes"] if each["DestinationCidrBlock"] == "0.0.0.0/0"), {})
        for each in table["Associations"]:
            ways[each.get("SubnetId")] = default.get("NatGatewayId") or default.get("GatewayId")
    nats = {each["SubnetId"]: each["NatGatewayId"] for each in stand.aws.describe_nat_gateways()["NatGateways"]}
    for zone in "ab":
        public, private = (subnets[f"whole-{sort}-eu-west-1{zone}"]["SubnetId"] for sort in ("public", "private"))
        assert ways[public].startswith("igw-")
        assert ways[private] == nats[public]
    # The panel knows it without reading everything anew.
    assert stand.item("ec2.nat-gateway", nats[subnets["whole-public-eu-west-1a"]["SubnetId"]]).state == "available"


@pytest.fixture(scope="module")
def six(panel_env, demo_ec2):
    """In the demo's cloud, where an IPv6 block comes a while after its VPC."""
    found = make_stand(demo_ec2)
    found.sync()
    return found


def test_the_whole_of_it_speaks_ipv6_and_goes_again(six):
    values = {"name": "six", "block": "10.43.0.0/16", "six": "amazon"}
    done = six.done(ACT, values)
    (made,), inside = done.result["ids"], [{"Name": "vpc-id", "Values": done.result["ids"]}]
    assert done.journal[0].output["Vpc"]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] == "", "it was waited for"
    whole = IPv6Network(six.item("ec2.vpc", made).attrs["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"])
    shares = [str(one) for one in islice(whole.subnets(new_prefix=64), 4)]
    subnets = six.aws.describe_subnets(Filters=inside)["Subnets"]
    assert {
        (one["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"], one["AssignIpv6AddressOnCreation"]) for one in subnets
    } == set(zip(shares, (True, True, False, False), strict=True))
    out = [
        route.get("GatewayId") or route["EgressOnlyInternetGatewayId"]
        for table in six.aws.describe_route_tables(Filters=inside)["RouteTables"]
        for route in table["Routes"]
        if route.get("DestinationIpv6CidrBlock") == "::/0"
    ]
    egress = next(id for id in out if id.startswith("eigw-"))
    assert [id.partition("-")[0] for id in sorted(out)] == ["eigw", "igw"]
    assert six.item("ec2.egress-only-internet-gateway", egress).attrs["Attachments"][0]["VpcId"] == made
    more = {"vpc": made, "six": "next", "assign_six": True, "name": "fifth"}
    fifth = six.done("ec2.subnet.create", more).result["ids"][0]
    found = six.item("ec2.subnet", fifth).attrs
    assert found["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] == str(
        list(islice(whole.subnets(new_prefix=64), 5))[4]
    )
    assert found["AssignIpv6AddressOnCreation"] is True
    six.sync()
    six.done("ec2.vpc.delete", {}, [made])
    left = [one["Attachments"][0]["VpcId"] for one in describe_egress(six)]
    assert made not in left


def test_what_stands_in_its_public_subnets_is_reached_by_ipv6_and_in_private_ones_is_not(six):
    done = six.done(ACT, {"name": "met", "block": "10.45.0.0/16", "six": "amazon", "count": "1"})
    (made,), ec2 = done.result["ids"], six.aws
    inside = [{"Name": "vpc-id", "Values": [made]}]
    (group,) = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["al2023*"]}])["Images"][0]["ImageId"]
    subnets = sorted(ec2.describe_subnets(Filters=inside)["Subnets"], key=lambda one: one["CidrBlock"])
    wanted = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "SecurityGroupIds": [group["GroupId"]]}
    ids = [ec2.run_instances(SubnetId=one["SubnetId"], **wanted) for one in subnets]
    public, private = (one["Instances"][0]["InstanceId"] for one in ids)
    ec2.get_waiter("instance_running").wait(InstanceIds=[public, private], WaiterConfig={"Delay": 0.2})
    six.sync()
    question = next(one for one in registry.resource("ec2.instance").questions if one.sheet.id == "reach")
    said = {}
    for id in (public, private):
        form = forms.bind(question.form, {"source": "::/0"})
        assert form.is_valid()
        with tenant_tx(six.people.tenant_id):
            said[id] = question.answer(six.scope.get("ec2.instance", id), six.scope, form.cleaned_data)
    assert said[public].text == "Yes: TCP 443 from anywhere reaches it."
    missing = [each.text for each in said[private].findings if each.tone == "bad"]
    out = "Its subnet's route table leads to an egress-only internet gateway: out, and not in."
    assert missing == ["It has no IPv6 address.", out]


def describe_egress(stand):
    return stand.aws.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"]


@pytest.mark.parametrize(
    ("block6", "said"),
    [
        ("", "is no CIDR block"),
        ("10.0.0.0/24", "is not IPv6"),
        ("2001:db8::/62", "/44 to /64 in steps of 4, not /62"),
        ("2001:db8::/72", "not /72"),
        ("2001:db8::1/64", "the block is 2001:db8::/64"),
        ("2001:db9::/64", "2001:db9::/64 is not within the VPC's IPv6 block, 2001:db8::/56"),
        ("2001:db8:0:3::/64", "2001:db8:0:3::/64 overlaps the block 2001:db8:0:3::/64 of another subnet"),
        ("2001:db8::/60", "2001:db8::/60 overlaps the block 2001:db8:0:3::/64"),
        ("2001:db8:0:4::/64", None),
        ("2001:db8:0:10::/60", None),
    ],
)
def test_a_subnets_ipv6_block_is_held_to_awss_limits(block6, said):
    held = {"six": "typed", "block6": block6, "block": "10.20.16.0/20"}
    form = forms.bind(registry.action("ec2.subnet.create").form, held | {"vpc": "vpc-1"}, scope=Six())
    if said is None:
        assert form.is_valid(), forms.json_errors(form)
        assert form.cleaned_data["block6"] == block6
    else:
        assert said in " ".join(forms.json_errors(form)["block6"])


def test_the_next_ipv6_block_is_the_first_that_is_free_and_there_may_be_none():
    values = {"six": "next", "block": "10.20.16.0/20", "vpc": "vpc-1"}
    form = forms.bind(registry.action("ec2.subnet.create").form, values, scope=Six())
    assert form.is_valid()
    assert form.cleaned_data["block6"] == "2001:db8::/64"
    full = forms.bind(registry.action("ec2.subnet.create").form, values, scope=Six("2001:db8:0:3::/64"))
    assert "2001:db8:0:3::/64, has no free /64" in " ".join(forms.json_errors(full)["six"])
    without = forms.bind(registry.action("ec2.subnet.create").form, values, scope=ExampleScope())
    assert "has no IPv6 block" in " ".join(forms.json_errors(without)["six"])


class Six(ExampleScope):
    """Knows a VPC with an IPv6 block, and a subnet with one."""

    def __init__(self, whole="2001:db8::/56"):
        def joined(block):
            return [{"Ipv6CidrBlock": block, "Ipv6CidrBlockState": {"State": "associated"}}]

        self.held = {
            "ec2.vpc": {"VpcId": "vpc-1", "Ipv6CidrBlockAssociationSet": joined(whole)},
            "ec2.subnet": {"VpcId": "vpc-1", "Ipv6CidrBlockAssociationSet": joined("2001:db8:0:3::/64")},
        }

    def get(self, kind, id):
        return item(kind, **self.held[kind])

    def find(self, kind, **equals):
        return [item(kind, **self.held[kind])] if kind in self.held else []


def test_a_failure_near_the_end_leaves_nothing(stand, proxy):
    proxy.reset()
    proxy.rule("CreateNatGateway", times=99, status=400, code="NatGatewayLimitExceeded")
    found = stand.do(ACT, {"name": "broken", "block": "10.41.0.0/16", "nat": "one"})
    proxy.reset()
    assert found.state == "failed", [(row.call, row.state, row.error) for row in found.journal]
    assert stand.aws.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.41.0.0/16"]}])["Vpcs"] == []
    left = [{"Name": "tag:northgate:operation", "Values": [str(found.id)]}]
    assert stand.aws.describe_internet_gateways(Filters=left)["InternetGateways"] == []
    assert stand.aws.describe_addresses(Filters=left)["Addresses"] == []


def test_a_failure_after_the_ipv6_block_leaves_nothing(stand, proxy):
    proxy.reset()
    proxy.rule("CreateSubnet", times=99, status=400, code="SubnetLimitExceeded")
    before = describe_egress(stand)
    found = stand.do(ACT, {"name": "broken", "block": "10.44.0.0/16", "six": "amazon"})
    proxy.reset()
    assert found.state == "failed", [(row.call, row.state, row.error) for row in found.journal]
    assert [row.state for row in found.journal if row.call == "ec2.create_egress_only_internet_gateway"] == ["undone"]
    assert stand.aws.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.44.0.0/16"]}])["Vpcs"] == []
    assert describe_egress(stand) == before


def test_nat_gateways_are_priced_before_they_are_made(stand):
    prepared = stand.prepared(ACT, {"name": "dear", "block": "10.42.0.0/16", "nat": "zone", "count": "3"})
    with tenant_tx(stand.people.tenant_id):
        costs = {str(part.label): part.amount for part in preview.outline(stand.people.owner.actor, prepared).cost}
    assert float(costs["NAT gateways, without the data they process"]) == pytest.approx(3 * 730 * 0.048)
    with tenant_tx(stand.people.tenant_id):
        viewer = preview.outline(stand.people.viewer.actor, prepared)
    assert ACT in " ".join(str(check) for check in viewer.checks)
