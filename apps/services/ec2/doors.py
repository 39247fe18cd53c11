"""How an instance is reached from outside: who signs in, at which address, and whether its groups let somebody in."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog.items import Item
from apps.catalog.scope import Scope

# What stands in the name of an image, and the user that its publisher makes. The first that fits counts: a Bitnami
# image is named after what it is built on, too. Amazon EC2 User Guide, "Manage system users on your Linux instance".
_USERS = (
    ("bitnami", "bitnami"),
    ("ubuntu", "ubuntu"),
    ("debian", "admin"),
    ("fedora", "fedora"),
    ("centos", "centos"),
    ("rocky", "rocky"),
    ("suse", "ec2-user"),
    ("sles", "ec2-user"),
    ("rhel", "ec2-user"),
    ("red hat", "ec2-user"),
    ("al2023", "ec2-user"),
    ("al2-", "ec2-user"),
    ("amzn", "ec2-user"),
    ("amazon linux", "ec2-user"),
)
_OWNERS = {"099720109477": "ubuntu", "136693071363": "admin", "379101102735": "admin", "309956199498": "ec2-user"}
_PLATFORMS = (("Ubuntu", "ubuntu"), ("Red Hat", "ec2-user"), ("SUSE", "ec2-user"))
GUESS = "ec2-user"
OTHERS = ("ec2-user", "ubuntu", "admin", "fedora", "centos", "rocky", "bitnami", "root")


def is_windows(item: Item) -> bool:
    platform = f"{item.attrs.get('Platform') or ''} {item.attrs.get('PlatformDetails') or ''}"
    return "windows" in platform.lower()


def user_of(item: Item, image: Item | None) -> str:
    """The user that the image's publisher makes; nothing where neither image nor instance tell."""
    said = f"{image.name} {image.attrs.get('Description') or ''}".lower() if image else ""
    for part, user in _USERS:
        if part in said:
            return user
    if image and (owned := _OWNERS.get(str(image.attrs.get("OwnerId")))):
        return owned
    platform = str(item.attrs.get("PlatformDetails") or (image and image.attrs.get("PlatformDetails")) or "")
    return next((user for part, user in _PLATFORMS if part in platform), "")


@dataclass(frozen=True)
class Address:
    """`text` is a name or an address; `sort` is public, ipv6, private or nothing."""

    text: str
    sort: str


def address_of(item: Item) -> Address:
    """The best way in: a public name or IPv4 address, then IPv6, then what only the VPC's own networks reach."""
    attrs = item.attrs
    if public := attrs.get("PublicDnsName") or attrs.get("PublicIpAddress"):
        return Address(str(public), "public")
    if six := ipv6_of(item):
        return Address(six, "ipv6")
    private = attrs.get("PrivateIpAddress") or attrs.get("PrivateDnsName")
    return Address(str(private), "private") if private else Address("", "")


def ipv6_of(item: Item) -> str:
    found = [item.attrs.get("Ipv6Address")]
    for interface in item.attrs.get("NetworkInterfaces") or ():
        found += [each.get("Ipv6Address") for each in interface.get("Ipv6Addresses") or ()]
    return str(next(filter(None, found), ""))


@dataclass(frozen=True)
class Entry:
    """What an instance's groups say of a TCP port and somebody's address. `lets_in` is None where it can't be told.
    `sources` are who is let in, as far as the panel knows."""

    lets_in: bool | None
    sources: Sequence[str] = ()
    unknown: Sequence[str] = ()  # ids of groups that the panel doesn't know, or the asker may not see


def entry(item: Item, scope: Scope, port: int, address: str, to: Address) -> Entry:
    """Whether somebody at `address` reaches a port by the instance's address `to`. The panel may see them at one of
    their own network: that tells nothing of the one by which they go into the internet."""
    sources: list[str] = []
    unknown: list[str] = []
    for id in [group["GroupId"] for group in item.attrs.get("SecurityGroups") or ()]:
        group = scope.get("ec2.security-group", id)
        if group is None:
            unknown.append(id)
        else:
            sources += _sources(group.attrs.get("IpPermissions") or (), port)
    version = {"public": 4, "ipv6": 6}.get(to.sort)
    sources = [source for source in dict.fromkeys(sources) if version is None or _version(source) in (None, version)]
    told = version is None or (_is_of_internet(address) and _version(address) == version)
    if any(source in ("0.0.0.0/0", "::/0") or (told and _is_in(address, source)) for source in sources):
        return Entry(True, sources, unknown)
    if not sources and not unknown:
        return Entry(False)
    # A prefix list or another group may hold the address too.
    sure = told and not unknown and all(_version(source) for source in sources)
    return Entry(False if sure else None, sources, unknown)


def _sources(rules: Iterable[Mapping[str, Any]], port: int) -> Iterable[str]:
    for rule in rules:
        first, last = int(rule.get("FromPort") or 0), int(rule.get("ToPort") or 0)
        every = str(rule.get("IpProtocol")) == "-1"
        if every or (rule.get("IpProtocol") == "tcp" and first <= port <= last):
            yield from [each["CidrIp"] for each in rule.get("IpRanges") or ()]
            yield from [each["CidrIpv6"] for each in rule.get("Ipv6Ranges") or ()]
            yield from [each["PrefixListId"] for each in rule.get("PrefixListIds") or ()]
            yield from [each["GroupId"] for each in rule.get("UserIdGroupPairs") or () if each.get("GroupId")]


def _is_in(address: str, source: str) -> bool:
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(source, strict=False)
    except ValueError:
        return False


def _version(source: str) -> int | None:
    """Of an address or a CIDR; None for the id of a group or a prefix list."""
    try:
        return ipaddress.ip_network(source, strict=False).version
    except ValueError:
        return None


def _is_of_internet(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False
