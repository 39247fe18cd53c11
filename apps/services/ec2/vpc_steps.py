"""The steps that make a VPC and its parts, for wizards of several kinds. What lies in something that the plan makes
goes with it: `covered` where AWS takes it back so."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.plans import OPERATION_TAG, Find, Output, Share, Step, reaches
from apps.catalog.text import Text
from apps.services.ec2.tags import specification

ANYWHERE, ANYWHERE6 = "0.0.0.0/0", "::/0"
BLOCK6, SHARE6 = 56, 64  # prefix lengths of the IPv6 block that AWS gives a VPC, and of a subnet's
_JOINED6 = "Ipv6CidrBlockAssociationSet[?Ipv6CidrBlockState.State=='associated']"
EGRESS = "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId"
BY_OPERATION = [{"Name": f"tag:{OPERATION_TAG['Key']}", "Values": [OPERATION_TAG["Value"]]}]
Tags = list[dict[str, str]]


def labelled(tags: Tags, name: str) -> Tags:
    """Common tags with a name of one's own."""
    return ([{"Key": "Name", "Value": name}] if name else []) + [tag for tag in tags if tag["Key"] != "Name"]


def _by(*more: tuple[str, Any]) -> list[dict[str, Any]]:
    return [*BY_OPERATION, *({"Name": name, "Values": [value]} for name, value in more)]


def create_vpc(block: str, tenancy: str, tags: Tags, six: bool = False) -> Step:
    """`six` asks for an IPv6 block, too; which one, `read_block6` tells."""
    has = _JOINED6 if six else ""
    return Step(
        "ec2.create_vpc",
        title=_("Create VPC %(block)s") % {"block": block},
        find=Find("ec2.describe_vpcs", "Vpcs[0].{Vpc: @}", {"Filters": BY_OPERATION}),
        until=lambda out: reaches("ec2.vpc", [out["Vpc.VpcId"]], "available", has=has),
        undo=lambda out: Step("ec2.delete_vpc", title=_("Delete the VPC"), VpcId=out["Vpc.VpcId"]),
        # With a VPC come its main route table, network ACL and security group.
        touches=lambda out: [
            ("ec2.vpc", [out["Vpc.VpcId"]]),
            ("ec2.route-table", None),
            ("ec2.network-acl", None),
            ("ec2.security-group", None),
        ],
        CidrBlock=block,
        InstanceTenancy=tenancy if tenancy != "default" else None,
        AmazonProvidedIpv6CidrBlock=six or None,
        TagSpecifications=[specification("vpc", tags)],
    )


def read_block6(vpc: Any) -> Step:
    """The answer of making a VPC doesn't have its IPv6 block yet: AWS chooses it afterwards."""
    return Step(
        "ec2.describe_vpcs", title=_("Read which IPv6 block AWS gave it"), repeat="safe", covered=True, VpcIds=[vpc]
    )


def share6(read: Output, n: int) -> Output:
    """The n-th /64 of the block that `read_block6` read."""
    return read["Vpcs[0].Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock"].shared(Share(n, SHARE6, BLOCK6))


def create_subnet(vpc: Any, block: str, zone: str, tags: Tags, block6: Any = None) -> Step:
    found = Find("ec2.describe_subnets", "Subnets[0].{Subnet: @}", {"Filters": _by(("cidr-block", block))})
    return Step(
        "ec2.create_subnet",
        title=_("Create subnet %(block)s in %(zone)s") % {"block": block, "zone": zone or _("a zone of AWS's choice")},
        find=found,
        until=lambda out: reaches("ec2.subnet", [out["Subnet.SubnetId"]], "available"),
        undo=lambda out: Step(
            "ec2.delete_subnet",
            title=_("Delete subnet %(block)s") % {"block": block},
            SubnetId=out["Subnet.SubnetId"],
        ),
        touches=lambda out: [("ec2.subnet", [out["Subnet.SubnetId"]]), ("ec2.network-acl", None)],
        VpcId=vpc,
        CidrBlock=block,
        Ipv6CidrBlock=block6 or None,
        AvailabilityZone=zone or None,
        TagSpecifications=[specification("subnet", tags)],
    )


def assign_public(subnet: Any, block: str) -> Step:
    return Step(
        "ec2.modify_subnet_attribute",
        title=_("Assign public addresses in %(block)s") % {"block": block},
        covered=True,
        touches=[("ec2.subnet", [subnet])],
        SubnetId=subnet,
        MapPublicIpOnLaunch={"Value": True},
    )


def assign_six(subnet: Any, block: str) -> Step:
    return Step(
        "ec2.modify_subnet_attribute",
        title=_("Assign IPv6 addresses in %(block)s") % {"block": block},
        covered=True,
        touches=[("ec2.subnet", [subnet])],
        SubnetId=subnet,
        AssignIpv6AddressOnCreation={"Value": True},
    )


def route_by(subnet: Any, table: Any, block: str) -> Step:
    """For a subnet that the plan made, and so has no other."""
    return Step(
        "ec2.associate_route_table",
        title=_("Give %(block)s its route table") % {"block": block},
        repeat="safe",
        undo=lambda out: Step(
            "ec2.disassociate_route_table",
            title=_("Take the route table from %(block)s") % {"block": block},
            already=("InvalidAssociationID.NotFound",),
            AssociationId=out["AssociationId"],
        ),
        touches=[("ec2.route-table", [table])],
        RouteTableId=table,
        SubnetId=subnet,
    )


