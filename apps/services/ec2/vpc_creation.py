"""Creating a VPC: with its subnets, ways out and route tables, as one plan that is taken back whole."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Output, Step, Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.service import Quota
from apps.catalog.text import Text
from apps.services.ec2 import ec2, vpc_steps
from apps.services.ec2.subnets import subnet
from apps.services.ec2.tags import as_aws
from apps.services.ec2.vpc_form import VpcForm, free_block
from apps.services.ec2.vpc_steps import ANYWHERE, ANYWHERE6, labelled
from apps.services.ec2.vpcs import vpc

SECTIONS = (
    Section("name", _("Name and tags"), ("name", "tags")),
    Section("block", _("Network"), ("block", "six", "tenancy", "dns")),
    Section("subnets", _("Subnets"), ("count", "public", "assign_six", "private")),
    Section("out", _("Way out"), ("nat", "egress")),
    Section("advanced", _("Zones and blocks"), ("zones", "public_blocks", "private_blocks"), advanced=True),
)


@ec2.counted("ec2.create_vpc")
def vpcs(params: Mapping[str, Any], scope: Scope) -> Iterable[Quota]:
    return (Quota("vpc", "L-F678F1CE", _("VPCs in the Region"), 1, len(scope.find("ec2.vpc"))),)


def title(values: Mapping[str, Any]) -> Text:
    text = _("Create VPC %(name)s: %(block)s") if values["name"] else _("Create VPC %(block)s")
    return text % {"name": values["name"], "block": values["block"]}


@vpc.wizard(
    _("Create VPC"),
    form=VpcForm,
    icon="plus",
    submit=_("Create"),
    title=title,
    sections=SECTIONS,
    initial=lambda scope: {"block": free_block(scope)},
    iam=(
        "ec2:CreateVpc",
        "ec2:ModifyVpcAttribute",
        "ec2:CreateSubnet",
        "ec2:ModifySubnetAttribute",
        "ec2:CreateInternetGateway",
        "ec2:AttachInternetGateway",
        "ec2:CreateRouteTable",
        "ec2:CreateRoute",
        "ec2:AssociateRouteTable",
        "ec2:AllocateAddress",
        "ec2:CreateNatGateway",
        "ec2:CreateEgressOnlyInternetGateway",
        "ec2:DescribeVpcs",
        "ec2:CreateTags",
    ),
    help=_("Subnets, gateways and routes in one go; if a step fails, what was made is taken back."),
    example={"name": "shop", "block": "10.30.0.0/16", "count": "2", "nat": "zone"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    name, tags = values["name"], as_aws(values["tags"])

    def named(*words: str) -> str:
        return "-".join(filter(None, (name, *words)))

    six = values["six"] == "amazon"
    made = yield vpc_steps.create_vpc(values["block"], values["tenancy"], labelled(tags, name), six)
    id = made["Vpc.VpcId"]
    read = (yield vpc_steps.read_block6(id)) if six else None
    if values["dns"]:
        yield Step(
            "ec2.modify_vpc_attribute",
            title=_("Give instances public DNS names"),
            covered=True,
            VpcId=id,
            EnableDnsHostnames={"Value": True},
        )
    tables: dict[tuple[str, str], Output] = {}  # by sort and zone
    if values["public"]:
        public = yield from _public_table(id, named, tags, six)
        tables |= {("public", zone): public for zone in values["zones"]}
    if values["private"]:
        shared: Output | None = None
        for zone in values["zones"]:
            if shared is None or values["nat"] == "zone":
                words = ("private", zone) if values["nat"] == "zone" else ("private",)
                table = yield vpc_steps.create_table(id, named(*words), labelled(tags, named(*words)))
                shared = table["RouteTable.RouteTableId"]
            tables["private", zone] = shared
        if six and values["egress"]:
            yield from _ways_out6(id, named, tags, [table for key, table in tables.items() if key[0] == "private"])
    subnets = yield from _subnets(id, values, named, tags, tables, read)
    if values["nat"] != "none":
        for zone in values["zones"] if values["nat"] == "zone" else values["zones"][:1]:
            said = named("nat", zone)
            address = yield vpc_steps.allocate_address(said, tags)
            nat = yield vpc_steps.create_nat(
                subnets["public", zone], address["AllocationId"], said, labelled(tags, said)
            )
            yield vpc_steps.create_route(
                tables["private", zone],
                ANYWHERE,
                _("Route private subnets through %(name)s") % {"name": said},
                made=True,
                NatGatewayId=nat["NatGateway.NatGatewayId"],
            )
    return {"kind": vpc.kind, "ids": [id]}


def _subnets(
    id: Any,
    values: Mapping[str, Any],
    named: Any,
    tags: list[dict[str, str]],
    tables: Mapping[tuple[str, str], Output],
    read: Output | None,
) -> Any:
    """The subnets by sort and zone. `read` is the answer that tells the VPC's IPv6 block, where it has one."""
    subnets: dict[tuple[str, str], Output] = {}
    for n, (sort, zone, block) in enumerate(values["plan"]):
        block6 = vpc_steps.share6(read, n) if read else None
        one = yield vpc_steps.create_subnet(id, block, zone, labelled(tags, named(sort, zone)), block6)
        subnets[sort, zone] = one["Subnet.SubnetId"]
        if sort == "public":
            yield vpc_steps.assign_public(one["Subnet.SubnetId"], block)
            if read and values["assign_six"]:
                yield vpc_steps.assign_six(one["Subnet.SubnetId"], block)
        yield vpc_steps.route_by(one["Subnet.SubnetId"], tables[sort, zone], block)
    return subnets


