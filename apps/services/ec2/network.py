"""VPCs and subnets, as far as launching refers to them."""

from django.utils.translation import gettext_lazy as _

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
