"""Attaching volumes to instances, and detaching them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.instances import instance
from apps.services.ec2.storage import attachments, volume

MOST_SHARED = 16  # instances that a volume with Multi-Attach can be attached to
_DEVICE = re.compile(r"/dev/((sd|hd)[a-z]([1-9]|1[0-5])?|xvd[a-z]{1,2})\Z")
# As AWS recommends them for data volumes: "Device names for volumes on Amazon EC2 instances".
_OFFERED = tuple(f"/dev/sd{letter}" for letter in "fghijklmnop")
_ROOTS = {"/dev/sda1", "/dev/xvda", "/dev/sda"}


def same_device(name: str) -> str:
    """One name for the names of one device: /dev/sdf and /dev/xvdf are the same to an instance."""
    return re.sub(r"^/dev/(sd|xvd|hd)", "", name)


def devices(item: Item) -> dict[str, str]:
    """The volumes of an instance by device name."""
    mappings = item.attrs.get("BlockDeviceMappings") or ()
    return {one["DeviceName"]: (one.get("Ebs") or {}).get("VolumeId", "") for one in mappings if "DeviceName" in one}


def root_device(item: Item) -> str:
    return str(item.attrs.get("RootDeviceName") or "")


def free_device(item: Item | None) -> str:
    """The first of the recommended names that the instance does not use; empty when all are taken."""
    taken = {same_device(name) for name in devices(item)} if item else set()
    return next((name for name in _OFFERED if same_device(name) not in taken), "")


class AttachForm(forms.Form):
    scope: Scope | None = None
    items: Sequence[Item] = ()

    instance = Ref(
        "ec2.instance",
        label=_("Instance"),
        same="AvailabilityZone",
        help_text=_("Running or stopped, in the volume's Availability Zone."),
    )
    device = forms.CharField(
        label=_("Device name"),
        max_length=32,
        required=False,
        help_text=_("Such as /dev/sdf. Empty: the first of /dev/sdf to /dev/sdp that is free. Linux may rename it."),
    )

    def clean_device(self) -> str:
        device: str = self.cleaned_data["device"].strip()
        if device and not _DEVICE.match(device):
            text = _("%(device)s is no device name: AWS takes such as /dev/sdf, /dev/xvdf or /dev/sdf1.")
            raise forms.ValidationError(text % {"device": device})
        return device

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _("Attach one volume at a time: each needs a device name of its own."))
        self._check_shared(values.get("instance"))
        found = self.scope.get(instance.kind, values["instance"]) if self.scope and values.get("instance") else None
        if found is None or self.errors:
            return values
        if found.state not in {"running", "stopped"}:
            said = {"name": found.title, "state": found.state}
            self.add_error("instance", _("%(name)s is %(state)s; it has to be running or stopped.") % said)
        self._check_nitro(found)
        taken = {same_device(name): (name, by) for name, by in devices(found).items()}
        if not values["device"]:
            values["device"] = free_device(found)
            if not values["device"]:
                self.add_error("device", _("%(name)s uses all of /dev/sdf to /dev/sdp.") % {"name": found.title})
        elif same_device(values["device"]) in taken:
            name, by = taken[same_device(values["device"])]
            said = {"name": found.title, "device": name, "volume": by}
            self.add_error("device", _("%(name)s uses %(device)s already, for %(volume)s.") % said)
        return values

    def _check_nitro(self, host: Item) -> None:
        size = str(host.attrs.get("InstanceType") or "")
        kind = self.scope.get("ec2.instance-type", size) if self.scope and size else None
        shared = [item.title for item in self.items if item.attrs.get("MultiAttachEnabled")]
        if shared and kind and kind.attrs.get("Hypervisor") == "xen":
            said = {"name": shared[0], "instance": host.title, "size": size}
            text = _("%(name)s has Multi-Attach, which only Nitro instances take; %(instance)s is %(size)s.")
            self.add_error("instance", text % said)

    def _check_shared(self, wanted: str | None) -> None:
        for item in self.items:
            there = [one.get("InstanceId") for one in attachments(item)]
            if there and not item.attrs.get("MultiAttachEnabled"):
                said = {"name": item.title, "instance": there[0]}
                self.add_error(None, _("%(name)s is attached to %(instance)s already. Detach it first.") % said)
            elif wanted and wanted in there:
                self.add_error("instance", _("%(name)s is attached to it already.") % {"name": item.title})
            elif len(there) >= MOST_SHARED:
                said = {"name": item.title, "most": MOST_SHARED}
                self.add_error(None, _("%(name)s is attached to %(most)d instances already, which is the most.") % said)


def _attached_alone(item: Item) -> Text:
    there = attachments(item)
    if there and not item.attrs.get("MultiAttachEnabled"):
        return _("It is attached to %(instance)s already.") % {"instance": there[0].get("InstanceId", "")}
    return ""


@volume.action(
    _("Attach"),
    icon="link",
    form=AttachForm,
    when={"available", "in-use"},
    unless=_attached_alone,
    iam="ec2:AttachVolume",
    main=True,
    help=_("The operating system then sees an unformatted disk, or the snapshot's file system, to be mounted."),
    example={"instance": "i-0b1f4c2e9d7a63f10", "device": "/dev/sdf"},
)
def attach(item: Item, values: dict[str, Any]) -> Steps:
    place = {"VolumeId": item.id, "InstanceId": values["instance"], "Device": values["device"]}
    yield Step(
        "ec2.attach_volume",
        title=_("Attach %(name)s to %(instance)s") % {"name": item.title, "instance": values["instance"]},
        # A second time it is refused, for it is attached then: what is there tells whether the first one was.
        find=_attachment(item, values),
        until=reaches(item.kind, [item.id], "in-use", bad={"error"}),
        undo=Step(
            "ec2.detach_volume",
            title=_("Detach it again"),
            repeat="safe",
            VolumeId=item.id,
            InstanceId=values["instance"],
        ),
        touches=[(instance.kind, [values["instance"]]), (item.kind, [item.id])],
        **place,
    )


def _attachment(item: Item, values: Mapping[str, Any]) -> Find:
    at = [("volume-id", item.id), ("attachment.instance-id", values["instance"])]
    filters = [{"Name": name, "Values": [value]} for name, value in at]
    return Find("ec2.describe_volumes", "Volumes[0].Attachments[0]", {"Filters": filters})


class DetachForm(forms.Form):
    scope: Scope | None = None
    items: Sequence[Item] = ()

    instance = Ref(
        "ec2.instance",
        label=_("Instance"),
        required=False,
        help_text=_("Needed where the volume is attached to several instances."),
    )
    force = forms.BooleanField(
        label=_("Force"),
        required=False,
        help_text=_(
            "Only when a normal detach hangs, and as the last resort: what was not written is lost and the file "
            "system may be damaged. The instance has to be stopped and started before it is attached there again."
        ),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            there = [str(one.get("InstanceId")) for one in attachments(item)]
            wanted = values.get("instance")
            if wanted and wanted not in there:
                said = {"name": item.title, "instance": wanted}
                self.add_error("instance", _("%(name)s is not attached to %(instance)s.") % said)
            elif not wanted and len(there) > 1:
                said = {"name": item.title, "all": ", ".join(there)}
                self.add_error("instance", _("%(name)s is attached to %(all)s: choose one.") % said)
            else:
                self._check_root(item, wanted or (there[0] if there else ""))
        return values

    def _check_root(self, item: Item, from_: str) -> None:
        found = self.scope.get(instance.kind, from_) if self.scope and from_ else None
        if found and found.state != "stopped" and devices(found).get(root_device(found)) == item.id:
            text = _("%(name)s is the root volume of %(instance)s, which is %(state)s. Stop the instance first.")
            self.add_error(None, text % {"name": item.title, "instance": found.title, "state": found.state})


def _seems_root(item: Item) -> Iterable[Text]:
    for one in attachments(item):
        if one.get("Device") in _ROOTS:
            said = {"name": item.title, "instance": one.get("InstanceId", ""), "device": one["Device"]}
            yield _("%(name)s is the root volume (%(device)s) of %(instance)s, which can't start without it.") % said
        elif one.get("InstanceId"):
            said = {"name": item.title, "instance": one["InstanceId"]}
            yield _("Unmount %(name)s in %(instance)s first: what is not yet written would be lost.") % said


@volume.action(
    _("Detach"),
    icon="unlink",
    form=DetachForm,
    when={"in-use"},
    risk=Risk.INTERRUPTS,
    iam="ec2:DetachVolume",
    warn=_seems_root,
    main=True,
    example={"force": False},
)
def detach(item: Item, values: dict[str, Any]) -> Steps:
    there = attachments(item)
    from_ = values["instance"] or (there[0]["InstanceId"] if there else None)
    shared = len(there) > 1
    yield Step(
        "ec2.detach_volume",
        title=_("Detach %(name)s from %(instance)s") % {"name": item.title, "instance": from_ or "?"},
        # Once more it is refused, as it is no longer attached there.
        already=("IncorrectState",),
        until=None if shared else reaches(item.kind, [item.id], "available", bad={"error"}),
        undo=_attach_again(item, there, from_),
        touches=[(instance.kind, [from_] if from_ else []), (item.kind, [item.id])],
        VolumeId=item.id,
        InstanceId=from_,
        Force=values["force"] or None,
    )


def _attach_again(item: Item, there: list[dict[str, Any]], from_: str | None) -> Step | None:
    at = next((one for one in there if one.get("InstanceId") == from_), None)
    if at is None:
        return None
    return Step(
        "ec2.attach_volume",
        title=_("Attach it again"),
        already=("VolumeInUse",),
        VolumeId=item.id,
        InstanceId=from_,
        Device=at.get("Device") or _OFFERED[0],
    )