def _public_table(id: Any, named: Any, tags: list[dict[str, str]], six: bool) -> Any:
    """An internet gateway, and the route table of public subnets that leads to it."""
    gateway = yield vpc_steps.create_gateway(named("internet"), labelled(tags, named("internet")))
    out = gateway["InternetGateway.InternetGatewayId"]
    yield vpc_steps.attach_gateway(out, id, _("Attach it to the VPC"))
    table = yield vpc_steps.create_table(id, named("public"), labelled(tags, named("public")))
    said = _("Route public subnets through the internet gateway")
    said6 = _("Route public subnets through the internet gateway, for IPv6")
    for to, title in ((ANYWHERE, said), *([(ANYWHERE6, said6)] if six else ())):
        yield vpc_steps.create_route(table["RouteTable.RouteTableId"], to, title, made=True, GatewayId=out)
    return table["RouteTable.RouteTableId"]


def _ways_out6(id: Any, named: Any, tags: list[dict[str, str]], tables: list[Output]) -> Any:
    """An egress-only internet gateway, and a route to it in each table of private subnets."""
    name = named("egress")
    gateway = yield vpc_steps.create_egress(id, name, labelled(tags, name))
    for table in {table.key: table for table in tables}.values():
        yield vpc_steps.create_route(
            table,
            ANYWHERE6,
            _("Route private subnets out by IPv6"),
            made=True,
            EgressOnlyInternetGatewayId=gateway[vpc_steps.EGRESS],
        )


@vpc.lead(_("Create subnet"), to="ec2.subnet.create", icon="layers")
def subnet_in(item: Item) -> dict[str, Any]:
    return {"vpc": item.id}


@vpc.lead(_("Create route table"), to="ec2.route-table.create", icon="route")
def table_in(item: Item) -> dict[str, Any]:
    return {"vpc": item.id}


@subnet.lead(_("Create NAT gateway"), to="ec2.nat-gateway.create", icon="waypoints")
def nat_in(item: Item) -> dict[str, Any]:
    return {"subnet": item.id}


@subnet.lead(_("Launch instances"), to="ec2.instance.launch", icon="server")
def launch_in(item: Item) -> dict[str, Any]:
    return {"vpc": item.attrs.get("VpcId"), "subnet": item.id}
