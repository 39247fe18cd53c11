"""Traffic that shall reach something, and whether blocks, rules of network ACLs and of security groups are for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from django.utils.translation import gettext as _

from apps.services.ec2 import acl_rules
from apps.services.ec2.security_group_rules import Rule

Network = IPv4Network | IPv6Network
EPHEMERAL = (1024, 65535)  # ports that clients answer at, whatever their system
ECHO, ECHO_REPLY = 8, 0  # types of ICMP


@dataclass(frozen=True)
class Traffic:
    """What shall come in: `port` is empty for ICMP."""

    protocol: str  # tcp, udp or icmp
    port: int | None
    source: Network

    @property
    def words(self) -> str:
        what = self.protocol.upper() if self.port is None else f"{self.protocol.upper()} {self.port}"
        everybody = self.source.prefixlen == 0
        said = _("%(what)s from anywhere") if everybody else _("%(what)s from %(source)s")
        return said % {"what": what, "source": self.source}


def network(text: Any) -> Network | None:
    try:
        return ip_network(str(text))
    except ValueError:
        return None


def walk(
    entries: Sequence[Mapping[str, Any]], wanted: Traffic, ports: tuple[int, int] | None, icmp: int
) -> tuple[str, list[Mapping[str, Any]]]:
    """How much of the traffic the rules allow, in their order ("all", "some" or nothing), and the rules that count."""
    left, counted, some, denied = [ports or (0, 0)], [], False, False
    for each in entries:
        block = network(each.get("CidrBlock") or each.get("Ipv6CidrBlock"))
        if block is None or not same_version(block, wanted.source) or not _speaks(each, wanted, icmp):
            continue
        held = each.get("PortRange") or {}
        limits = (held.get("From", 0), held.get("To", 65535)) if ports else (0, 65535)
        rest = _without(left, *limits)
        if rest == left or not block.overlaps(wanted.source):
            continue
        counted.append(each)
        some, denied = some or each["RuleAction"] == "allow", denied or each["RuleAction"] == "deny"
        left = rest if within(wanted.source, block) else left
        if not left:
            break
    return ("all" if some and not denied and not left else "some" if some else ""), counted


def _without(spans: Sequence[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    """What of the spans of ports lies outside of one."""
    found = []
    for low, high in spans:
        found += [(low, min(high, first - 1)), (max(low, last + 1), high)]
    return [(low, high) for low, high in found if low <= high]


def same_version(one: Network, other: Network) -> bool:
    return one.version == other.version


def within(one: Network, other: Network) -> bool:
    """Whether a block lies within another of the same version."""
    return same_version(one, other) and one.subnet_of(other)  # type: ignore[arg-type]


def _speaks(entry: Mapping[str, Any], wanted: Traffic, icmp: int) -> bool:
    protocol = acl_rules.PROTOCOLS.get(str(entry.get("Protocol")), "")
    if protocol == "all":
        return True
    if wanted.protocol == "icmp":
        kind = (entry.get("IcmpTypeCode") or {}).get("Type", -1)
        return protocol == ("icmp" if wanted.source.version == 4 else "icmpv6") and kind in (-1, icmp)
    return protocol == wanted.protocol


def fits(rule: Rule, wanted: Traffic) -> bool:
    if rule.protocol == "-1":
        return True
    if wanted.protocol == "icmp":
        return rule.protocol == ("icmp" if wanted.source.version == 4 else "icmpv6") and rule.first in (None, -1, ECHO)
    if rule.protocol != wanted.protocol:
        return False
    return rule.first is None or rule.first <= (wanted.port or 0) <= (rule.last or 0)