def create_table(vpc: Any, name: str, tags: Tags) -> Step:
    return Step(
        "ec2.create_route_table",
        title=_("Create route table %(name)s") % {"name": name},
        undo=lambda out: Step(
            "ec2.delete_route_table",
            title=_("Delete route table %(name)s") % {"name": name},
            RouteTableId=out["RouteTable.RouteTableId"],
        ),
        touches=lambda out: [("ec2.route-table", [out["RouteTable.RouteTableId"]])],
        VpcId=vpc,
        TagSpecifications=[specification("route-table", tags)],
    )


def create_gateway(name: str, tags: Tags) -> Step:
    path = "InternetGateways[0].{InternetGateway: @}"
    return Step(
        "ec2.create_internet_gateway",
        title=_("Create internet gateway %(name)s") % {"name": name},
        find=Find("ec2.describe_internet_gateways", path, {"Filters": BY_OPERATION}),
        undo=lambda out: Step(
            "ec2.delete_internet_gateway",
            title=_("Delete the internet gateway"),
            InternetGatewayId=out["InternetGateway.InternetGatewayId"],
        ),
        touches=lambda out: [("ec2.internet-gateway", [out["InternetGateway.InternetGatewayId"]])],
        TagSpecifications=[specification("internet-gateway", tags)],
    )


def create_egress(vpc: Any, name: str, tags: Tags) -> Step:
    path = "EgressOnlyInternetGateways[0].{EgressOnlyInternetGateway: @}"
    said = _("Create egress-only internet gateway %(name)s") if name else _("Create egress-only internet gateway")
    return Step(
        "ec2.create_egress_only_internet_gateway",
        title=said % {"name": name},
        find=Find("ec2.describe_egress_only_internet_gateways", path, {"Filters": BY_OPERATION}),
        undo=lambda out: Step(
            "ec2.delete_egress_only_internet_gateway",
            title=_("Delete the egress-only internet gateway"),
            EgressOnlyInternetGatewayId=out[EGRESS],
        ),
        touches=lambda out: [("ec2.egress-only-internet-gateway", [out[EGRESS]])],
        VpcId=vpc,
        TagSpecifications=[specification("egress-only-internet-gateway", tags)],
    )


def attach_gateway(gateway: Any, vpc: Any, title: Text) -> Step:
    touches = [("ec2.internet-gateway", [gateway])]
    return Step(
        "ec2.attach_internet_gateway",
        title=title,
        repeat="safe",
        already=("Resource.AlreadyAssociated",),
        undo=Step(
            "ec2.detach_internet_gateway",
            title=_("Detach the internet gateway"),
            already=("Gateway.NotAttached",),
            touches=touches,
            InternetGatewayId=gateway,
            VpcId=vpc,
        ),
        touches=touches,
        InternetGatewayId=gateway,
        VpcId=vpc,
    )


def allocate_address(name: str, tags: Tags) -> Step:
    """An Elastic IP; several of one plan are told apart by their names."""
    found = Find("ec2.describe_addresses", "Addresses[0]", {"Filters": _by(("tag:Name", name))})
    return Step(
        "ec2.allocate_address",
        title=_("Allocate Elastic IP %(name)s") % {"name": name},
        find=found,
        undo=lambda out: Step(
            "ec2.release_address",
            title=_("Release Elastic IP %(name)s") % {"name": name},
            AllocationId=out["AllocationId"],
        ),
        Domain="vpc",
        TagSpecifications=[specification("elastic-ip", labelled(tags, name))],
    )


def create_nat(subnet: Any, address: Any, name: str, tags: Tags) -> Step:
    """A NAT gateway; private without an address."""
    return Step(
        "ec2.create_nat_gateway",
        title=_("Create NAT gateway %(name)s") % {"name": name},
        until=lambda out: reaches(
            "ec2.nat-gateway", [out["NatGateway.NatGatewayId"]], "available", bad={"failed", "deleted"}
        ),
        undo=lambda out: Step(
            "ec2.delete_nat_gateway",
            title=_("Delete NAT gateway %(name)s") % {"name": name},
            # Its address and its subnet are only free when it is gone.
            until=reaches("ec2.nat-gateway", [out["NatGateway.NatGatewayId"]], "deleted", gone=True),
            NatGatewayId=out["NatGateway.NatGatewayId"],
        ),
        touches=lambda out: [("ec2.nat-gateway", [out["NatGateway.NatGatewayId"]])],
        SubnetId=subnet,
        AllocationId=address or None,
        ConnectivityType=None if address else "private",
        TagSpecifications=[specification("natgateway", tags)],
    )


def create_route(
    table: Any, destination: str, title: Text, *, made: bool = False, account: str = "", region: str = "", **target: Any
) -> Step:
    """A route; `target` is the one parameter that names where it goes. `made`: the plan makes the table itself.
    `account` and `region` are the table's, where these aren't the plan's."""
    v6 = ":" in destination
    to: dict[str, Any] = {"DestinationIpv6CidrBlock" if v6 else "DestinationCidrBlock": destination}
    name = "route.destination-ipv6-cidr-block" if v6 else "route.destination-cidr-block"
    where = [{"Name": name, "Values": [destination]}]
    return Step(
        "ec2.create_route",
        title=title,
        account=account,
        region=region,
        covered=made,
        find=Find("ec2.describe_route_tables", "RouteTables[0]", {"RouteTableIds": [table], "Filters": where}),
        undo=None
        if made
        else Step(
            "ec2.delete_route",
            title=_("Delete the route to %(destination)s") % {"destination": destination},
            already=("InvalidRoute.NotFound",),
            touches=[("ec2.route-table", [table])],
            RouteTableId=table,
            **to,
        ),
        touches=[("ec2.route-table", [table])],
        RouteTableId=table,
        **to,
        **target,
    )
