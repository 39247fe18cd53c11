"""The map of a VPC: its subnets by zone, the route tables that they name, and where these lead."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.cards import Named, Sheet
from apps.catalog.items import Item
from apps.catalog.maps import Box, Drawing, Frame, Line, Tier
from apps.catalog.scope import Scope
from apps.services.ec2.egress_gateways import egress_gateway
from apps.services.ec2.internet_gateways import gateway
from apps.services.ec2.nat_gateways import nat_gateway
from apps.services.ec2.peerings import peering
from apps.services.ec2.route_tables import destination, opens, route_table, subnets_of, target
from apps.services.ec2.subnets import subnet
from apps.services.ec2.vpcs import attached, blocks6, is_main, vpc

MAP = Sheet("map", _("Map"), 5)
_ICONS = {"tgw-": "network", "vgw-": "cable", "eni-": "ethernet-port", "vpce-": "plug", "eigw-": "globe"}


@vpc.map(
    MAP,
    help=_("Each subnet leads to the route table that counts for it, each table to where its routes go."),
    empty=_("The VPC has no subnets yet."),
)
def draw(item: Item, scope: Scope) -> Drawing:
    subnets, tables = scope.find(subnet.kind, VpcId=item.id), scope.find(route_table.kind, VpcId=item.id)
    main = next((table for table in tables if is_main(table)), None)
    named = {id: table for table in tables for id in subnets_of(table)}
    by_subnet = {each.id: table for each in subnets if (table := named.get(each.id, main))}
    nats = [each for each in scope.find(nat_gateway.kind, VpcId=item.id) if each.state not in {"deleted", "failed"}]
    if not subnets:
        return Drawing(())
    ends = {box.key: box for box in _ends(item, scope, nats, tables)}
    lines = [Line(id, table.id) for id, table in by_subnet.items()]
    for table in tables:
        lines += _leads(table, ends)
    tiers = (
        Tier(_now("Subnets"), frames=list(_zones(scope, item, subnets, by_subnet, nats))),
        Tier(_now("Route tables"), boxes=[_table(table) for table in tables]),
        Tier(_now("Ways out"), boxes=list(ends.values())),
    )
    return Drawing(tiers, lines)


def _zones(
    scope: Scope, item: Item, subnets: Sequence[Item], tables: Mapping[str, Item], nats: Sequence[Item]
) -> Iterator[Frame]:
    counts: dict[str, int] = {}
    for each in scope.find("ec2.instance", VpcId=item.id):
        if each.state != "terminated":
            counts[str(each.attrs.get("SubnetId"))] = counts.get(str(each.attrs.get("SubnetId")), 0) + 1
    inside = {each.attrs.get("SubnetId") for each in nats}
    for zone in sorted({each.zone for each in subnets}):
        here = [each for each in subnets if each.zone == zone]
        boxes = [_subnet(each, tables.get(each.id), counts.get(each.id, 0), each.id in inside) for each in here]
        yield Frame(zone or _now("Zone unknown"), sorted(boxes, key=lambda box: (box.tone != "open", str(box.label))))


def _subnet(item: Item, table: Item | None, count: int, nat: bool) -> Box:
    public = table is not None and opens(table)
    lines = [
        str(item.attrs.get("CidrBlock") or ""),
        *blocks6(item),
        ngettext("%(count)d instance", "%(count)d instances", count) % {"count": count},
    ]
    mark = _now("Public") if public else _now("Private")
    more = [_now("NAT gateway")] if nat else []
    tone = "open" if public else "shut"
    return Box(item.id, item.title, Named(item.kind, item.id), [*lines, *more], tone, mark, subnet.icon)


def _table(item: Item) -> Box:
    count = len(item.attrs.get("Routes") or ())
    lines = [ngettext("%(count)d route", "%(count)d routes", count) % {"count": count}]
    mark = _now("Main") if is_main(item) else ""
    return Box(item.id, item.title, Named(item.kind, item.id), lines, mark=mark, icon=route_table.icon)


def _ends(item: Item, scope: Scope, nats: Sequence[Item], tables: Sequence[Item]) -> Iterator[Box]:
    """Where routes may lead: what the VPC has, and what only routes name."""
    known: set[str] = set()
    for each in attached(scope, item.id):
        known.add(each.id)
        yield Box(each.id, each.title, Named(each.kind, each.id), [_now("Internet gateway")], icon=gateway.icon)
    for each in scope.find(egress_gateway.kind, Attachments=[{"VpcId": item.id}]):
        known.add(each.id)
        lines = [_now("Egress-only internet gateway")]
        yield Box(each.id, each.title, Named(each.kind, each.id), lines, icon=egress_gateway.icon)
    for each in nats:
        known.add(each.id)
        public = [str(one["PublicIp"]) for one in each.attrs.get("NatGatewayAddresses") or () if one.get("PublicIp")]
        lines = [_now("NAT gateway"), *public[:1]]
        yield Box(each.id, each.title, Named(each.kind, each.id), lines, icon=nat_gateway.icon)
    for each in scope.find(peering.kind):
        sides = [each.attrs.get(side) or {} for side in ("RequesterVpcInfo", "AccepterVpcInfo")]
        other = [one for one in sides if one.get("VpcId") != item.id]
        if each.state == "active" and len(other) == 1:
            known.add(each.id)
            lines = [_now("Peering"), str(other[0].get("CidrBlock") or other[0].get("VpcId") or "")]
            yield Box(each.id, each.title, Named(each.kind, each.id), lines, icon=peering.icon)
    for table in tables:
        for route in table.attrs.get("Routes") or ():
            id = target(route)[1]
            if id and id != "local" and id not in known:
                known.add(id)
                gone = route.get("State") == "blackhole"
                lines = [_now("Gone: traffic to it is dropped")] if gone else []
                icon = _ICONS.get(id.partition("-")[0] + "-", "box")
                yield Box(id, id, lines=lines, tone="bad" if gone else "", mark=_now("Gone") if gone else "", icon=icon)


def _leads(table: Item, ends: Mapping[str, Any]) -> Iterator[Line]:
    """One line to each target, with all destinations that lead there."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for route in table.attrs.get("Routes") or ():
        found.setdefault(target(route)[1], []).append(route)
    for id, routes in found.items():
        if id in ends:
            bad = any(route.get("State") == "blackhole" for route in routes)
            yield Line(table.id, id, ", ".join(destination(route) for route in routes), bad)
