"""Which further IPv4 blocks AWS lets a VPC have. Amazon VPC User Guide, "VPC CIDR blocks"."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import cidr
from apps.services.ec2.route_tables import destination, target

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_OWN = IPv4Network("198.19.0.0/16")  # which AWS uses itself beside most others
# Beside a block of the first range, none of the second: (what is there, what may not join).
_KEPT = (
    (IPv4Network("10.0.0.0/15"), IPv4Network("10.0.0.0/16")),
    (IPv4Network("172.16.0.0/12"), IPv4Network("172.31.0.0/16")),
)


def misfit(block: IPv4Network, there: Sequence[IPv4Network]) -> str:
    """Why AWS doesn't let a VPC with these blocks have this one, too; the range of its first says which may join."""
    for each in there:
        if block.overlaps(each):
            said = _("%(block)s overlaps %(there)s, which the VPC has already.")
            return said % {"block": block, "there": each}
    for first in there[:1]:
        words, its = {"block": block, "there": first}, _range(block)
        if block.subnet_of(_OWN) and not first.subnet_of(_OWN):
            return _("%(block)s can't stand beside %(there)s: 198.19.0.0/16 joins no other range.") % words
        if its and first.subnet_of(_OWN):
            return _("%(block)s can't stand beside %(there)s: private ranges don't join 198.19.0.0/16.") % words
        if its and its != _range(first):
            said = _("%(block)s can't stand beside %(there)s: a VPC keeps to one private range, or to public ones.")
            return said % words
    for each in there:
        for of, kept in _KEPT:
            if each.subnet_of(of) and block.subnet_of(kept):
                said = _("%(block)s can't stand beside %(there)s: AWS keeps %(kept)s from VPCs with a block of %(of)s.")
                return said % {"block": block, "there": each, "kept": kept, "of": of}
    return ""


def _range(block: IPv4Network) -> IPv4Network | None:
    """The private range that it is of."""
    return next((one for one in _PRIVATE if block.subnet_of(one)), None)


def in_the_way(scope: Scope, item: Item, block: IPv4Network) -> Iterator[Text]:
    """What else of the account keeps a VPC from having this block: routes and peerings."""
    yield from _routes(scope, item, block)
    yield from _peerings(scope, item, block)


def _routes(scope: Scope, item: Item, block: IPv4Network) -> Iterator[Text]:
    """AWS wants a new block to be smaller than the destination of any route that leads to it elsewhere."""
    for table in scope.find("ec2.route-table", VpcId=item.id):
        for route in table.attrs.get("Routes") or ():
            to = cidr.parse(destination(route))
            if to and target(route)[1] != "local" and to.subnet_of(block):
                said = _("%(table)s has a route to %(to)s, which is no larger than %(block)s. Take it out first.")
                yield said % {"table": table.title, "to": to, "block": block}


def _peerings(scope: Scope, item: Item, block: IPv4Network) -> Iterator[Text]:
    for peering, state, own, other in _sides(scope, item):
        words = {"vpc": item.title, "peering": peering.title, "block": block}
        if state == "pending-acceptance" and own == "RequesterVpcInfo":
            said = _("%(vpc)s has asked for the peering %(peering)s and gets no block until it is accepted or deleted.")
            yield said % words
        if state == "active":
            for each in _overlapped(other, block):
                said = _("%(block)s overlaps %(other)s, a block of the VPC on the other side of %(peering)s.")
                yield said % {**words, "other": each}


def lost(scope: Scope, item: Item, block: IPv4Network) -> Iterator[Text]:
    """Requests for a peering with the VPC that can't be accepted any more once it has the block."""
    for peering, state, own, other in _sides(scope, item):
        if state == "pending-acceptance" and own == "AccepterVpcInfo" and any(_overlapped(other, block)):
            said = _("The peering request %(peering)s fails: %(block)s overlaps a block of the VPC that asks.")
            yield said % {"peering": peering.title, "block": block}


def _sides(scope: Scope, item: Item) -> Iterator[tuple[Item, str, str, Mapping[str, Any]]]:
    """(peering, its state, the VPC's own side, what is on the other) for each peering of a VPC."""
    for peering in scope.find("ec2.peering-connection"):
        for own, far in (("RequesterVpcInfo", "AccepterVpcInfo"), ("AccepterVpcInfo", "RequesterVpcInfo")):
            if (peering.attrs.get(own) or {}).get("VpcId") == item.id:
                yield peering, peering.state, own, peering.attrs.get(far) or {}


def _overlapped(side: Mapping[str, Any], block: IPv4Network) -> Iterator[str]:
    more = [str(each.get("CidrBlock")) for each in side.get("CidrBlockSet") or ()]
    for text in dict.fromkeys([str(side.get("CidrBlock")), *more]):
        found = cidr.parse(text)
        if found and found.overlaps(block):
            yield text
