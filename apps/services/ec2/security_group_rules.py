"""The rules of security groups as AWS has them, one by one, and as rows of a form; and what differs between two sets.
Pure functions. AWS: Amazon VPC User Guide, "Security group rules"; EC2 API Reference, IpPermission."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.text import Text
from apps.services.ec2.ports import ADMINISTRATIVE, SERVICES

Permission = Mapping[str, Any]

ALL, ANYWHERE, ANYWHERE6 = "-1", "0.0.0.0/0", "::/0"
SELF = "self"  # stands for the id of the group itself, which a group that is yet to be made doesn't have
TOP = 65535
NAMES = {"tcp": "TCP", "udp": "UDP", "icmp": "ICMP", "icmpv6": "ICMPv6"}
NUMBERS = {"4": "IPv4", "41": "IPv6", "47": "GRE", "50": "ESP", "51": "AH", "89": "OSPF", "132": "SCTP"}
_CALLED = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}  # AWS takes the number and answers the name
GROUP = re.compile(r"(?:(?P<owner>\d{12})/)?(?P<id>sg-(?:[0-9a-f]{8}|[0-9a-f]{17}))")
PREFIX_LIST = re.compile(r"pl-(?:[0-9a-f]{8}|[0-9a-f]{17})")


@dataclass(frozen=True, order=True)
class Rule:
    """One rule as AWS counts them. `protocol` is tcp, udp, icmp, icmpv6, -1 (all) or a number; `first` and `last` are
    ports, of ICMP the type and the code (-1: all), of others empty. `source` is a CIDR block, a group
    (`sg-…`, of another account `111122223333/sg-…`) or a prefix list (`pl-…`): for an outbound rule the destination."""

    protocol: str
    first: int | None
    last: int | None
    source: str
    description: str = ""

    @property
    def key(self) -> tuple[str, int | None, int | None, str]:
        """AWS takes a rule for the same when this is."""
        return self.protocol, self.first, self.last, self.source

    @property
    def group(self) -> str:
        """The id of the group that it names, else nothing."""
        found = GROUP.fullmatch(self.source)
        return found["id"] if found else ""

    @property
    def open(self) -> bool:
        """Whether it is for everybody."""
        return self.source in (ANYWHERE, ANYWHERE6)


def rules_of(permissions: Iterable[Permission] | None, owner: str = "") -> list[Rule]:
    """Each rule of AWS's list, in its order. `owner` is the number of the account that the group belongs to."""
    return [Rule(*_ports(one), source, said) for one in permissions or () for source, said in _sources(one, owner)]


def _ports(permission: Permission) -> tuple[str, int | None, int | None]:
    protocol = str(permission.get("IpProtocol") or ALL).lower()
    protocol = _CALLED.get(protocol, protocol)
    if protocol not in NAMES:
        return protocol, None, None
    first, last = permission.get("FromPort"), permission.get("ToPort")
    if protocol.startswith("icmp"):
        return protocol, -1 if first is None else first, -1 if last is None else last
    return (protocol, 0, TOP) if first in (None, -1) else (protocol, first, last)


def _sources(permission: Permission, owner: str) -> Iterable[tuple[str, str]]:
    for name, key in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId")):
        for each in permission.get(name) or ():
            yield each[key], each.get("Description") or ""
    for each in permission.get("UserIdGroupPairs") or ():
        other = each.get("UserId") or owner
        id = each.get("GroupId") or each.get("GroupName") or ""
        yield f"{other}/{id}" if owner and other != owner else id, each.get("Description") or ""


