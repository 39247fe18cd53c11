"""Can an instance be reached from the internet? Each thing that must be so, in the order of a packet's way in and back.

Amazon VPC User Guide, "Connect to the internet using an internet gateway" and "Control subnet traffic with network
access control lists".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address, ip_network
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.cards import Named
from apps.catalog.items import Item
from apps.catalog.questions import Finding, Fix, Verdict
from apps.catalog.scope import Scope
from apps.services.ec2 import acl_rules, acls, placing
from apps.services.ec2 import security_group_rules as group_rules
from apps.services.ec2.route_tables import destination, target
from apps.services.ec2.traffic import (
    ECHO,
    ECHO_REPLY,
    EPHEMERAL,
    Network,
    Traffic,
    fits,
    network,
    same_version,
    walk,
    within,
)
from apps.services.ec2.vpcs import attached, blocks6

_OWN6 = IPv6Network("fc00::/7")  # unique local addresses, which lead nowhere on the internet


@dataclass(frozen=True)
class Door:
    """The network interface that has the address: where it stands, and what guards it."""

    address: str
    subnet: str
    vpc: str
    groups: tuple[str, ...]


def explain(item: Item, scope: Scope, values: Mapping[str, Any]) -> Verdict:
    """The answer, with a finding for each thing that must be so."""
    port = None if values["protocol"] == "icmp" else values["port"]
    wanted = Traffic(values["protocol"], port, ip_network(values["source"]))
    door = door_of(item, wanted.source.version)
    subnet = scope.get("ec2.subnet", door.subnet)
    findings = [_running(item), _addressed(item, scope, door, wanted, subnet)]
    if subnet is None:
        findings.append(_unread("ec2.subnet", door.subnet))
    else:
        findings += [*_routed(scope, subnet, wanted), _entered(scope, subnet, wanted)]
    findings.append(_let_in(scope, door, wanted))
    if subnet is not None:
        findings.append(_left(scope, subnet, wanted))
    notes = [
        _("What the instance itself does is not seen from here: its own firewall, and whether anything listens."),
        _("A security group remembers connections: answers need no outbound rule of it."),
    ]
    return Verdict(*_verdict(findings, wanted), findings, notes)


def _verdict(findings: Sequence[Finding], wanted: Traffic) -> tuple[str, str]:
    missing = sum(finding.tone == "bad" for finding in findings)
    if missing:
        said = _("No: %(traffic)s does not reach it. What is missing: %(count)d.")
        return "bad", said % {"traffic": wanted.words, "count": missing}
    if any(not finding.tone for finding in findings):
        return "warn", _("It can't be told whether %(traffic)s reaches it.") % {"traffic": wanted.words}
    if any(finding.tone == "warn" for finding in findings):
        return "warn", _("In part: %(traffic)s reaches it, not in every case.") % {"traffic": wanted.words}
    return "ok", _("Yes: %(traffic)s reaches it.") % {"traffic": wanted.words}


def door_of(item: Item, version: int) -> Door:
    """The interface with a public address of that version; the first one where none has."""
    attrs = item.attrs
    own = tuple(str(each["GroupId"]) for each in attrs.get("SecurityGroups") or () if each.get("GroupId"))
    address = str(attrs.get("PublicIpAddress" if version == 4 else "Ipv6Address") or "")
    first = Door(address, str(attrs.get("SubnetId") or ""), str(attrs.get("VpcId") or ""), own)
    for each in attrs.get("NetworkInterfaces") or ():
        six = next((str(one["Ipv6Address"]) for one in each.get("Ipv6Addresses") or () if one.get("Ipv6Address")), "")
        found = str((each.get("Association") or {}).get("PublicIp") or "") if version == 4 else six
        if found and each.get("SubnetId"):
            groups = tuple(str(one["GroupId"]) for one in each.get("Groups") or () if one.get("GroupId"))
            return Door(found, str(each["SubnetId"]), str(each.get("VpcId") or first.vpc), groups or own)
    return first


def _unread(kind: str, id: str) -> Finding:
    return Finding("", _("The panel doesn't know it, or you may not see it."), [Named(kind, id)] if id else [])


def _running(item: Item) -> Finding:
    about = [Named(item.kind, item.id)]
    if item.state == "running":
        return Finding("ok", _("The instance runs."), about)
    said = _("The instance is %(state)s, not running.") % {"state": item.state}
    fixes = [Fix(_("Start"), "ec2.instance.start", item.id)] if item.state == "stopped" else []
    return Finding("bad", said, about, fixes=fixes)


def _addressed(item: Item, scope: Scope, door: Door, wanted: Traffic, subnet: Item | None) -> Finding:
    if door.address and ip_address(door.address) in _OWN6:
        return Finding("bad", _("Its IPv6 address, %(address)s, is a private one.") % {"address": door.address})
    if door.address:
        said = _("It has the public address %(address)s.") % {"address": door.address}
        held = [one for one in scope.find("ec2.address") if one.attrs.get("PublicIp") == door.address]
        return Finding("ok", said, [Named("ec2.address", one.id) for one in held])
    if wanted.source.version == 6:
        if subnet and not blocks6(subnet):
            about = [Named(subnet.kind, subnet.id)]
            return Finding("bad", _("It has no IPv6 address: its subnet has no IPv6 block."), about)
        return Finding("bad", _("It has no IPv6 address."))
    idle = [one for one in scope.find("ec2.address") if not one.attrs.get("AssociationId")]
    fix = Fix(_("Allocate an Elastic IP"), "ec2.address.allocate")
    if idle:
        label = _("Associate %(address)s") % {"address": idle[0].attrs.get("PublicIp")}
        fix = Fix(label, "ec2.address.associate", idle[0].id, {"instance": item.id})
    return Finding("bad", _("It has no public IPv4 address."), fixes=[fix])


def _routed(scope: Scope, subnet: Item, wanted: Traffic) -> Iterator[Finding]:
    table, association = placing.table_of(scope, subnet)
    if table is None:
        yield _unread("ec2.route-table", "")
        return
    named = [Named(table.kind, table.id), Named(subnet.kind, subnet.id)]
    gateways = attached(scope, str(subnet.attrs.get("VpcId")))
    route = _route(table, wanted.source)
    goes = target(route)[1] if route else ""
    line = [f"{destination(route)} → {goes or _('nothing')}"] if route else []
    how = _("It is named by the subnet.") if association else _("The subnet names none, so the VPC's main one counts.")
    evidence = [*line, how]
    if goes.startswith("igw-") and (route or {}).get("State") != "blackhole":
        yield Finding("ok", _("Its subnet's route table leads to an internet gateway."), named, evidence)
        yield _gateway(scope, subnet, goes, gateways)
        return
    said = _("Its subnet's route table has no route to an internet gateway.")
    if goes.startswith("nat-"):
        said = _("Its subnet's route table leads to a NAT gateway: out, and not in.")
    if goes.startswith("eigw-"):
        said = _("Its subnet's route table leads to an egress-only internet gateway: out, and not in.")
    yield Finding("bad", said, named, evidence, list(_ways(scope, subnet, table, gateways, wanted, bool(route))))
    if not gateways:
        yield _gateway(scope, subnet, "", gateways)


def _route(table: Item, source: Network) -> Mapping[str, Any] | None:
    """The route that counts for all of the source: the one with the longest prefix that holds it."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    for route in table.attrs.get("Routes") or ():
        block = network(destination(route))
        if block and within(source, block):
            found.append((block.prefixlen, route))
    return max(found, key=lambda each: each[0])[1] if found else None


