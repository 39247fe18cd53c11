"""VPCs, subnets and security groups, as far as launching refers to them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Related, Resource, State, tag
from apps.services.ec2 import NETWORK

vpc = Resource(
    kind="ec2.vpc",
    label=_("VPC"),
    plural=_("VPCs"),
    group=NETWORK,
    icon="network",
    fresh=600,
    about=_("A VPC is a private network in a Region."),
    read=Call("describe_vpcs", "Vpcs[]", by_id="VpcIds", missing=("InvalidVpcID.NotFound",)),
    id="VpcId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:vpc/{id}",
    state=State("State", ok={"available"}, busy={"pending", "deleting"}),
    columns=(
        Column("CIDR", "CidrBlock", key="cidr"),
        Column(_("Default"), "IsDefault", key="default", facet=True),
        Column(_("Tenancy"), "InstanceTenancy", key="tenancy", wide=True),
        Column(_("DHCP options"), "DhcpOptionsId", key="dhcp", hidden=True),
    ),
    example={"VpcId": "vpc-0a1b2c3d4e5f60718", "CidrBlock": "10.20.0.0/16", "IsDefault": True, "State": "available"},
)

subnet = Resource(
    kind="ec2.subnet",
    label=_("Subnet"),
    plural=_("Subnets"),
    group=NETWORK,
    icon="layers",
    fresh=600,
    about=_("A subnet is a part of a VPC in one Availability Zone."),
    read=Call("describe_subnets", "Subnets[]", by_id="SubnetIds", missing=("InvalidSubnetID.NotFound",)),
    id="SubnetId",
    name=tag("Name"),
    zone="AvailabilityZone",
    arn="SubnetArn",
    state=State(
        "State", ok={"available"}, busy={"pending"}, bad={"unavailable", "failed", "failed-insufficient-capacity"}
    ),
    columns=(
        Column("CIDR", "CidrBlock", key="cidr"),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Free addresses"), "AvailableIpAddressCount", key="free", number=True, wide=True),
        Column(_("Assigns public IPv4"), "MapPublicIpOnLaunch", key="public", facet=True, wide=True),
        Column(_("Default for zone"), "DefaultForAz", key="default", facet=True, hidden=True),
    ),
    related=(Related("ec2.vpc", "VpcId"),),
    example={
        "SubnetId": "subnet-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "CidrBlock": "10.20.1.0/24",
        "AvailabilityZone": "eu-west-1a",
        "State": "available",
    },
)


def open_to_all(item: Item) -> list[str]:
    """Ports that anybody may reach, such as `443` or `8000-8100`."""
    return [_ports(rule) for rule in item.attrs.get("IpPermissions") or () if _is_open(rule)]


def _is_open(rule: dict[str, Any]) -> bool:
    v4 = any(each.get("CidrIp") == "0.0.0.0/0" for each in rule.get("IpRanges") or ())
    return v4 or any(each.get("CidrIpv6") == "::/0" for each in rule.get("Ipv6Ranges") or ())


def _ports(rule: dict[str, Any]) -> str:
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if rule.get("IpProtocol") == "-1" or first is None:
        return "all"
    return str(first) if first == last else f"{first}-{last}"


def rule_count(item: Item) -> int:
    return len(item.attrs.get("IpPermissions") or ())


security_group = Resource(
    kind="ec2.security-group",
    label=_("Security group"),
    plural=_("Security groups"),
    group=NETWORK,
    icon="shield-check",
    fresh=300,
    about=_("A security group says which traffic reaches an instance."),
    read=Call("describe_security_groups", "SecurityGroups[]", by_id="GroupIds", missing=("InvalidGroup.NotFound",)),
    id="GroupId",
    name="GroupName",
    arn="SecurityGroupArn",
    columns=(
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Rules"), rule_count, key="rules", number=True),
        Column(_("Open to all"), open_to_all, key="open"),
        Column(_("Description"), "Description", wide=True),
    ),
    related=(Related("ec2.vpc", "VpcId"),),
    example={
        "GroupId": "sg-08f7e6d5c4b3a2910",
        "GroupName": "web",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "Description": "web",
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    },
)