def permissions_of(rules: Iterable[Rule], itself: Any = None) -> list[dict[str, Any]]:
    """The rules in AWS's words, those of the same ports together. `itself` is what `self` stands for: a group's id, or
    the reference to one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for rule in rules:
        one = found.setdefault(rule.key[:3], {"IpProtocol": rule.protocol})
        if rule.first is not None:
            one |= {"FromPort": rule.first, "ToPort": rule.last}
        name, source = _target(rule.source, itself)
        one.setdefault(name, []).append(source | ({"Description": rule.description} if rule.description else {}))
    return list(found.values())


def _target(source: str, itself: Any) -> tuple[str, dict[str, Any]]:
    if source == SELF:
        return "UserIdGroupPairs", {"GroupId": itself}
    if group := GROUP.fullmatch(source):
        return "UserIdGroupPairs", {"GroupId": group["id"]} | ({"UserId": group["owner"]} if group["owner"] else {})
    if source.startswith("pl-"):
        return "PrefixListIds", {"PrefixListId": source}
    return ("Ipv6Ranges", {"CidrIpv6": source}) if ":" in source else ("IpRanges", {"CidrIp": source})


@dataclass(frozen=True)
class Change:
    """What makes one set of rules another. `described` pairs what is there with what only says something else."""

    added: Sequence[Rule] = ()
    removed: Sequence[Rule] = ()
    described: Sequence[tuple[Rule, Rule]] = ()

    @property
    def anything(self) -> bool:
        return bool(self.added or self.removed or self.described)


def change(now: Iterable[Rule], wanted: Iterable[Rule]) -> Change:
    """What has to be authorized, revoked and described anew."""
    there, then = {rule.key: rule for rule in now}, {rule.key: rule for rule in wanted}
    return Change(
        added=[rule for key, rule in then.items() if key not in there],
        removed=[rule for key, rule in there.items() if key not in then],
        described=[
            (there[key], rule)
            for key, rule in then.items()
            if key in there and there[key].description != rule.description
        ],
    )


# In words


def protocol_of(rule: Rule) -> str:
    if rule.protocol == ALL:
        return _("All traffic")
    known = NUMBERS.get(rule.protocol)
    return NAMES.get(rule.protocol) or (f"{known} ({rule.protocol})" if known else rule.protocol)


def ports_of(rule: Rule) -> str:
    """`22`, `8000-8100`, `all`; of ICMP `all`, a type (`8`) or type and code (`3/4`); empty where it has none."""
    if rule.first is None:
        return ""
    if rule.protocol.startswith("icmp"):
        return "all" if rule.first == -1 else str(rule.first) if rule.last == -1 else f"{rule.first}/{rule.last}"
    if (rule.first, rule.last) == (0, TOP):
        return "all"
    return str(rule.first) if rule.first == rule.last else f"{rule.first}-{rule.last}"


def service_of(rule: Rule) -> str:
    """What usually listens there: `HTTPS`."""
    one = rule.protocol in ("tcp", "udp") and rule.first == rule.last
    return SERVICES.get(rule.first or 0, "") if one else ""


def said(rule: Rule, outbound: bool = False) -> Text:
    """`TCP 22 (SSH) from 203.0.113.7/32`."""
    service = service_of(rule)
    what = " ".join(filter(None, (protocol_of(rule), ports_of(rule), service and f"({service})")))
    source = _("the group itself") if rule.source == SELF else rule.source
    text = _("%(what)s to %(source)s") if outbound else _("%(what)s from %(source)s")
    return text % {"what": what, "source": source}


def exposed(rule: Rule) -> list[int]:
    """The administrative ports that it opens to everybody."""
    if not rule.open or rule.protocol not in ("tcp", "udp", ALL):
        return []
    first, last = (0, TOP) if rule.first is None else (rule.first, rule.last or 0)
    return [port for port in ADMINISTRATIVE if first <= port <= last]


def named(ports: Iterable[int]) -> str:
    """`22 (SSH), 3389 (RDP)`, of many the first."""
    found = [f"{port} ({SERVICES[port]})" for port in ports]
    return ", ".join(found[:6]) + (", …" if len(found) > 6 else "")


def covers(one: Rule, other: Rule) -> bool:
    """Whether a rule allows all that another does, and more."""
    if one.key == other.key or one.protocol not in (ALL, other.protocol):
        return False
    if one.protocol != ALL and one.protocol in ("tcp", "udp"):
        if not ((one.first or 0) <= (other.first or 0) and (other.last or 0) <= (one.last or 0)):
            return False
    elif one.protocol != ALL and (one.first, one.last) not in ((-1, -1), (other.first, other.last)):
        return False
    return one.source == other.source or _within(other.source, one.source)


def _within(source: str, block: str) -> bool:
    if any(GROUP.fullmatch(each) or each.startswith("pl-") or each == SELF for each in (source, block)):
        return False
    inner, outer = ipaddress.ip_network(source), ipaddress.ip_network(block)
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


# As rows of a form


def row_of(rule: Rule, itself: str = "") -> dict[str, Any]:
    """The rule as a row; `itself` is the id of the group that `self` is said for."""
    known = rule.protocol in NAMES
    return {
        "protocol": "all" if rule.protocol == ALL else rule.protocol if known else "number",
        "number": None if known or rule.protocol == ALL else int(rule.protocol),
        "ports": ports_of(rule),
        "source": SELF if itself and rule.source == itself else rule.source,
        "description": rule.description,
    }


class Wrong(ValueError):
    """What a row says is no rule: `field`, and why."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(str(text))
        self.field = field


