"""How VPCs and what lies in them are said in Terraform."""

from collections.abc import Mapping
from typing import Any

from apps.catalog.resources import snake
from apps.services.ec2 import ec2
from apps.services.ec2.tags import told_tags

Params = Mapping[str, Any]

# Before it a gateway lets nothing through: AWS refuses what would lead out by it.
ATTACHED = "aws_internet_gateway_attachment"

# Where a route may lead, where Terraform's name isn't AWS's. It has none for an instance.
_ROUTE = {"EgressOnlyInternetGatewayId": "egress_only_gateway_id"}


def said(params: Params, *names: str) -> dict[str, Any]:
    """Parameters under Terraform's names, which mostly are AWS's; an attribute's new value is what it holds."""
    found = {name: params.get(name) for name in names}
    return {snake(name): each.get("Value", each) if isinstance(each, Mapping) else each for name, each in found.items()}


@ec2.as_terraform("ec2.create_vpc", "aws_vpc", answers={"Ipv6CidrBlock": "ipv6_cidr_block"})
def vpc(params: Params) -> dict[str, Any]:
    six = {"assign_generated_ipv6_cidr_block": params.get("AmazonProvidedIpv6CidrBlock")}
    return said(params, "CidrBlock", "InstanceTenancy") | six | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.modify_vpc_attribute", "aws_vpc", part="VpcId")
def vpc_attribute(params: Params) -> dict[str, Any]:
    return said(params, "EnableDnsHostnames", "EnableDnsSupport")


@ec2.as_terraform("ec2.associate_vpc_cidr_block", "aws_vpc_ipv4_cidr_block_association")
def block(params: Params) -> dict[str, Any] | None:
    return said(params, "VpcId", "CidrBlock") if params.get("CidrBlock") else None


@ec2.as_terraform("ec2.create_subnet", "aws_subnet")
def subnet(params: Params) -> dict[str, Any]:
    return said(params, "VpcId", "CidrBlock", "Ipv6CidrBlock", "AvailabilityZone") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.modify_subnet_attribute", "aws_subnet", part="SubnetId")
def subnet_attribute(params: Params) -> dict[str, Any]:
    return said(params, "MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation")


@ec2.as_terraform("ec2.create_internet_gateway", "aws_internet_gateway")
def internet_gateway(params: Params) -> dict[str, Any]:
    return {"tags": told_tags(params)}


@ec2.as_terraform("ec2.create_egress_only_internet_gateway", "aws_egress_only_internet_gateway")
def egress_gateway(params: Params) -> dict[str, Any]:
    return said(params, "VpcId") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.attach_internet_gateway", ATTACHED)
def internet_gateway_attachment(params: Params) -> dict[str, Any]:
    return said(params, "InternetGatewayId", "VpcId")


@ec2.as_terraform("ec2.create_nat_gateway", "aws_nat_gateway", after={"allocation_id": ATTACHED})
def nat_gateway(params: Params) -> dict[str, Any]:
    return said(params, "SubnetId", "AllocationId", "ConnectivityType") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.create_route_table", "aws_route_table")
def route_table(params: Params) -> dict[str, Any]:
    return said(params, "VpcId") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.associate_route_table", "aws_route_table_association")
def route_table_association(params: Params) -> dict[str, Any]:
    return said(params, "SubnetId", "GatewayId", "RouteTableId")


@ec2.as_terraform("ec2.replace_route_table_association", "aws_route_table_association", part="AssociationId")
def other_route_table(params: Params) -> dict[str, Any]:
    return said(params, "RouteTableId")


@ec2.as_terraform("ec2.create_route", "aws_route", after={"gateway_id": ATTACHED})
@ec2.as_terraform("ec2.replace_route", "aws_route", part="RouteTableId")
@ec2.as_terraform("ec2.delete_route", "aws_route", gone=True)
def route(params: Params) -> dict[str, Any] | None:
    if params.get("InstanceId"):
        return None
    return {_ROUTE.get(name, snake(name)): each for name, each in params.items()}


@ec2.as_terraform("ec2.create_network_acl", "aws_network_acl")
def network_acl(params: Params) -> dict[str, Any]:
    return said(params, "VpcId") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.create_network_acl_entry", "aws_network_acl_rule")
@ec2.as_terraform("ec2.replace_network_acl_entry", "aws_network_acl_rule", part="NetworkAclId")
@ec2.as_terraform("ec2.delete_network_acl_entry", "aws_network_acl_rule", gone=True)
def network_acl_rule(params: Params) -> dict[str, Any]:
    ports, icmp = params.get("PortRange") or {}, params.get("IcmpTypeCode") or {}
    return {
        **said(params, "NetworkAclId", "RuleNumber", "Egress", "Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock"),
        "from_port": ports.get("From"),
        "to_port": ports.get("To"),
        "icmp_type": icmp.get("Type"),
        "icmp_code": icmp.get("Code"),
    }


@ec2.as_terraform("ec2.replace_network_acl_association", "aws_network_acl_association", part="AssociationId")
def other_network_acl(params: Params) -> dict[str, Any]:
    return said(params, "NetworkAclId")


@ec2.as_terraform("ec2.create_vpc_peering_connection", "aws_vpc_peering_connection")
def peering_connection(params: Params) -> dict[str, Any]:
    return said(params, "VpcId", "PeerVpcId", "PeerOwnerId", "PeerRegion") | {"tags": told_tags(params)}


@ec2.as_terraform("ec2.accept_vpc_peering_connection", "aws_vpc_peering_connection_accepter")
def peering_connection_accepter(params: Params) -> dict[str, Any]:
    return said(params, "VpcPeeringConnectionId") | {"auto_accept": True}
