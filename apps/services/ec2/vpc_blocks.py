"""The blocks of a VPC. IPv4 ones besides its first come and go. Amazon VPC User Guide, "VPC CIDR blocks"."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.among import Among
from apps.catalog.cards import Sheet, Shown
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import cidr, vpc_ranges
from apps.services.ec2.vpcs import blocks, vpc

BLOCKS = Sheet("blocks", _("Address blocks"), 30)
PART = "CidrBlockAssociationSet"
MOST = 50  # of a VPC after an increase of the quota; 5 without
STATES: Mapping[str, Text] = {
    "associating": _("Being added"),
    "associated": _("In use"),
    "disassociating": _("Being taken away"),
    "failing": _("Failing"),
    "failed": _("Failed"),
}


def associations(item: Item) -> list[Mapping[str, Any]]:
    found = item.attrs.get(PART) or ()
    return [each for each in found if state(each) != "disassociated"]


def state(each: Mapping[str, Any]) -> str:
    return str((each.get("CidrBlockState") or {}).get("State") or "")


def state6(each: Mapping[str, Any]) -> str:
    return str((each.get("Ipv6CidrBlockState") or {}).get("State") or "")


def added(item: Item) -> dict[str, str]:
    """Blocks by their association's id, without the first one, which goes with the VPC alone."""
    return {
        str(each["AssociationId"]): str(each["CidrBlock"])
        for each in associations(item)
        if each.get("AssociationId") and each["CidrBlock"] != item.attrs.get("CidrBlock")
    }


@vpc.card(BLOCKS, _("IPv4 blocks"), verbs=("add-block",), removes=("remove-blocks",), rank=10)
def card(item: Item) -> Shown:
    first = item.attrs.get("CidrBlock")
    rows = [
        (
            each["CidrBlock"],
            _now("The first") if each["CidrBlock"] == first else _now("Added later"),
            str(STATES.get(state(each), state(each))),
        )
        for each in associations(item)
    ]
    return Shown(heads=[_now("Block"), _now("Which"), _now("State")], rows=rows or [(first, _now("The first"), "")])


@vpc.card(BLOCKS, _("IPv6 blocks"), empty=_("It has none: what lies in it speaks IPv4 alone."), rank=20)
def card6(item: Item) -> Shown:
    rows = [
        (
            each["Ipv6CidrBlock"],
            each.get("Ipv6Pool") or "",
            each.get("NetworkBorderGroup") or "",
            str(STATES.get(state6(each), state6(each))),
        )
        for each in item.attrs.get("Ipv6CidrBlockAssociationSet") or ()
        if state6(each) != "disassociated"
    ]
    return Shown(heads=[_now("Block"), _now("Pool"), _now("Network border group"), _now("State")], rows=rows)


class AddForm(forms.Form):
    block = forms.CharField(
        label=_("IPv4 block"),
        max_length=18,
        help_text=_("/16 to /28, beside those that the VPC has. VPCs whose blocks overlap can't be peered."),
    )

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean_block(self) -> str:
        found = cidr.vpc_block(self.cleaned_data["block"].strip())
        for item in self.items:
            if problem := vpc_ranges.misfit(found, [one for one in map(cidr.parse, blocks(item)) if one]):
                raise forms.ValidationError(problem)
            for text in vpc_ranges.in_the_way(self.scope, item, found) if self.scope else ():
                raise forms.ValidationError(str(text))
            if len(associations(item)) >= MOST:
                said = _now("%(vpc)s has %(count)d blocks; %(limit)d are the most.")
                words = {"vpc": item.title, "count": len(associations(item)), "limit": MOST}
                raise forms.ValidationError(said % words)
        return str(found)

    def clean(self) -> dict[str, Any]:
        if len(self.items) > 1:
            self.add_error(None, _now("One VPC at a time: two with the same block can't be peered."))
        values: dict[str, Any] = self.cleaned_data
        if self.scope and values.get("block"):
            values["lost"] = [
                str(text)
                for item in self.items
                for text in vpc_ranges.lost(self.scope, item, IPv4Network(values["block"]))
            ]
        return values


@vpc.action(
    _("Add IPv4 block"),
    verb="add-block",
    submit=_("Add"),
    icon="plus",
    form=AddForm,
    facts=(PART,),
    risks=lambda item, values: values["lost"],
    iam=("ec2:AssociateVpcCidrBlock", "ec2:DisassociateVpcCidrBlock"),
    help=_("For subnets that find no room in the others. Routes within the VPC follow by themselves."),
    example={"block": "10.21.0.0/16"},
)
def add(item: Item, values: Mapping[str, Any]) -> Steps:
    yield _add(
        item,
        values["block"],
        undo=lambda out: _remove(item, out["CidrBlockAssociation.AssociationId"], values["block"]),
    )


def _add(item: Item, block: str, **more: Any) -> Step:
    path = f"Vpcs[0].{{CidrBlockAssociation: CidrBlockAssociationSet[?CidrBlock=='{block}'] | [0]}}"
    return Step(
        "ec2.associate_vpc_cidr_block",
        title=_("Add the block %(block)s") % {"block": block},
        find=Find("ec2.describe_vpcs", path, {"VpcIds": [item.id]}),
        touches=[(item.kind, [item.id]), ("ec2.route-table", None)],
        VpcId=item.id,
        CidrBlock=block,
        **more,
    )


def _remove(item: Item, association: Any, block: str, **more: Any) -> Step:
    return Step(
        "ec2.disassociate_vpc_cidr_block",
        title=_("Take the block %(block)s away") % {"block": block},
        already=("InvalidVpcCidrBlockAssociationID.NotFound",),
        touches=[(item.kind, [item.id]), ("ec2.route-table", None)],
        AssociationId=association,
        **more,
    )


class RemoveForm(forms.Form):
    blocks = Among(lambda item, scope: [(block, block) for block in added(item).values()], label=_("Blocks"))

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean_blocks(self) -> list[str]:
        wanted: list[str] = self.cleaned_data["blocks"]
        for item in self.items if self.scope else ():
            assert self.scope is not None
            for subnet in self.scope.find("ec2.subnet", VpcId=item.id):
                lies = cidr.parse(str(subnet.attrs.get("CidrBlock")))
                for block in filter(None, map(cidr.parse, wanted)):
                    if lies and lies.subnet_of(block):
                        said = _now("%(subnet)s (%(lies)s) lies in %(block)s. Delete it first.")
                        raise forms.ValidationError(said % {"subnet": subnet.title, "lies": lies, "block": block})
        return wanted


@vpc.action(
    _("Remove IPv4 blocks"),
    verb="remove-blocks",
    submit=_("Remove"),
    icon="minus",
    form=RemoveForm,
    facts=(PART,),
    risk=Risk.INTERRUPTS,
    unless=lambda item: "" if added(item) else _("%(name)s has no block besides its first.") % {"name": item.title},
    iam=("ec2:DisassociateVpcCidrBlock", "ec2:AssociateVpcCidrBlock"),
    on={
        PART: [
            {
                "AssociationId": "vpc-cidr-assoc-0a1b2c3d4e5f60718",
                "CidrBlock": "10.21.0.0/16",
                "CidrBlockState": {"State": "associated"},
            }
        ]
    },
    example={"blocks": ["10.21.0.0/16"]},
)
def remove(item: Item, values: Mapping[str, Any]) -> Steps:
    for association, block in added(item).items():
        if block in values["blocks"]:
            yield _remove(item, association, block, undo=_add(item, block))
