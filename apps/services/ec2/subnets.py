"""Subnets: public addresses, route table, network ACL; deleting one."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, State, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import NETWORK, placing
from apps.services.ec2.tags import taggable

subnet = Resource(
    kind="ec2.subnet",
    label=_("Subnet"),
    plural=_("Subnets"),
    group=NETWORK,
    icon="layers",
    rank=11,
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
        Column(_("IPv6 block"), "Ipv6CidrBlockAssociationSet[].Ipv6CidrBlock", key="cidr6", wide=True),
        Column(_("VPC"), "VpcId", key="vpc", ref="ec2.vpc"),
        Column(_("Free addresses"), "AvailableIpAddressCount", key="free", number=True, wide=True),
        Column(_("Assigns public IPv4"), "MapPublicIpOnLaunch", key="public", facet=True, wide=True),
        Column(_("Assigns IPv6"), "AssignIpv6AddressOnCreation", key="six", facet=True, hidden=True),
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


class PublicForm(forms.Form):
    assign = forms.ChoiceField(
        label=_("Public IPv4 address for new instances"),
        choices=[("yes", _("Assign one")), ("no", _("Assign none"))],
        widget=forms.RadioSelect,
        help_text=_("Each public IPv4 address is billed. Instances that run already keep what they have."),
    )


@subnet.action(
    _("Edit public addresses"),
    verb="edit-public",
    submit=_("Save"),
    icon="globe",
    form=PublicForm,
    like=lambda item: {"assign": "yes" if item.attrs.get("MapPublicIpOnLaunch") else "no"},
    iam="ec2:ModifySubnetAttribute",
    example={"assign": "yes"},
    main=True,
)
def edit_public(item: Item, values: Mapping[str, Any]) -> Steps:
    was, wanted = bool(item.attrs.get("MapPublicIpOnLaunch")), values["assign"] == "yes"
    if was != wanted:
        title = _("Assign public addresses in %(name)s") if wanted else _("Assign no public addresses in %(name)s")
        yield Step(
            "ec2.modify_subnet_attribute",
            title=title % {"name": item.title},
            touches=[(item.kind, [item.id])],
            undo=Step(
                "ec2.modify_subnet_attribute",
                title=_("Set public addresses back"),
                SubnetId=item.id,
                MapPublicIpOnLaunch={"Value": was},
            ),
            SubnetId=item.id,
            MapPublicIpOnLaunch={"Value": wanted},
        )


class TableForm(forms.Form):
    table = Ref("ec2.route-table", same="VpcId", label=_("Route table"))

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["now"] = {}
        for item in self.items if self.scope else ():
            assert self.scope is not None
            now, association = placing.table_of(self.scope, item)
            values["now"][item.id] = (now.id if now else "", association)
        return values


@subnet.action(
    _("Change route table"),
    icon="route",
    form=TableForm,
    risk=Risk.INTERRUPTS,
    iam=("ec2:AssociateRouteTable", "ec2:ReplaceRouteTableAssociation"),
    help=_("Where traffic that leaves the subnet goes. Connections on a route that the new table lacks break."),
    example={"table": "rtb-0b1b2c3d4e5f60718"},
)
def change_route_table(item: Item, values: Mapping[str, Any]) -> Steps:
    was, association = values["now"].get(item.id, ("", ""))
    if was != values["table"] or not association:
        yield placing.associate(item.id, values["table"], was, association)


class AclForm(forms.Form):
    acl = Ref("ec2.network-acl", same="VpcId", label=_("Network ACL"))

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["now"] = {}
        for item in self.items if self.scope else ():
            assert self.scope is not None
            now, association = placing.acl_of(self.scope, item)
            values["now"][item.id] = (now.id if now else "", association)
            if not association:
                said = _now("The network ACL of %(name)s isn't known yet. Refresh the list of network ACLs.")
                self.add_error(None, said % {"name": item.title})
        return values


@subnet.action(
    _("Change network ACL"),
    verb="change-acl",
    icon="shield",
    form=AclForm,
    risk=Risk.INTERRUPTS,
    iam="ec2:ReplaceNetworkAclAssociation",
    help=_("Connections that the new network ACL doesn't allow break at once."),
    example={"acl": "acl-0b1b2c3d4e5f60718"},
)
def change_acl(item: Item, values: Mapping[str, Any]) -> Steps:
    was, association = values["now"][item.id]
    if was != values["acl"]:
        yield placing.guard(item.id, values["acl"], was, association)


class DeleteForm(forms.Form):
    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items if self.scope else ():
            for text in _used(self.scope, item):
                self.add_error(None, str(text))
        return values


def _used(scope: Any, item: Item) -> Iterator[Text]:
    for kind, over in (("ec2.instance", {"terminated"}), ("ec2.nat-gateway", {"deleted", "failed"})):
        if found := [each for each in scope.find(kind, SubnetId=item.id) if each.state not in over]:
            said = _now("%(subnet)s is in use by %(names)s.")
            yield said % {"subnet": item.title, "names": ", ".join(each.title for each in found[:5])}


@subnet.action(
    _("Delete"),
    icon="trash-2",
    risk=Risk.DESTROYS,
    form=DeleteForm,
    iam="ec2:DeleteSubnet",
    on={"SubnetId": "subnet-0b1b2c3d4e5f60718"},
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_subnet",
        title=_("Delete %(name)s") % {"name": item.title},
        SubnetId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )


taggable(subnet)
