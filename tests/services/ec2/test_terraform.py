"""Networks in Terraform, to the letter: what an engineer would check in, with references in place of ids."""

from dataclasses import replace

import pytest

from apps.catalog import code, registry
from apps.catalog.examples import ExampleScope, example_item, example_plan
from apps.catalog.items import Item
from apps.catalog.plans import compile_create
from apps.services.ec2.network_code import route

pytestmark = pytest.mark.pure


def resources(plan, profile=lambda account: "prod"):
    """The text's blocks and comments, without the first lines of each provider."""
    text = next(one.text for one in code.render(plan, profile) if one.id == "terraform")
    return [part for part in text.removesuffix("\n").split("\n\n") if not part.startswith("provider")]


def declared(act, **more):
    """The blocks of a wizard's example, without their provider and tags."""
    action = registry.action(act)
    plan = example_plan(replace(action, example={**action.example, **more}))
    return plan, "\n\n".join(resources(plan)).replace("  provider = aws.prod_eu_west_1\n\n", "")


def test_a_vpc_with_its_subnets_and_ways_out():
    _plan, text = declared("ec2.vpc.create", count="1", nat="one")
    assert (
        text
        == """\
resource "aws_vpc" "shop" {
  cidr_block           = "10.30.0.0/16"
  enable_dns_hostnames = true

  tags = {
    "Name" = "shop"
  }
}

resource "aws_internet_gateway" "shop_internet" {
  tags = {
    "Name" = "shop-internet"
  }
}

resource "aws_internet_gateway_attachment" "s4" {
  internet_gateway_id = aws_internet_gateway.shop_internet.id
  vpc_id              = aws_vpc.shop.id
}

resource "aws_route_table" "shop_public" {
  vpc_id = aws_vpc.shop.id

  tags = {
    "Name" = "shop-public"
  }
}

resource "aws_route" "s6" {
  route_table_id         = aws_route_table.shop_public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.shop_internet.id

  depends_on = [aws_internet_gateway_attachment.s4]
}

resource "aws_route_table" "shop_private" {
  vpc_id = aws_vpc.shop.id

  tags = {
    "Name" = "shop-private"
  }
}

resource "aws_subnet" "shop_public_eu_west_1a" {
  vpc_id                  = aws_vpc.shop.id
  cidr_block              = "10.30.0.0/20"
  availability_zone       = "eu-west-1a"
  map_public_ip_on_launch = true

  tags = {
    "Name" = "shop-public-eu-west-1a"
  }
}

resource "aws_route_table_association" "s10" {
  subnet_id      = aws_subnet.shop_public_eu_west_1a.id
  route_table_id = aws_route_table.shop_public.id
}

resource "aws_subnet" "shop_private_eu_west_1a" {
  vpc_id            = aws_vpc.shop.id
  cidr_block        = "10.30.16.0/20"
  availability_zone = "eu-west-1a"

  tags = {
    "Name" = "shop-private-eu-west-1a"
  }
}

resource "aws_route_table_association" "s12" {
  subnet_id      = aws_subnet.shop_private_eu_west_1a.id
  route_table_id = aws_route_table.shop_private.id
}

resource "aws_eip" "shop_nat_eu_west_1a" {
  domain = "vpc"

  tags = {
    "Name" = "shop-nat-eu-west-1a"
  }
}

resource "aws_nat_gateway" "shop_nat_eu_west_1a" {
  subnet_id     = aws_subnet.shop_public_eu_west_1a.id
  allocation_id = aws_eip.shop_nat_eu_west_1a.id

  tags = {
    "Name" = "shop-nat-eu-west-1a"
  }

  depends_on = [aws_internet_gateway_attachment.s4]
}

resource "aws_route" "s15" {
  route_table_id         = aws_route_table.shop_private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.shop_nat_eu_west_1a.id
}"""
    )


def test_a_vpc_with_an_ipv6_block_shares_it_out():
    plan, text = declared("ec2.vpc.create", count="1", nat="none", six="amazon")
    assert "assign_generated_ipv6_cidr_block = true" in text
    for n in (0, 1):
        assert f"= cidrsubnet(aws_vpc.shop.ipv6_cidr_block, 8, {n})" in text
    assert text.count("assign_ipv6_address_on_creation = true") == 1
    assert (
        """\
resource "aws_egress_only_internet_gateway" "shop_egress" {
  vpc_id = aws_vpc.shop.id
"""
        in text
    )
    assert "egress_only_gateway_id      = aws_egress_only_internet_gateway.shop_egress.id" in text
    assert "Not said" not in text
    assert len(plan.steps) == text.count("resource ") + 4, "the reading, and three attributes"


def test_a_peering_over_two_accounts_has_two_providers():
    scope, table = ExampleScope(), example_item(registry.resource("ec2.route-table"))
    other = Item("ec2.vpc", "vpc-0c", account="b", region="us-east-1", attrs={"OwnerId": "222222222222"})
    sides = [
        (replace(table, id="rtb-0a"), ["10.62.0.0/16"]),
        (replace(table, id="rtb-0b", account="b", region="us-east-1"), ["10.61.0.0/16"]),
    ]
    values = {"name": "joined", "vpc": "vpc-0a", "peer": "vpc-0c", "other": other, "sides": sides, "tags": []}
    plan = compile_create(registry.action("ec2.peering-connection.create"), scope, values)
    text = next(
        one.text for one in code.render(plan, lambda account: "guest" if account == "b" else "own") if one.lang == "hcl"
    )
    assert (
        text
        == """\
provider "aws" {
  alias   = "own_eu_west_1"
  profile = "own"
  region  = "eu-west-1"
}

provider "aws" {
  alias   = "guest_us_east_1"
  profile = "guest"
  region  = "us-east-1"
}

resource "aws_vpc_peering_connection" "joined" {
  provider = aws.own_eu_west_1

  vpc_id        = "vpc-0a"
  peer_vpc_id   = "vpc-0c"
  peer_owner_id = "222222222222"
  peer_region   = "us-east-1"

  tags = {
    "Name" = "joined"
  }
}

resource "aws_vpc_peering_connection_accepter" "s2" {
  provider = aws.guest_us_east_1

  vpc_peering_connection_id = aws_vpc_peering_connection.joined.id
  auto_accept               = true
}

resource "aws_route" "s3" {
  provider = aws.own_eu_west_1

  route_table_id            = "rtb-0a"
  destination_cidr_block    = "10.62.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.joined.id
}

resource "aws_route" "s4" {
  provider = aws.guest_us_east_1

  route_table_id            = "rtb-0b"
  destination_cidr_block    = "10.61.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.joined.id
}
"""
    )


def test_an_edit_of_an_acl_says_the_new_rules_and_which_to_remove():
    _plan, text = declared("ec2.network-acl.edit-inbound")
    assert (
        text
        == """\
resource "aws_network_acl_rule" "s1" {
  network_acl_id = "acl-0a1b2c3d4e5f60718"
  rule_number    = 90
  egress         = false
  protocol       = "6"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 443
  to_port        = 443
}

# Remove from your configuration this aws_network_acl_rule:
#
#   network_acl_id = "acl-0a1b2c3d4e5f60718"
#   rule_number    = 100
#   egress         = false"""
    )


def test_a_subnet_on_its_own_names_what_there_is_by_its_id():
    _plan, text = declared("ec2.subnet.create", public=True, table="rtb-0a1b2c3d4e5f60718")
    assert "  map_public_ip_on_launch = true\n" in text
    assert 'subnet_id      = aws_subnet.web_a.id\n  route_table_id = "rtb-0a1b2c3d4e5f60718"\n' in text


def test_a_route_to_an_instance_has_no_argument():
    to = {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.0.0.0/8"}
    assert route({**to, "InstanceId": "i-1"}) is None
    assert route({**to, "EgressOnlyInternetGatewayId": "eigw-1"}) == {
        "route_table_id": "rtb-1",
        "destination_cidr_block": "10.0.0.0/8",
        "egress_only_gateway_id": "eigw-1",
    }


def test_a_group_keeps_the_way_out_that_terraform_would_take():
    _plan, text = declared("ec2.security-group.create")
    assert (
        """\
resource "aws_vpc_security_group_egress_rule" "s1" {
  security_group_id = aws_security_group.api.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}"""
        in text
    )
    assert "security_group_id = aws_security_group.api.id\n  description       = " in text


def test_a_change_of_an_instance_is_told_once_for_all_its_calls():
    _plan, text = declared("ec2.instance.edit-protection")
    assert (
        text
        == """\
# In your aws_instance for i-0b1f4c2e9d7a63f10:
#
#   disable_api_termination = true
#   disable_api_stop        = true"""
    )