def _ways(
    scope: Scope, subnet: Item, table: Item, gateways: Sequence[Item], wanted: Traffic, routed: bool
) -> Iterator[Fix]:
    """What gives the subnet a way in: a table that has one, else a route in its own."""
    tables = scope.find("ec2.route-table", VpcId=subnet.attrs.get("VpcId"))
    for other in tables:
        route = _route(other, wanted.source)
        if route and target(route)[1].startswith("igw-"):
            label = _("Give the subnet %(table)s") % {"table": other.title}
            yield Fix(label, "ec2.subnet.change-route-table", subnet.id, {"table": other.id})
            break
    to = "0.0.0.0/0" if wanted.source.version == 4 else "::/0"
    if gateways and not routed:
        row = {"destination": to, "target": gateways[0].id}
        yield Fix(_("Add a route to %(to)s") % {"to": to}, "ec2.route-table.edit-routes", table.id, {"routes": [row]})
    elif gateways:
        yield Fix(_("Edit routes"), "ec2.route-table.edit-routes", table.id)


def _gateway(scope: Scope, subnet: Item, id: str, gateways: Sequence[Item]) -> Finding:
    vpc = str(subnet.attrs.get("VpcId"))
    if any(one.id == id for one in gateways) or (gateways and not id):
        about = [Named("ec2.internet-gateway", id or gateways[0].id), Named("ec2.vpc", vpc)]
        return Finding("ok", _("The internet gateway is attached to the VPC."), about)
    if id and not scope.find("ec2.internet-gateway"):
        return _unread("ec2.internet-gateway", id)
    free = [one for one in scope.find("ec2.internet-gateway") if not one.attrs.get("Attachments")]
    fix = Fix(_("Create an internet gateway"), "ec2.internet-gateway.create", fills={"vpc": vpc})
    if free:
        label = _("Attach %(gateway)s") % {"gateway": free[0].title}
        fix = Fix(label, "ec2.internet-gateway.attach", free[0].id, {"vpc": vpc})
    return Finding("bad", _("The VPC has no internet gateway."), [Named("ec2.vpc", vpc)], fixes=[fix])


