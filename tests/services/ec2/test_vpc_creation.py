"""The VPC wizard: its plan, what it refuses, and the whole of it against moto, there and back."""

import pytest

from apps.catalog import forms, registry
from apps.catalog.checks import ExampleScope
from apps.catalog.plans import compile_create
from apps.operations import preview
from apps.tenancy.context import tenant_tx
from tests.services.ec2.stand import make_stand

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


def test_every_step_is_taken_back_or_goes_with_what_is():
    for step in plan(nat="zone", count="3").steps:
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


def test_nat_gateways_are_priced_before_they_are_made(stand):
    prepared = stand.prepared(ACT, {"name": "dear", "block": "10.42.0.0/16", "nat": "zone", "count": "3"})
    with tenant_tx(stand.people.tenant_id):
        costs = {str(part.label): part.amount for part in preview.outline(stand.people.owner.actor, prepared).cost}
    assert float(costs["NAT gateways, without the data they process"]) == pytest.approx(3 * 730 * 0.048)
    with tenant_tx(stand.people.tenant_id):
        viewer = preview.outline(stand.people.viewer.actor, prepared)
    assert ACT in " ".join(str(check) for check in viewer.checks)
