"""Making images of instances, and copying them to other Regions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.among import Among
from apps.catalog.costs import Book, CostPart
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import ec2
from apps.services.ec2.attachments import devices, root_device, same_device
from apps.services.ec2.estimates import tags_of
from apps.services.ec2.images import image, is_own
from apps.services.ec2.instances import instance
from apps.services.ec2.launch_rows import VolumeForm
from apps.services.ec2.marks import by_operation, kept
from apps.services.ec2.snapshot_copies import CopyForm, copied_from, description_field
from apps.services.ec2.snapshots import at_most, snapshot
from apps.services.ec2.tags import check_unique, specification, tag_rows

_NAME = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}\Z")
_PATIENCE = 6 * 3600  # seconds until an image of large volumes is available


def check_name(form: forms.Form, name: str, scope: Scope | None) -> None:
    """Enters what is wrong with the name of a new image. CreateImage's "Constraints"."""
    if not _NAME.match(name):
        said = {"count": len(name), "name": name}
        text = _(
            "The name of an image has 3 to 128 letters, digits, spaces and ()[]./-'@_; %(name)s has %(count)d "
            "characters, or others."
        )
        form.add_error("name", text % said)
    there = [one for one in scope.find(image.kind, name=name) if one.name == name and is_own(one)] if scope else []
    if there:
        said = {"name": name, "id": there[0].id}
        form.add_error("name", _("There is an image %(name)s in the Region already: %(id)s.") % said)


def _data_disks(item: Item, scope: Scope | None) -> Iterable[tuple[str, Text]]:
    for name, id in devices(item).items():
        if name != root_device(item):
            yield name, f"{name}, {id}"


class CreateImageForm(forms.Form):
    scope: Scope | None = None
    items: Sequence[Item] = ()

    name = forms.CharField(label=_("Image name"), max_length=128)
    description = description_field()
    no_reboot = forms.BooleanField(
        label=_("Do not reboot the instance"),
        required=False,
        help_text=_("The image is taken while programs write: its file systems may not be whole."),
    )
    leave_out = Among(
        _data_disks, label=_("Volumes to leave out"), required=False, help_text=_("The root volume is always in it.")
    )
    volumes = Rows(VolumeForm, most=27, label=_("New volumes"), add=_("Add volume"))
    copy_tags = forms.BooleanField(label=_("Copy the instance's tags"), required=False, initial=True)
    tags = tag_rows(tags=True, help_text=_("Of the image and of its snapshots."))

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if len(self.items) > 1:
            self.add_error(None, _("Create images one at a time: each needs a name of its own."))
        if values.get("name"):
            check_name(self, values["name"], self.scope)
        for item in self.items:
            taken = {same_device(name) for name in devices(item) if name not in (values.get("leave_out") or ())}
            for row in values.get("volumes") or ():
                if same_device(row["device"]) in taken:
                    said = {"device": row["device"]}
                    self.add_error("volumes", _("The device name %(device)s is used twice.") % said)
                taken.add(same_device(row["device"]))
        return values


def _stops(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["no_reboot"]:
        yield _("What programs of %(name)s have not yet written is not in the image.") % {"name": item.title}
    elif item.state == "running":
        yield _("%(name)s is rebooted: what it serves is interrupted for a minute or two.") % {"name": item.title}
    count = len(devices(item)) - len(values["leave_out"])
    yield ngettext(
        "AWS takes a snapshot of %(count)d volume, which costs until it is deleted.",
        "AWS takes a snapshot of each of %(count)d volumes, which cost until they are deleted.",
        count,
    ) % {"count": count}


def _no_disk(item: Item) -> Text:
    if item.attrs.get("RootDeviceType") == "instance-store":
        return _("It starts from an instance store, of which AWS makes no image.")
    return ""


@instance.action(
    _("Create image"),
    verb="create-image",
    icon="image",
    form=CreateImageForm,
    when={"running", "stopped"},
    unless=_no_disk,
    risk=Risk.INTERRUPTS,
    iam=("ec2:CreateImage", "ec2:CreateTags"),
    means=_stops,
    example={"name": "api-2026-11-21", "description": "Before the upgrade"},
)
def create(item: Item, values: dict[str, Any]) -> Steps:
    tags = kept(dict(item.tags) if values["copy_tags"] else {}, values["tags"])
    left = [{"DeviceName": name, "NoDevice": ""} for name in values["leave_out"]]
    yield Step(
        "ec2.create_image",
        title=_("Create image %(name)s of %(instance)s") % {"name": values["name"], "instance": item.title},
        find=by_operation("ec2.describe_images", "Images[0]", Owners=["self"]),
        until=lambda out: reaches(
            image.kind, out["ImageId"], "available", bad={"failed", "error", "invalid"}, timeout=_PATIENCE
        ),
        touches=lambda out: [(image.kind, out["ImageId"]), (instance.kind, [item.id]), (snapshot.kind, None)],
        InstanceId=item.id,
        Name=values["name"],
        Description=values["description"] or None,
        NoReboot=values["no_reboot"] or None,
        BlockDeviceMappings=[*left, *map(_disk, values["volumes"])] or None,
        TagSpecifications=[specification("image", tags), specification("snapshot", tags)],
    )


def _disk(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "DeviceName": row["device"],
        "Ebs": {
            "VolumeSize": row["size"],
            "VolumeType": row["type"],
            "Iops": row["iops"],
            "Throughput": row["throughput"],
            "SnapshotId": row["snapshot"] or None,
            "Encrypted": row["encrypted"] or None,
            "DeleteOnTermination": not row["keep"],
        },
    }


class CopyImageForm(CopyForm):
    name = forms.CharField(
        label=_("Image name"), max_length=128, required=False, help_text=_("Empty: as it is called here.")
    )
    field_order = ("destination", "name", "description", "encrypted", "kms_key", "copy_tags")
    scope: Scope | None = None

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("name") and len(self.items) > 1:
            self.add_error("name", _("Copies of several keep their own names: leave it empty."))
        region: str = values.get("destination") or ""
        for item in self.items if region else ():
            check_name(self, values.get("name") or item.name, self.scope.at(region) if self.scope else None)
        return values


def size_of(item: Item) -> int:
    """GiB of all its disks together."""
    disks = item.attrs.get("BlockDeviceMappings") or ()
    return sum(int((disk.get("Ebs") or {}).get("VolumeSize") or 0) for disk in disks)


def _costs(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    said = {"size": size_of(item), "from": item.region, "to": values["destination"]}
    if values["destination"] != item.region:
        yield _("AWS also bills the transfer of at most %(size)d GiB from %(from)s to %(to)s, once.") % said
    yield _("The copy has snapshots of its own. Who may launch from it is not copied.")


@image.action(
    _("Copy"),
    icon="copy",
    form=CopyImageForm,
    when={"available"},
    iam=("ec2:CopyImage", "ec2:CopySnapshot", "ec2:CreateTags"),
    means=_costs,
    example={"destination": "eu-central-1", "encrypted": True, "name": "golden"},
)
def copy(item: Item, values: dict[str, Any]) -> Steps:
    tags = kept(dict(item.tags) if values["copy_tags"] else {}, [])
    yield Step(
        "ec2.copy_image",
        title=_("Copy %(name)s to %(region)s") % {"name": item.title, "region": values["destination"]},
        region=values["destination"],
        touches=lambda out: [(image.kind, out["ImageId"])],
        SourceRegion=item.region,
        SourceImageId=item.id,
        Name=values["name"] or item.name,
        Description=values["description"] or copied_from(item, str(item.attrs.get("Description") or "")),
        Encrypted=values["encrypted"] or None,
        KmsKeyId=values["kms_key"] or None,
        TagSpecifications=[specification("image", tags), specification("snapshot", tags)],
    )


@ec2.priced("ec2.create_image")
def price_of_image(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    found = scope.get(instance.kind, params["InstanceId"])
    left = {one["DeviceName"] for one in params.get("BlockDeviceMappings") or () if "NoDevice" in one}
    ids = [id for name, id in (devices(found) if found else {}).items() if name not in left]
    disks = [scope.get("ec2.volume", id) for id in ids]
    return [at_most(sum(int(disk.attrs.get("Size") or 0) for disk in disks if disk), book)]


@ec2.priced("ec2.copy_image")
def price_of_copy(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    """At the prices of where it will lie."""
    found = scope.at(params["SourceRegion"]).get(image.kind, params["SourceImageId"])
    return [at_most(size_of(found) if found else 0, book)]


@ec2.as_terraform("ec2.create_image", "aws_ami_from_instance")
def aws_ami_from_instance(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": params["Name"],
        "description": params.get("Description"),
        "source_instance_id": params["InstanceId"],
        "snapshot_without_reboot": params.get("NoReboot"),
        "tags": tags_of(params, "image"),
    }


@ec2.as_terraform("ec2.copy_image", "aws_ami_copy")
def aws_ami_copy(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": params["Name"],
        "description": params.get("Description"),
        "source_ami_id": params["SourceImageId"],
        "source_ami_region": params["SourceRegion"],
        "encrypted": params.get("Encrypted"),
        "kms_key_id": params.get("KmsKeyId"),
        "tags": tags_of(params, "image"),
    }