def rule_of(row: Mapping[str, Any]) -> Rule:
    """The rule that a row says. Raises Wrong."""
    protocol, ports = row.get("protocol") or "tcp", str(row.get("ports") or "").strip().lower()
    source = source_of(str(row.get("source") or ""))
    if protocol in ("all", "number"):
        if ports:
            raise Wrong("ports", _("This protocol has no ports; leave them empty, not %(ports)s.") % {"ports": ports})
        number = row.get("number")
        if protocol == "number" and number is None:
            raise Wrong("number", _("Enter the protocol's number, 0 to 255."))
        found = ALL if protocol == "all" else _CALLED.get(str(number), str(number))
        if found in NAMES:
            raise Wrong("number", _("%(number)s is %(name)s: choose that.") % {"number": number, "name": NAMES[found]})
        return Rule(found, None, None, source, row.get("description") or "")
    first, last = _types(ports) if protocol.startswith("icmp") else _range(ports)
    return Rule(protocol, first, last, source, row.get("description") or "")


def _range(ports: str) -> tuple[int, int]:
    if ports == "all":
        return 0, TOP
    found = re.fullmatch(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?", ports, re.ASCII)
    if not found:
        raise Wrong("ports", _("Enter a port (443), a range (8000-8100) or all, not “%(ports)s”.") % {"ports": ports})
    first, last = int(found[1]), int(found[2] or found[1])
    if max(first, last) > TOP:
        raise Wrong("ports", _("The last port there is is 65535, not %(port)d.") % {"port": max(first, last)})
    if last < first:
        said = _("The last port, %(last)d, is below the first, %(first)d.")
        raise Wrong("ports", said % {"last": last, "first": first})
    return first, last


def _types(ports: str) -> tuple[int, int]:
    if ports in ("", "all"):
        return -1, -1
    found = re.fullmatch(r"(\d{1,3})(?:\s*/\s*(\d{1,3}))?", ports, re.ASCII)
    if not found or int(found[1]) > 255 or int(found[2] or 0) > 255:
        said = _("Enter a type (8), type and code (3/4), each 0 to 255, or all, not “%(ports)s”.")
        raise Wrong("ports", said % {"ports": ports})
    return int(found[1]), int(found[2]) if found[2] else -1


def source_of(text: str) -> str:
    """A source or destination as AWS writes it. Raises Wrong."""
    source = text.strip().lower()
    if source == SELF or GROUP.fullmatch(source) or PREFIX_LIST.fullmatch(source):
        return source
    if source.startswith(("sg-", "pl-")):
        raise Wrong("source", _("%(source)s is not the whole id of a group or a prefix list.") % {"source": source})
    try:
        found = ipaddress.ip_interface("" if "%" in source else source)
    except ValueError:
        message = _("Enter a CIDR block such as 203.0.113.7/32, a security group or a prefix list, not “%(source)s”.")
        raise Wrong("source", message % {"source": source}) from None
    if found.ip != found.network.network_address:
        said = _("%(source)s has bits set behind its prefix; the block is %(block)s, the one address %(one)s.")
        one = f"{found.ip}/{found.max_prefixlen}"
        raise Wrong("source", said % {"source": source, "block": found.network, "one": one})
    return str(found.network)
