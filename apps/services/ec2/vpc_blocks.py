"""The IPv4 blocks of a VPC besides its first: adding one, taking one away. Amazon VPC User Guide, "VPC CIDR blocks"."""

from collections.abc import Iterator, Mapping, Sequence
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
from apps.services.ec2 import cidr
from apps.services.ec2.route_tables import destination, target
from apps.services.ec2.vpcs import blocks, vpc

BLOCKS = Sheet("blocks", _("IPv4 blocks"), 30)
PART = "CidrBlockAssociationSet"
MOST = 50  # of a VPC after an increase of the quota; 5 without
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_OWN = IPv4Network("198.19.0.0/16")  # which AWS uses itself beside most others
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


def added(item: Item) -> dict[str, str]:
    """Blocks by their association's id, without the first one, which goes with the VPC alone."""
    return {
        str(each["AssociationId"]): str(each["CidrBlock"])
        for each in associations(item)
        if each.get("AssociationId") and each["CidrBlock"] != item.attrs.get("CidrBlock")
    }


@vpc.card(BLOCKS, _("IPv4 blocks"), verbs=("add-block",), removes=("remove-blocks",))
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


def misfit(block: IPv4Network, there: Sequence[IPv4Network]) -> str:
    """Why AWS doesn't let a VPC with these blocks have this one, too; the range of its first says which may join."""
    for each in there:
        if block.overlaps(each):
            said = _now("%(block)s overlaps %(there)s, which the VPC has already.")
            return said % {"block": block, "there": each}
    for first in there[:1]:
        words, its = {"block": block, "there": first}, _range(block)
        if block.subnet_of(_OWN) != first.subnet_of(_OWN):
            return _now("%(block)s can't stand beside %(there)s: 198.19.0.0/16 goes with no other range.") % words
        if its and its != _range(first):
            said = _now("%(block)s can't stand beside %(there)s: a VPC keeps to one private range, or to public ones.")
            return said % words
    return ""


def _range(block: IPv4Network) -> IPv4Network | None:
    """The private range that it is of."""
    return next((one for one in _PRIVATE if block.subnet_of(one)), None)


def in_the_way(scope: Scope, item: Item, block: IPv4Network) -> Iterator[Text]:
    """AWS wants a new block to be smaller than the destination of any route that leads to it elsewhere."""
    for table in scope.find("ec2.route-table", VpcId=item.id):
        for route in table.attrs.get("Routes") or ():
            to = cidr.parse(destination(route))
            if to and target(route)[1] != "local" and to.subnet_of(block):
                said = _now("%(table)s has a route to %(to)s, which is no larger than %(block)s. Take it out first.")
                yield said % {"table": table.title, "to": to, "block": block}


class AddForm(forms.Form):
    block = forms.CharField(
        label=_("IPv4 block"),
        max_length=18,
        help_text=_("/16 to /28, beside those that the VPC has. VPCs whose blocks overlap can't be peered."),
    )

    scope: Scope | None = None
    items: tuple[Item, ...] = ()

    def clean_block(self) -> str:
        found = cidr.block(self.cleaned_data["block"].strip())
        for item in self.items:
            if problem := misfit(found, [one for one in map(cidr.parse, blocks(item)) if one]):
                raise forms.ValidationError(problem)
            for text in in_the_way(self.scope, item, found) if self.scope else ():
                raise forms.ValidationError(str(text))
            if len(associations(item)) >= MOST:
                said = _now("%(vpc)s has %(count)d blocks; %(limit)d are the most.")
                words = {"vpc": item.title, "count": len(associations(item)), "limit": MOST}
                raise forms.ValidationError(said % words)
        return str(found)

    def clean(self) -> dict[str, Any]:
        if len(self.items) > 1:
            self.add_error(None, _now("One VPC at a time: two with the same block can't be peered."))
        return self.cleaned_data


@vpc.action(
    _("Add IPv4 block"),
    verb="add-block",
    submit=_("Add"),
    icon="plus",
    form=AddForm,
    facts=(PART,),
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