def _entered(scope: Scope, subnet: Item, wanted: Traffic) -> Finding:
    ports = None if wanted.port is None else (wanted.port, wanted.port)
    said = (
        _("The subnet's network ACL lets it in."),
        _("The subnet's network ACL lets only a part of it in."),
        _("The subnet's network ACL does not let it in."),
    )
    return _guarded(scope, subnet, wanted, False, ports, ECHO, said)


def _left(scope: Scope, subnet: Item, wanted: Traffic) -> Finding:
    ports = None if wanted.port is None else EPHEMERAL
    said = (
        _("The subnet's network ACL lets answers out, to ports 1024 to 65535."),
        _("The subnet's network ACL lets only a part of the answers out; clients use ports 1024 to 65535."),
        _("The subnet's network ACL does not let answers out, to ports 1024 to 65535."),
    )
    if ports is None:
        said = (_("The subnet's network ACL lets answers out."), said[1], _("The network ACL lets no answers out."))
    return _guarded(scope, subnet, wanted, True, ports, ECHO_REPLY, said)


def _guarded(
    scope: Scope,
    subnet: Item,
    wanted: Traffic,
    egress: bool,
    ports: tuple[int, int] | None,
    icmp: int,
    said: tuple[str, str, str],
) -> Finding:
    acl, _association = placing.acl_of(scope, subnet)
    if acl is None:
        return _unread("ec2.network-acl", "")
    about = [Named(acl.kind, acl.id)]
    allowed, counted = walk(acls.rules(acl, egress), wanted, ports, icmp)
    lines = [_line(each) for each in counted] or [_("No rule fits, so the last one counts: deny.")]
    if allowed == "all":
        return Finding("ok", said[0], about, lines)
    verb, free = ("edit-outbound" if egress else "edit-inbound"), _number(acl, egress, counted)
    first, last = ports or (None, None)
    row = {"number": free, "action": "allow", "protocol": wanted.protocol, "port_from": first, "port_to": last}
    row = {key: value for key, value in row.items() if value is not None} | {"block": str(wanted.source)}
    fix = Fix(_("Add a rule"), f"ec2.network-acl.{verb}", acl.id, {"rules": [row]} if free else {})
    return Finding("warn" if allowed else "bad", said[1] if allowed else said[2], about, lines, [fix])


def _line(entry: Mapping[str, Any]) -> str:
    row = acl_rules.row_of(entry)
    words = acl_rules.words(row) if row else entry["RuleAction"]
    return _("Rule %(number)d: %(words)s") % {"number": entry["RuleNumber"], "words": words}


def _number(acl: Item, egress: bool, counted: Sequence[Mapping[str, Any]]) -> int:
    """A free number before the first rule that stands in the way; 0 where there is none."""
    taken = {each["RuleNumber"] for each in acls.rules(acl, egress)}
    top = min((each["RuleNumber"] for each in counted if each["RuleAction"] == "deny"), default=acls.LAST)
    if top == acls.LAST:
        above = max(taken, default=90) // 10 * 10 + 10
        return above if above < acls.LAST else 0
    return next((number for number in range(top - 1, 0, -1) if number not in taken), 0)


def _let_in(scope: Scope, door: Door, wanted: Traffic) -> Finding:
    groups = [(id, scope.get("ec2.security-group", id)) for id in door.groups]
    about = [Named("ec2.security-group", id) for id in door.groups]
    part: list[str] = []
    unsure: list[str] = []
    for id, group in groups:
        for rule in group_rules.rules_of(group.attrs.get("IpPermissions")) if group else ():
            if not fits(rule, wanted):
                continue
            block = network(rule.source)
            line = f"{group.title if group else id}: {group_rules.said(rule)}"
            if block is None:
                unsure.append(line)
            elif within(wanted.source, block):
                return Finding("ok", _("A security group lets it in."), [Named("ec2.security-group", id)], [line])
            elif same_version(block, wanted.source) and block.overlaps(wanted.source):
                part.append(line)
    if any(group is None for _id, group in groups) or unsure:
        text = _("Whether a security group lets it in can't be told: a rule names a group or a prefix list.")
        if not unsure:
            text = _("Not every security group is known to the panel.")
        return Finding("", text, about, [*part, *unsure])
    row = {"protocol": wanted.protocol, "ports": _ports(wanted), "source": str(wanted.source)}
    verb = "ec2.security-group.edit-inbound-rules"
    fixes = [Fix(_("Add a rule"), verb, id, {"rules": [row]}) for id in door.groups[:1]]
    if part:
        return Finding("warn", _("Its security groups let it in from a part of these only."), about, part, fixes)
    return Finding("bad", _("No rule of its security groups lets it in."), about, fixes=fixes)


def _ports(wanted: Traffic) -> str:
    return "" if wanted.port is None else str(wanted.port)
