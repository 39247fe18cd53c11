"""Address blocks as people type them, against AWS's limits. Amazon VPC User Guide, "VPC CIDR blocks"."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from django import forms
from django.utils.translation import gettext as _

LARGEST, SMALLEST = 16, 28  # prefix lengths of a VPC and of a subnet
RESERVED = 5  # addresses of each subnet that AWS keeps
PREFIXES6 = range(44, 65, 4)  # of a subnet's IPv6 block
# Which no VPC may have: this network, loopback, link-local, multicast.
NEVER = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")))


def network(text: str) -> IPv4Network | IPv6Network:
    """A block in either version. Raises ValidationError, for host bits with the block that was meant."""
    try:
        return ip_network(text)
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise forms.ValidationError(
            _("%(value)s is no CIDR block, such as 10.0.0.0/16.") % {"value": text}, code="cidr"
        ) from None
    if "/" not in text:
        raise forms.ValidationError(_("%(value)s has no prefix length, such as /16.") % {"value": text}, code="cidr")
    raise forms.ValidationError(
        _("%(value)s has bits beyond its prefix length; the block is %(meant)s.") % {"value": text, "meant": meant},
        code="cidr",
    )


def block(text: str) -> IPv4Network:
    """An IPv4 block that AWS takes for a VPC or a subnet. Raises ValidationError."""
    found = network(text)
    if not isinstance(found, IPv4Network):
        raise forms.ValidationError(_("%(value)s is not IPv4.") % {"value": text}, code="cidr")
    if not LARGEST <= found.prefixlen <= SMALLEST:
        raise forms.ValidationError(
            _("A block has a prefix of /%(largest)d to /%(smallest)d, not /%(value)d.")
            % {"largest": LARGEST, "smallest": SMALLEST, "value": found.prefixlen},
            code="cidr",
        )
    return found


def vpc_block(text: str) -> IPv4Network:
    """A block that AWS takes for a VPC. Raises ValidationError."""
    found = block(text)
    for kept in NEVER:
        if found.subnet_of(kept):
            said = _("%(value)s is of %(kept)s, which no VPC may have.")
            raise forms.ValidationError(said % {"value": text, "kept": kept}, code="cidr")
    return found


def block6(text: str) -> IPv6Network:
    """An IPv6 block that AWS takes for a subnet. Raises ValidationError. "Subnet CIDR blocks", there."""
    found = network(text)
    if not isinstance(found, IPv6Network):
        raise forms.ValidationError(_("%(value)s is not IPv6.") % {"value": text}, code="cidr")
    if found.prefixlen not in PREFIXES6:
        said = _(
            "The IPv6 block of a subnet has a prefix of /%(largest)d to /%(smallest)d in steps of 4, not /%(value)d."
        )
        words = {"largest": PREFIXES6[0], "smallest": PREFIXES6[-1], "value": found.prefixlen}
        raise forms.ValidationError(said % words, code="cidr")
    return found


def parse(text: str) -> IPv4Network | None:
    """The block, or None where it is none: for checks that others have complained before."""
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def overlaps(first: list[str], second: list[str]) -> Iterator[tuple[str, str]]:
    """The pairs that share addresses."""
    for one in first:
        for other in second:
            a, b = parse(one), parse(other)
            if a and b and a.overlaps(b):
                yield one, other
