"""What is set on a network interface: its private addresses, and its description, groups and check."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.fields import Refs, Rows
from apps.catalog.items import Item
from apps.catalog.plans import Find, Same, Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.interfaces import MOST_ADDRESSES, MOST_GROUPS, check_free, check_groups, check_own, interface

PLACE = "NetworkInterfaces[0].PrivateIpAddresses[].PrivateIpAddress"


def private(item: Item) -> list[str]:
    """All its private addresses, as AWS orders them."""
    return [str(row["PrivateIpAddress"]) for row in item.attrs.get("PrivateIpAddresses") or ()]


def secondary(item: Item) -> list[str]:
    rows = item.attrs.get("PrivateIpAddresses") or ()
    return [str(row["PrivateIpAddress"]) for row in rows if not row.get("Primary")]


def public(item: Item) -> dict[str, str]:
    """By private address the public one that leads to it."""
    rows = item.attrs.get("PrivateIpAddresses") or ()
    return {str(row["PrivateIpAddress"]): str(row["Association"]["PublicIp"]) for row in rows if row.get("Association")}


class AddressRow(forms.Form):
    address = forms.GenericIPAddressField(label=_("Private IPv4 address"), protocol="ipv4")


class AddressesForm(forms.Form):
    """Amazon EC2 API Reference, AssignPrivateIpAddresses and UnassignPrivateIpAddresses."""

    addresses = Rows(
        AddressRow,
        most=MOST_ADDRESSES - 1,
        required=False,
        label=_("Secondary private addresses"),
        add=_("Add address"),
    )
    more = forms.IntegerField(
        label=_("More, which AWS chooses"), min_value=0, max_value=MOST_ADDRESSES - 1, initial=0, required=False
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        scope: Scope | None = getattr(self, "scope", None)
        items = getattr(self, "items", ())
        check_own(self)
        if len(items) > 1:
            raise forms.ValidationError(_("Edit one network interface at a time: an address is in one place."))
        wanted = [row["address"] for row in values.get("addresses") or ()]
        for ip in sorted({ip for ip in wanted if wanted.count(ip) > 1}):
            self.add_error("addresses", _("%(ip)s stands twice.") % {"ip": ip})
        for item in items:
            if item.attrs.get("PrivateIpAddress") in wanted:
                ip = item.attrs["PrivateIpAddress"]
                self.add_error("addresses", _("%(ip)s is the primary address, which stays.") % {"ip": ip})
            subnet = scope.get("ec2.subnet", str(item.attrs.get("SubnetId"))) if scope else None
            check_free(self, "addresses", subnet, [ip for ip in wanted if ip not in private(item)])
            self._check_most(scope, item, 1 + len(wanted) + (values.get("more") or 0))
        return values

    def _check_most(self, scope: Scope | None, item: Item, count: int) -> None:
        """How many the type of the instance takes, where it is attached to one."""
        instance = (
            scope.get("ec2.instance", (item.attrs.get("Attachment") or {}).get("InstanceId", "")) if scope else None
        )
        size = scope.get("ec2.instance-type", str(instance.attrs.get("InstanceType"))) if scope and instance else None
        most = ((size.attrs.get("NetworkInfo") or {}).get("Ipv4AddressesPerInterface") if size else 0) or MOST_ADDRESSES
        if count > most:
            self.add_error(
                "addresses",
                _("%(what)s takes %(most)d private addresses on an interface with the primary one, not %(count)d.")
                % {"what": size.id if size else _("A network interface"), "most": most, "count": count},
            )


def lost(item: Item, values: Mapping[str, Any]) -> list[Text]:
    """Which addresses lead nowhere then."""
    gone = [ip for ip in secondary(item) if ip not in [row["address"] for row in values["addresses"]]]
    said: list[Text] = [_("%(ip)s leads to it no more.") % {"ip": ip} for ip in gone]
    held = [public(item)[ip] for ip in gone if ip in public(item)]
    return said + [_("%(ip)s is idle then, and goes on to cost.") % {"ip": ip} for ip in held]


@interface.action(
    _("Edit private addresses"),
    verb="edit-addresses",
    icon="list-ordered",
    form=AddressesForm,
    risk=Risk.INTERRUPTS,
    means=lost,
    iam=("ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
    like=lambda item: {"addresses": [{"address": ip} for ip in secondary(item)], "more": 0},
    example={"addresses": [{"address": "10.20.1.21"}], "more": 0},
)
def edit_addresses(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted, there = [row["address"] for row in values["addresses"]], secondary(item)
    gone, new = [ip for ip in there if ip not in wanted], [ip for ip in wanted if ip not in there]
    if gone:
        yield _unassign(item, gone, same=private(item))
    if new:
        yield _assign(item, new, same=None if gone else private(item))
    if more := values["more"]:
        yield Step(
            "ec2.assign_private_ip_addresses",
            title=ngettext("Assign %(count)d more address", "Assign %(count)d more addresses", more) % {"count": more},
            same=None if gone or new else _same(item, private(item)),
            find=Find(
                "ec2.describe_network_interfaces",
                f"NetworkInterfaces[?length(PrivateIpAddresses) > `{1 + len(wanted)}`] | [0]",
                {"NetworkInterfaceIds": [item.id]},
            ),
            touches=_touches(item),
            NetworkInterfaceId=item.id,
            SecondaryPrivateIpAddressCount=more,
        )


def _same(item: Item, addresses: list[str]) -> Same:
    ids = {"NetworkInterfaceIds": [item.id]}
    what = _("The private addresses of %(name)s") % {"name": item.title}
    return Same("ec2.describe_network_interfaces", ids, PLACE, addresses, what=what)


def _touches(item: Item) -> list[tuple[str, list[str]]]:
    instance = (item.attrs.get("Attachment") or {}).get("InstanceId")
    return [(item.kind, [item.id]), *([("ec2.instance", [str(instance)])] if instance else [])]


def _assign(item: Item, addresses: list[str], *, same: list[str] | None = None, undo: bool = True) -> Step:
    return Step(
        "ec2.assign_private_ip_addresses",
        title=_("Assign %(ips)s") % {"ips": ", ".join(addresses)},
        repeat="safe",
        same=_same(item, same) if same else None,
        touches=_touches(item),
        undo=_unassign(item, addresses, undo=False) if undo else None,
        NetworkInterfaceId=item.id,
        PrivateIpAddresses=addresses,
        AllowReassignment=False,
    )


def _unassign(item: Item, addresses: list[str], *, same: list[str] | None = None, undo: bool = True) -> Step:
    return Step(
        "ec2.unassign_private_ip_addresses",
        title=_("Unassign %(ips)s") % {"ips": ", ".join(addresses)},
        repeat="safe",
        same=_same(item, same) if same else None,
        touches=_touches(item),
        undo=_assign(item, addresses, undo=False) if undo else None,
        NetworkInterfaceId=item.id,
        PrivateIpAddresses=addresses,
    )


class SettingsForm(forms.Form):
    """Amazon EC2 API Reference, ModifyNetworkInterfaceAttribute."""

    description = forms.CharField(label=_("Description"), max_length=255, required=False)
    groups = Refs("ec2.security-group", most=MOST_GROUPS, label=_("Security groups"))
    source_dest_check = forms.BooleanField(
        label=_("Source/destination check"),
        required=False,
        help_text=_("On, it takes only what is for itself. Off for what forwards traffic: a NAT, VPN or router."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_own(self)
        if len(getattr(self, "items", ())) > 1:
            raise forms.ValidationError(_("Edit one network interface at a time: each has settings of its own."))
        for item in getattr(self, "items", ()):
            check_groups(self, getattr(self, "scope", None), values.get("groups") or (), item.attrs.get("VpcId"))
        return values


def _settings(item: Item) -> dict[str, Any]:
    return {
        "description": item.attrs.get("Description") or "",
        "groups": [str(each["GroupId"]) for each in item.attrs.get("Groups") or ()],
        "source_dest_check": bool(item.attrs.get("SourceDestCheck", True)),
    }


@interface.action(
    _("Edit"),
    verb="edit",
    icon="pencil",
    form=SettingsForm,
    risk=Risk.INTERRUPTS,
    iam="ec2:ModifyNetworkInterfaceAttribute",
    like=_settings,
    example={"description": "NAT", "groups": ["sg-08f7e6d5c4b3a2910"], "source_dest_check": False},
)
def edit(item: Item, values: Mapping[str, Any]) -> Steps:
    """AWS takes one attribute a call."""
    before = _settings(item)
    words = {
        "description": (_("Write the description"), "Description"),
        "groups": (_("Set the security groups"), "Groups"),
        "source_dest_check": (_("Set the source/destination check"), "SourceDestCheck"),
    }
    for key, (title, parameter) in words.items():
        if (sorted(values[key]) == sorted(before[key])) if key == "groups" else values[key] == before[key]:
            continue
        yield Step(
            "ec2.modify_network_interface_attribute",
            title=title,
            touches=[(item.kind, [item.id])],
            undo=Step(
                "ec2.modify_network_interface_attribute",
                title=_("Set it back"),
                touches=[(item.kind, [item.id])],
                NetworkInterfaceId=item.id,
                **{parameter: _parameter(key, before[key])},
            ),
            NetworkInterfaceId=item.id,
            **{parameter: _parameter(key, values[key])},
        )


def _parameter(key: str, value: Any) -> Any:
    return value if key == "groups" else {"Value": value}
