"""Route tables: where traffic that leaves a subnet goes. Their routes are edited in routes.py."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref, Refs
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, Section, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK, placing, vpc_steps
from apps.services.ec2.tags import as_aws, check_unique, tag_rows, taggable
from apps.services.ec2.vpcs import is_main

# Where a route may lead: AWS's key in a route, which is the parameter of CreateRoute too.
TARGETS = (
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
    "NetworkInterfaceId",
    "GatewayId",
)


def target(route: Mapping[str, Any]) -> tuple[str, str]:
    """(AWS's key, id) of where a route leads; empty where to nothing any more. An instance is said before its network
    interface, of which AWS names both."""
    return next(((key, str(route[key])) for key in TARGETS if route.get(key)), ("", ""))


def destination(route: Mapping[str, Any]) -> str:
    for key in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
        if route.get(key):
            return str(route[key])
    return ""


def subnets_of(item: Item) -> list[str]:
    """The subnets that name this table."""
    return [each["SubnetId"] for each in item.attrs.get("Associations") or () if each.get("SubnetId")]


def default_route(item: Item) -> str:
    """Where everything goes that no other route is for: an internet gateway makes subnets public."""
    found = [target(each)[1] for each in item.attrs.get("Routes") or () if destination(each) == vpc_steps.ANYWHERE]
    return found[0] if found else ""


def opens(item: Item) -> bool:
    """Whether it makes subnets public, in either version: everything else goes to an internet gateway."""
    anywhere = (vpc_steps.ANYWHERE, vpc_steps.ANYWHERE6)
    routes = [each for each in item.attrs.get("Routes") or () if destination(each) in anywhere]
    return any(target(each)[1].startswith("igw-") for each in routes)


def dead(item: Item) -> list[str]:
    """Destinations whose target is gone."""
    return [destination(each) for each in item.attrs.get("Routes") or () if each.get("State") == "blackhole"]


route_table = Resource(
    kind="ec2.route-table",
    label=_("Route table"),
    plural=_("Route tables"),
    group=NETWORK,
    icon="route",
    rank=12,
    fresh=300,
    about=_("A route table says where traffic goes that leaves a subnet."),
    read=Call(
        "describe_route_tables", "RouteTables[]", by_id="RouteTableIds", missing=("InvalidRouteTableID.NotFound",)
    ),
    id="RouteTableId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:route-table/{id}",
    columns=(
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Main"), is_main, key="main"),
        Column(_("Subnets"), subnets_of, key="subnets", ref="ec2.subnet"),
        Column(_("Everything else goes to"), default_route, key="default", wide=True),
        Column(_("Routes to nothing"), dead, key="dead", wide=True),
        Column(_("Destinations"), "Routes[].DestinationCidrBlock", key="destinations", hidden=True),
    ),
    related=(
        Related("ec2.vpc", "VpcId"),
        Related("ec2.subnet", "Associations[].SubnetId"),
        Related("ec2.internet-gateway", "Routes[?starts_with(GatewayId || '', 'igw-')].GatewayId"),
        Related("ec2.nat-gateway", "Routes[].NatGatewayId"),
        Related("ec2.peering-connection", "Routes[].VpcPeeringConnectionId"),
        Related("ec2.egress-only-internet-gateway", "Routes[].EgressOnlyInternetGatewayId"),
    ),
    example={
        "RouteTableId": "rtb-0a1b2c3d4e5f60718",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "Associations": [
            {"RouteTableAssociationId": "rtbassoc-0a1b2c3d4e5f60718", "SubnetId": "subnet-0a1b2c3d4e5f60718"}
        ],
        "Routes": [
            {"DestinationCidrBlock": "10.20.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable"},
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a1b2c3d4e5f60718", "Origin": "CreateRoute"},
        ],
    },
)


class SubnetsForm(forms.Form):
    subnets = Refs(
        "ec2.subnet",
        same="VpcId",
        most=200,
        label=_("Subnets"),
        required=False,
        help_text=_("A subnet that is left out falls back to its VPC's main route table."),
    )

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["now"] = {}
        if len(self.items) > 1:
            self.add_error(None, _now("A subnet has one route table: choose one at a time."))
        for id in values.get("subnets") or ():
            found = self.scope.get("ec2.subnet", id) if self.scope else None
            if found and self.scope:
                table, association = placing.table_of(self.scope, found)
                values["now"][id] = (table.id if table else "", association)
        return values


@route_table.action(
    _("Edit subnets"),
    verb="edit-subnets",
    submit=_("Save"),
    icon="layers",
    form=SubnetsForm,
    like=lambda item: {"subnets": subnets_of(item)},
    risk=Risk.INTERRUPTS,
    iam=("ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation", "ec2:DisassociateRouteTable"),
    example={"subnets": []},
    main=True,
)
def edit_subnets(item: Item, values: Mapping[str, Any]) -> Steps:
    have = {each["SubnetId"]: each for each in item.attrs.get("Associations") or () if each.get("SubnetId")}
    for id in values["subnets"]:
        if id not in have:
            was, association = values["now"].get(id, ("", ""))
            yield placing.associate(id, item.id, was, association)
    for id, each in have.items():
        if id not in values["subnets"]:
            yield placing.release(id, item.id, each["RouteTableAssociationId"])


class CreateForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    vpc = Ref("ec2.vpc", label=_("VPC"))
    tags = tag_rows(tags=True)

    def clean_tags(self) -> list[dict[str, str]]:
        check_unique(self.cleaned_data["tags"])
        return list(self.cleaned_data["tags"])


@route_table.wizard(
    _("Create route table"),
    form=CreateForm,
    icon="plus",
    submit=_("Create"),
    sections=(Section("name", _("Name and tags"), ("name", "vpc", "tags")),),
    iam=("ec2:CreateRouteTable", "ec2:CreateTags"),
    help=_("It begins with the route within the VPC; add routes and subnets to it afterwards."),
    example={"name": "private-a", "vpc": "vpc-0a1b2c3d4e5f60718"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    made = yield vpc_steps.create_table(
        values["vpc"], values["name"] or values["vpc"], as_aws(values["tags"], values["name"])
    )
    return {"kind": route_table.kind, "ids": [made["RouteTable.RouteTableId"]]}


def _used(item: Item) -> Text:
    if is_main(item):
        return _now("%(name)s is its VPC's main route table, which goes only with the VPC.") % {"name": item.title}
    if used := subnets_of(item):
        said = _now("%(name)s is used by %(subnets)s. Give these another route table first.")
        return said % {"name": item.title, "subnets": ", ".join(used[:5])}
    return ""


@route_table.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    unless=_used,
    iam="ec2:DeleteRouteTable",
    on={"Associations": []},
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_route_table",
        title=_("Delete %(name)s") % {"name": item.title},
        RouteTableId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )


taggable(route_table)
