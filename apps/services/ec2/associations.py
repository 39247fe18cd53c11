"""Where an Elastic IP address leads to: associate, disassociate, move. Never silently away from somewhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import ec2
from apps.services.ec2.addresses import address, disassociation, leads_to, managed, touched
from apps.services.ec2.instances import given_address

# AWS answers IncorrectInstanceState or InvalidInstanceID to the others.
ABLE = {"running", "stopped", "stopping"}


@dataclass(frozen=True)
class Target:
    """What an address is to lead to: the call's own parameters, and what is known of it."""

    title: str
    params: Mapping[str, Any]
    interface: str
    private: str  # the private address
    given: str = ""  # a public address of AWS's that it has now, and loses

    @property
    def touched(self) -> list[tuple[str, list[str]]]:
        return touched({"InstanceId": self.params.get("InstanceId"), "NetworkInterfaceId": self.interface})


class TargetForm(forms.Form):
    """Amazon EC2 API Reference, AssociateAddress."""

    instance = Ref("ec2.instance", label=_("Instance"), required=False)
    interface = Ref(
        "ec2.network-interface",
        label=_("Network interface"),
        required=False,
        help_text=_("In place of an instance: for one with several interfaces, or an interface that is not attached."),
    )
    private_address = forms.GenericIPAddressField(
        label=_("Private IPv4 address"),
        protocol="ipv4",
        required=False,
        help_text=_("Which of the target's private addresses it leads to. Empty: the primary one."),
    )
    reassociate = forms.BooleanField(
        label=_("Take the place of an Elastic IP address that is there"),
        required=False,
        help_text=_("That one stays yours, idle, and goes on to cost."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        scope: Scope | None = getattr(self, "scope", None)
        items = getattr(self, "items", ())
        if len(items) > 1:
            raise forms.ValidationError(_("One address at a time: they can't lead to the same place."))
        managed(self, None)
        if bool(values.get("instance")) == bool(values.get("interface")):
            if not {"instance", "interface"} & self.errors.keys():
                self.add_error("instance", _("Choose an instance or a network interface, one of them."))
            return values
        if scope and items and not self.errors and (target := self._target(scope, values)):
            self._check(scope, items[0], target, values)
            values["target"] = target
        return values

    def _target(self, scope: Scope, values: Mapping[str, Any]) -> Target | None:
        if values["instance"]:
            found = scope.get("ec2.instance", values["instance"])
            return self._instance(found, values) if found else None
        found = scope.get("ec2.network-interface", values["interface"])
        return self._interface(found, values) if found else None

    def _instance(self, found: Item, values: Mapping[str, Any]) -> Target | None:
        interfaces = found.attrs.get("NetworkInterfaces") or []
        if found.state not in ABLE:
            self.add_error("instance", _("%(name)s is %(state)s; choose one that runs or is stopped.") % _named(found))
        elif len(interfaces) > 1:
            ids = ", ".join(str(each.get("NetworkInterfaceId")) for each in interfaces)
            self.add_error(
                "instance",
                _("%(name)s has several network interfaces. Choose one of these in its place: %(ids)s.")
                % {"name": found.title, "ids": ids},
            )
        else:
            only = interfaces[0] if interfaces else {"PrivateIpAddress": found.attrs.get("PrivateIpAddress")}
            return self._at(found, {"InstanceId": found.id}, only, values, given_address(found))
        return None

    def _interface(self, found: Item, values: Mapping[str, Any]) -> Target | None:
        if found.attrs.get("RequesterManaged"):
            kind = found.attrs.get("InterfaceType", "")
            self.add_error(
                "interface",
                _("%(name)s belongs to a service of AWS's (%(kind)s).") % {"name": found.title, "kind": kind},
            )
            return None
        held = found.attrs.get("Association") or {}
        public = held.get("PublicIp") if held.get("IpOwnerId") == "amazon" else ""
        return self._at(found, {"NetworkInterfaceId": found.id}, found.attrs, values, public)

    def _at(
        self, found: Item, params: dict[str, str], interface: Any, values: Mapping[str, Any], public: Any
    ) -> Target | None:
        rows = interface.get("PrivateIpAddresses") or []
        known = [str(row.get("PrivateIpAddress")) for row in rows]
        primary, wanted = str(interface.get("PrivateIpAddress") or ""), values.get("private_address")
        if wanted and known and wanted not in known:
            self.add_error(
                "private_address",
                _("%(name)s has no private address %(ip)s; it has %(known)s.")
                % {"name": found.title, "ip": wanted, "known": ", ".join(known)},
            )
            return None
        if wanted:
            params |= {"PrivateIpAddress": wanted}
        given = str(public or "") if wanted in (None, "", primary) else ""
        return Target(found.title, params, str(interface.get("NetworkInterfaceId") or ""), wanted or primary, given)

    def _check(self, scope: Scope, item: Item, target: Target, values: dict[str, Any]) -> None:
        """Whether another address leads there already, and whether it may lose its place."""
        if _leads(item, target):
            self.add_error("instance" if values["instance"] else "interface", _("It is there already."))
        there = next((one for one in scope.find(address.kind) if one.id != item.id and _leads(one, target)), None)
        if there and not values.get("reassociate"):
            self.add_error(
                "reassociate",
                _("%(target)s has the Elastic IP address %(ip)s. Agree that this one takes its place, or leave it.")
                % {"target": target.title, "ip": there.attrs.get("PublicIp", there.id)},
            )
        values["replaced"] = there


def _named(item: Item) -> dict[str, str]:
    return {"name": item.title, "state": item.state}


def _leads(item: Item, target: Target) -> bool:
    """Whether an address leads to this private address of the target."""
    attrs = item.attrs
    if not attrs.get("AssociationId"):
        return False
    instance = target.params.get("InstanceId")
    same = attrs.get("NetworkInterfaceId") == target.interface if target.interface else False
    same = same or (instance is not None and attrs.get("InstanceId") == instance)
    return same and attrs.get("PrivateIpAddress") in (target.private, None, "")


def meant(item: Item, values: Mapping[str, Any]) -> list[Text]:
    """What will be so then."""
    target: Target | None = values.get("target")
    if target is None:
        return []
    ip, there = item.attrs.get("PublicIp", ""), values.get("replaced")
    said: list[Text] = [
        _("%(target)s is reached by %(ip)s, at its private address %(private)s.")
        % {"target": target.title, "ip": ip, "private": target.private}
    ]
    if there:
        said.append(_("%(ip)s is idle then, and goes on to cost.") % {"ip": there.attrs.get("PublicIp", there.id)})
    elif target.given:
        said.append(
            _("%(target)s loses the public address %(given)s that AWS gave it. Nobody can have that one again.")
            % {"target": target.title, "given": target.given}
        )
    return said


@address.action(
    _("Associate"),
    icon="link",
    form=TargetForm,
    when={"idle"},
    means=meant,
    iam=("ec2:AssociateAddress", "ec2:DisassociateAddress"),
    example={"instance": "i-0fedcba9876543210"},
    main=True,
)
def associate(item: Item, values: Mapping[str, Any]) -> Steps:
    yield from _to(item, values)


def _to(item: Item, values: Mapping[str, Any]) -> Steps:
    """Frees the place if somebody agreed to that, and takes it."""
    target: Target = values["target"]
    if values["replaced"]:
        yield disassociation(values["replaced"])
    key = "InstanceId" if "InstanceId" in target.params else "NetworkInterfaceId"
    yield Step(
        "ec2.associate_address",
        title=_("Associate %(ip)s with %(target)s") % {"ip": item.attrs["PublicIp"], "target": target.title},
        find=Find(
            "ec2.describe_addresses",
            f"Addresses[?AssociationId && {key}=='{target.params[key]}'] | [0]",
            {"AllocationIds": [item.id]},
        ),
        undo=lambda out: Step(
            "ec2.disassociate_address",
            title=_("Disassociate it again"),
            already=("InvalidAssociationID.NotFound",),
            touches=[(item.kind, [item.id]), *target.touched],
            AssociationId=out["AssociationId"],
        ),
        until=reaches(item.kind, [item.id], "associated", timeout=120),
        touches=target.touched,
        AllocationId=item.id,
        **target.params,
        AllowReassociation=bool(values["reassociate"]),
    )


@ec2.as_terraform("ec2.associate_address", "aws_eip_association")
def aws_eip_association(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "allocation_id": params["AllocationId"],
        "instance_id": params.get("InstanceId"),
        "network_interface_id": params.get("NetworkInterfaceId"),
        "private_ip_address": params.get("PrivateIpAddress"),
        "allow_reassociation": params["AllowReassociation"],
    }


def unreachable(item: Item) -> list[Text]:
    return [
        _("%(target)s can't be reached by %(ip)s any more, and what uses that address to get out is cut off.")
        % {"target": leads_to(item), "ip": item.attrs.get("PublicIp", "")}
    ]


def unused(item: Item) -> list[Text]:
    return [*unreachable(item), _("The address stays yours, idle, and goes on to cost until it is released.")]


class DisassociateForm(forms.Form):
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        managed(self, None)
        return values


@address.action(
    _("Disassociate"),
    icon="unlink",
    form=DisassociateForm,
    when={"associated"},
    risk=Risk.INTERRUPTS,
    warn=unused,
    iam="ec2:DisassociateAddress",
    main=True,
)
def disassociate(item: Item, values: Mapping[str, Any]) -> Steps:
    yield disassociation(item)


@address.action(
    _("Move to another instance"),
    verb="move",
    icon="move",
    form=TargetForm,
    when={"associated"},
    risk=Risk.INTERRUPTS,
    warn=unreachable,
    means=meant,
    iam=("ec2:AssociateAddress", "ec2:DisassociateAddress"),
    example={"instance": "i-0fedcba9876543210"},
    main=True,
)
def move(item: Item, values: Mapping[str, Any]) -> Steps:
    yield disassociation(item)
    yield from _to(item, values)
