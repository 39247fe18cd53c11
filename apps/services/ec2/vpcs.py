"""VPCs: what is shown of them, and deleting one with what belongs to it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Resource, Risk, State, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK
from apps.services.ec2.tags import taggable


def blocks(item: Item) -> list[str]:
    """The IPv4 blocks of a VPC: the first, and those that were added and are in use."""
    added = item.attrs.get("CidrBlockAssociationSet") or ()
    used = [each["CidrBlock"] for each in added if (each.get("CidrBlockState") or {}).get("State") == "associated"]
    return list(dict.fromkeys([item.attrs["CidrBlock"], *used])) if item.attrs.get("CidrBlock") else used


def blocks6(item: Item) -> list[str]:
    """The IPv6 blocks of a VPC, or of a subnet, that are in use."""
    found = item.attrs.get("Ipv6CidrBlockAssociationSet") or ()
    used = [each for each in found if (each.get("Ipv6CidrBlockState") or {}).get("State") == "associated"]
    return [str(each["Ipv6CidrBlock"]) for each in used if each.get("Ipv6CidrBlock")]


vpc = Resource(
    kind="ec2.vpc",
    label=_("VPC"),
    plural=_("VPCs"),
    group=NETWORK,
    icon="network",
    rank=10,
    fresh=600,
    about=_("A VPC is a private network in a Region."),
    read=Call("describe_vpcs", "Vpcs[]", by_id="VpcIds", missing=("InvalidVpcID.NotFound",)),
    id="VpcId",
    name=tag("Name"),
    arn="arn:aws:ec2:{region}:{account}:vpc/{id}",
    state=State("State", ok={"available"}, busy={"pending", "deleting"}),
    columns=(
        Column("CIDR", "CidrBlock", key="cidr", copy=True),
        Column(_("All IPv4 blocks"), blocks, key="blocks", hidden=True),
        Column(_("IPv6 blocks"), blocks6, key="blocks6", wide=True),
        Column(_("Default"), "IsDefault", key="default", facet=True),
        Column(_("Tenancy"), "InstanceTenancy", key="tenancy", wide=True),
        Column(_("DHCP options"), "DhcpOptionsId", key="dhcp", hidden=True),
    ),
    twin={"VpcId": "vpc-0c1b2c3d4e5f60718", "CidrBlock": "10.40.0.0/16", "IsDefault": False},
    example={"VpcId": "vpc-0a1b2c3d4e5f60718", "CidrBlock": "10.20.0.0/16", "IsDefault": True, "State": "available"},
)
taggable(vpc)

# What AWS deletes a VPC with, here too, in this order: (kind, the call, its parameter, what is left alone).
_OWN = (
    ("ec2.subnet", "ec2.delete_subnet", "SubnetId", lambda item: False),
    ("ec2.route-table", "ec2.delete_route_table", "RouteTableId", lambda item: is_main(item)),
    ("ec2.network-acl", "ec2.delete_network_acl", "NetworkAclId", lambda item: bool(item.attrs.get("IsDefault"))),
    ("ec2.security-group", "ec2.delete_security_group", "GroupId", lambda item: item.name == "default"),
)
_EGRESS = ("ec2.egress-only-internet-gateway", "ec2.delete_egress_only_internet_gateway", "EgressOnlyInternetGatewayId")
# What somebody has to end first: (kind, the state in which it no longer counts, the paths of the VPC's id).
_IN_THE_WAY = (
    ("ec2.instance", {"terminated"}),
    ("ec2.nat-gateway", {"deleted", "failed"}),
)


def is_main(table: Item) -> bool:
    """Whether a route table is its VPC's own, for subnets that name no other."""
    return any(each.get("Main") for each in table.attrs.get("Associations") or ())


def attached(scope: Scope, vpc_id: str) -> list[Item]:
    """The internet gateways of a VPC: one at most, as AWS has it."""
    return list(scope.find("ec2.internet-gateway", Attachments=[{"VpcId": vpc_id}]))


class DeleteForm(forms.Form):
    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["own"] = {}
        for item in self.items if self.scope else ():
            assert self.scope is not None
            for kind, over in _IN_THE_WAY:
                found = [each for each in self.scope.find(kind, VpcId=item.id) if each.state not in over]
                if found:
                    said = _now("%(vpc)s is in use by %(names)s. Delete or terminate these first.")
                    names = ", ".join(each.title for each in found[:5])
                    self.add_error(None, said % {"vpc": item.title, "names": names})
            values["own"][item.id] = _belongings(self.scope, item)
        return values


def _belongings(scope: Scope, item: Item) -> list[tuple[str, str, str, str]]:
    """(kind, call, parameter, id) for what goes with a VPC, first what goes first."""
    found = [("ec2.internet-gateway", "", "", each.id) for each in attached(scope, item.id)]
    found += [(*_EGRESS, each.id) for each in scope.find(_EGRESS[0], Attachments=[{"VpcId": item.id}])]
    for kind, call, parameter, stays in _OWN:
        found += [(kind, call, parameter, each.id) for each in scope.find(kind, VpcId=item.id) if not stays(each)]
    return found


def _means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
    if ids := [each[3] for each in values["own"].get(item.id, ())]:
        yield _now("Deleted with %(name)s: %(ids)s.") % {"name": item.title, "ids": ", ".join(ids)}


def _warn(item: Item) -> Iterable[Text]:
    if item.attrs.get("IsDefault"):
        said = _now("%(name)s is the Region's default VPC: launches that name no subnet fail without it.")
        yield said % {"name": item.title}


@vpc.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    warn=_warn,
    means=_means,
    iam=(
        "ec2:DeleteVpc",
        "ec2:DeleteSubnet",
        "ec2:DeleteRouteTable",
        "ec2:DeleteNetworkAcl",
        "ec2:DeleteSecurityGroup",
        "ec2:DetachInternetGateway",
        "ec2:DeleteInternetGateway",
        "ec2:DeleteEgressOnlyInternetGateway",
    ),
    on={"VpcId": "vpc-0b1b2c3d4e5f60718"},
    help=_("With its subnets, route tables, network ACLs, security groups and internet gateways."),
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    for kind, call, parameter, id in values["own"].get(item.id, ()):
        if kind == "ec2.internet-gateway":
            yield Step(
                "ec2.detach_internet_gateway",
                title=_("Detach %(id)s") % {"id": id},
                already=("Gateway.NotAttached",),
                InternetGatewayId=id,
                VpcId=item.id,
            )
            call, parameter = "ec2.delete_internet_gateway", "InternetGatewayId"
        yield Step(call, title=_("Delete %(id)s") % {"id": id}, touches=[(kind, [id])], **{parameter: id})
    yield Step(
        "ec2.delete_vpc",
        title=_("Delete %(name)s") % {"name": item.title},
        VpcId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )
