"""Addresses, interfaces, security groups and VPCs."""

from tests.code.cases import case, declared, example, more
from tests.code.ec2_things import (
    ZONE,
    accepted_peering,
    acl,
    address,
    attached_interface,
    default_subnet,
    egress_gateway,
    group,
    instance,
    interface,
    internet_gateway,
    nat_gateway,
    peering,
    route_table,
    six,
    subnet,
    vpc,
    vpc_of,
)

THINGS = {
    "address": address,
    "network-interface": interface,
    "vpc": vpc,
    "subnet": subnet,
    "route-table": route_table,
    "internet-gateway": internet_gateway,
    "egress-only-internet-gateway": egress_gateway,
    "nat-gateway": nat_gateway,
    "peering-connection": accepted_peering,
    "network-acl": acl,
}
for thing, make in THINGS.items():
    declared(f"ec2.{thing}.tag", make)
GO = (
    "network-interface",
    "vpc",
    "subnet",
    "route-table",
    "internet-gateway",
    "egress-only-internet-gateway",
    "network-acl",
)
for thing in GO:
    declared(f"ec2.{thing}.delete", THINGS[thing])

# Addresses
declared("ec2.address.allocate")
declared("ec2.address.release", lambda way: address(way, instance(way)))
declared("ec2.address.disassociate", lambda way: address(way, instance(way)))


@case("ec2.address.associate")
def associate(way):
    return address(way), {"instance": instance(way)}


@case("ec2.address.move")
def move(way):
    return address(way, instance(way)), {"instance": instance(way)}


# Interfaces
declared("ec2.network-interface.detach", attached_interface)


@case("ec2.network-interface.create")
def create_interface(way):
    within = subnet(way)
    return "", example("ec2.network-interface.create", subnet=within, groups=[group(way, vpc_of(way, within))])


@case("ec2.network-interface.attach")
def attach_interface(way):
    return interface(way, default_subnet(way)), {"instance": instance(way)}


@case("ec2.network-interface.edit-addresses")
def edit_addresses(way):
    return interface(way), example("ec2.network-interface.edit-addresses")


@case("ec2.network-interface.edit")
def edit_interface(way):
    within = subnet(way)
    id = interface(way, within)
    return id, example("ec2.network-interface.edit", groups=[group(way, vpc_of(way, within))])


# VPCs
declared("ec2.subnet.edit-public", subnet)
declared("ec2.internet-gateway.create")
declared("ec2.internet-gateway.detach", lambda way: internet_gateway(way, vpc(way)))
declared("ec2.nat-gateway.delete", nat_gateway, kinds=("ec2.address",))
declared("ec2.peering-connection.accept", peering)
declared("ec2.peering-connection.reject", peering)
declared("ec2.peering-connection.delete", accepted_peering)
declared("ec2.network-acl.edit-inbound", acl)
declared("ec2.network-acl.edit-outbound", acl)
WITHIN = (
    "ec2.subnet",
    "ec2.route-table",
    "ec2.internet-gateway",
    "ec2.egress-only-internet-gateway",
    "ec2.nat-gateway",
)
declared("ec2.vpc.create", kinds=(*WITHIN, "ec2.address"))
more("ec2.vpc.create", "with IPv6", kinds=(*WITHIN, "ec2.address"), six="amazon", nat="none")


declared("ec2.vpc.add-block", vpc)


@case("ec2.vpc.remove-blocks")
def remove_blocks(way):
    id = vpc(way)
    way.aws("ec2").associate_vpc_cidr_block(VpcId=id, CidrBlock="10.21.0.0/16")
    way.know("ec2.vpc", id)
    return id, example("ec2.vpc.remove-blocks")


@case("ec2.egress-only-internet-gateway.create")
def create_egress(way):
    return "", example("ec2.egress-only-internet-gateway.create", vpc=six(way))


@case("ec2.subnet.create")
def create_subnet(way):
    return "", example("ec2.subnet.create", vpc=vpc(way), zone=ZONE)


@case("ec2.subnet.change-route-table", "ec2.route-table")
def change_table(way):
    within = vpc(way)
    return subnet(way, within), {"table": route_table(way, within)}


@case("ec2.subnet.change-acl", "ec2.network-acl")
def change_acl(way):
    within = vpc(way)
    id, other = subnet(way, within), acl(way, within)
    way.sync(["ec2.network-acl"])
    return id, {"acl": other}


@case("ec2.route-table.create")
def create_table(way):
    return "", example("ec2.route-table.create", vpc=vpc(way))


@case("ec2.route-table.edit-subnets")
def edit_subnets(way):
    within = vpc(way)
    return route_table(way, within), {"subnets": [subnet(way, within)]}


@case("ec2.route-table.edit-routes")
def edit_routes(way):
    within = vpc(way)
    id = route_table(way, within)
    return id, {"routes": [{"destination": "0.0.0.0/0", "target": internet_gateway(way, within)}]}


@case("ec2.internet-gateway.attach")
def attach_gateway(way):
    return internet_gateway(way), {"vpc": vpc(way)}


@case("ec2.nat-gateway.create", "ec2.address")
def create_nat(way):
    within = vpc(way)
    internet_gateway(way, within)
    return "", example("ec2.nat-gateway.create", subnet=subnet(way, within))


@case("ec2.network-acl.create")
def create_acl(way):
    return "", example("ec2.network-acl.create", vpc=vpc(way))


@case("ec2.peering-connection.create")
def create_peering(way):
    return "", example("ec2.peering-connection.create", vpc=vpc(way, "10.50.0.0/16"), peer=vpc(way, "10.60.0.0/16"))
