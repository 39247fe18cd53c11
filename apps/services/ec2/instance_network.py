"""Where an instance lies in its network, and by which addresses it is reached."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Shown
from apps.catalog.items import Item
from apps.services.ec2.instance_tabs import NETWORK
from apps.services.ec2.instances import instance


def _interfaces(item: Item) -> list[dict[str, Any]]:
    found = [*(item.attrs.get("NetworkInterfaces") or ())]
    return sorted(found, key=lambda one: (one.get("Attachment") or {}).get("DeviceIndex") or 0)


def _ipv6(found: dict[str, Any]) -> list[str]:
    return [str(each["Ipv6Address"]) for each in found.get("Ipv6Addresses") or () if each.get("Ipv6Address")]


@instance.card(NETWORK, _("Addresses"), rank=10)
def addresses_card(item: Item) -> Shown:
    attrs = item.attrs
    facts = [
        (_now("Public IPv4 address"), attrs.get("PublicIpAddress")),
        (_now("Public IPv4 name"), attrs.get("PublicDnsName")),
        (_now("Private IPv4 addresses"), _private(item)),
        (_now("Private IPv4 name"), attrs.get("PrivateDnsName")),
        (_now("IPv6 addresses"), [text for each in _interfaces(item) for text in _ipv6(each)]),
        (_now("Availability Zone"), item.zone),
    ]
    return Shown(facts=facts)


def _private(item: Item) -> list[str]:
    found = [
        str(one.get("PrivateIpAddress") or "")
        for each in _interfaces(item)
        for one in each.get("PrivateIpAddresses") or ()
    ]
    return [text for text in found if text] or [str(item.attrs.get("PrivateIpAddress") or "")]


@instance.card(NETWORK, _("Where it lies"), rank=20, empty=_("In no VPC any more."))
def place_card(item: Item) -> Shown:
    pairs = ((_now("VPC"), "ec2.vpc", "VpcId"), (_now("Subnet"), "ec2.subnet", "SubnetId"))
    rows = [(label, Named(kind, str(item.attrs[key]))) for label, kind, key in pairs if item.attrs.get(key)]
    return Shown(heads=[_now("What"), _now("Which")], rows=rows)


@instance.card(NETWORK, _("Network interfaces"), rank=30, empty=_("None now."))
def interfaces_card(item: Item) -> Shown:
    heads = [_now("Interface"), _now("Index"), _now("Private addresses"), _now("Public address"), _now("Subnet")]
    rows = [
        (
            Named("ec2.network-interface", str(one.get("NetworkInterfaceId") or "")),
            (one.get("Attachment") or {}).get("DeviceIndex"),
            [each.get("PrivateIpAddress") for each in one.get("PrivateIpAddresses") or ()] + _ipv6(one),
            (one.get("Association") or {}).get("PublicIp"),
            Named("ec2.subnet", str(one.get("SubnetId") or "")),
        )
        for one in _interfaces(item)
    ]
    return Shown(heads=heads, rows=rows)
