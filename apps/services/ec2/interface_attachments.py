"""To which instance a network interface belongs: attach and detach."""

from collections.abc import Mapping
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
from apps.services.ec2.interfaces import check_own, interface

LAST = 50  # device index; no type takes more interfaces


class AttachForm(forms.Form):
    """Amazon EC2 API Reference, AttachNetworkInterface."""

    instance = Ref("ec2.instance", same="AvailabilityZone", label=_("Instance"))
    device_index = forms.IntegerField(
        label=_("Device index"),
        min_value=1,
        max_value=LAST,
        required=False,
        help_text=_("0 is the instance's primary interface. Empty: the next that is free."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        scope: Scope | None = getattr(self, "scope", None)
        check_own(self)
        if len(getattr(self, "items", ())) > 1:
            raise forms.ValidationError(_("Attach one network interface at a time."))
        found = scope.get("ec2.instance", values["instance"]) if scope and values.get("instance") else None
        if scope and found:
            self._check(scope, found, values)
        return values

    def _check(self, scope: Scope, found: Item, values: dict[str, Any]) -> None:
        if found.state not in {"running", "stopped"}:
            self.add_error(
                "instance",
                _("%(name)s is %(state)s; choose one that runs or is stopped.")
                % {"name": found.title, "state": found.state},
            )
        there = found.attrs.get("NetworkInterfaces") or []
        taken = {(each.get("Attachment") or {}).get("DeviceIndex") for each in there}
        wanted = values.get("device_index")
        if wanted is None:
            values["device_index"] = next(n for n in range(1, LAST + 2) if n not in taken)
        elif wanted in taken:
            self.add_error(
                "device_index",
                _("%(name)s has an interface at %(index)d already.") % {"name": found.title, "index": wanted},
            )
        size = scope.get("ec2.instance-type", str(found.attrs.get("InstanceType", "")))
        most = ((size.attrs.get("NetworkInfo") or {}).get("MaximumNetworkInterfaces") if size else None) or 0
        if size and most and len(there) >= most:
            self.add_error(
                "instance",
                _("%(name)s has %(count)d network interfaces; %(type)s takes %(most)d.")
                % {"name": found.title, "count": len(there), "type": size.id, "most": most},
            )


def _attachment(item: Item, instance: str, index: int) -> Step:
    """Attaching, and how it is found when its answer was lost."""
    return Step(
        "ec2.attach_network_interface",
        title=_("Attach %(name)s to %(instance)s as device %(index)d")
        % {"name": item.title, "instance": instance, "index": index},
        find=Find(
            "ec2.describe_network_interfaces",
            f"NetworkInterfaces[?Attachment.InstanceId=='{instance}'].Attachment | [0]",
            {"NetworkInterfaceIds": [item.id]},
        ),
        undo=lambda out: Step(
            "ec2.detach_network_interface",
            title=_("Detach it again"),
            already=("InvalidAttachmentID.NotFound",),
            touches=[(item.kind, [item.id]), ("ec2.instance", [instance])],
            AttachmentId=out["AttachmentId"],
        ),
        until=reaches(item.kind, [item.id], "in-use", timeout=300),
        touches=[("ec2.instance", [instance])],
        NetworkInterfaceId=item.id,
        InstanceId=instance,
        DeviceIndex=index,
    )


@interface.action(
    _("Attach"),
    icon="plug",
    form=AttachForm,
    when={"available"},
    iam=("ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface"),
    example={"instance": "i-0b1f4c2e9d7a63f10"},
    main=True,
)
def attach(item: Item, values: Mapping[str, Any]) -> Steps:
    yield _attachment(item, values["instance"], values["device_index"])


@ec2.as_terraform("ec2.attach_network_interface", "aws_network_interface_attachment")
def aws_network_interface_attachment(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "instance_id": params["InstanceId"],
        "network_interface_id": params["NetworkInterfaceId"],
        "device_index": params["DeviceIndex"],
    }


class DetachForm(forms.Form):
    force = forms.BooleanField(
        label=_("Force"),
        required=False,
        help_text=_("Only when a normal detach hangs. The instance may have to be restarted afterwards."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        check_own(self)
        for item in getattr(self, "items", ()):
            attachment = item.attrs.get("Attachment") or {}
            if attachment.get("DeviceIndex") == 0:
                self.add_error(
                    None,
                    _("%(name)s is the primary interface of %(instance)s, which lives and goes with it.")
                    % {"name": item.title, "instance": attachment.get("InstanceId", "")},
                )
            elif not attachment.get("AttachmentId"):
                self.add_error(None, _("%(name)s is attached to nothing.") % {"name": item.title})
        return values


def cut_off(item: Item) -> list[Text]:
    """What detaching breaks."""
    instance = (item.attrs.get("Attachment") or {}).get("InstanceId", "")
    return [
        _("%(instance)s can't be reached by %(ips)s any more.")
        % {"instance": instance, "ips": ", ".join(reached_by(item))}
    ]


def reached_by(item: Item) -> list[str]:
    """All its addresses, the private before the public ones."""
    rows = item.attrs.get("PrivateIpAddresses") or ()
    public = [(row.get("Association") or {}).get("PublicIp") for row in rows]
    return [str(ip) for ip in (*(row.get("PrivateIpAddress") for row in rows), *public) if ip]


@interface.action(
    _("Detach"),
    icon="unplug",
    form=DetachForm,
    when={"in-use"},
    risk=Risk.INTERRUPTS,
    warn=cut_off,
    iam=("ec2:DetachNetworkInterface", "ec2:AttachNetworkInterface"),
    main=True,
)
def detach(item: Item, values: Mapping[str, Any]) -> Steps:
    attachment = item.attrs["Attachment"]
    yield Step(
        "ec2.detach_network_interface",
        title=_("Detach %(name)s from %(instance)s") % {"name": item.title, "instance": attachment["InstanceId"]},
        already=("InvalidAttachmentID.NotFound",),
        until=reaches(item.kind, [item.id], "available", timeout=300),
        touches=[("ec2.instance", [attachment["InstanceId"]])],
        AttachmentId=attachment["AttachmentId"],
        Force=values["force"] or None,
    )
