"""What a schedule does to keep instances: snapshots of their volumes, or images."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Kept
from apps.catalog.routines import SCHEDULE, SOURCE, TURN, Turn
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.instances import instance
from apps.services.ec2.marks import by_operation
from apps.services.ec2.tags import as_aws, specification

MOST_TAGS = 50  # of a resource, as AWS allows
_ODD = re.compile(r"[^A-Za-z0-9()\[\] ./\-'@_]")  # what the name of an image can't have


class BackupForm(forms.Form):
    boot = forms.BooleanField(
        label=_("Include the boot volume"),
        required=False,
        initial=True,
        help_text=_("Without it only the data volumes are kept; an instance that has none is then left out."),
    )
    copy_tags = forms.BooleanField(
        label=_("Copy the instance's tags"),
        required=False,
        initial=True,
        help_text=_("Otherwise a snapshot has a name and the panel's own tags."),
    )


def volumes(item: Item, values: Mapping[str, Any]) -> list[str]:
    """The ids of the instance's volumes that are kept."""
    root = item.attrs.get("RootDeviceName")
    return [
        mapping["Ebs"]["VolumeId"]
        for mapping in item.attrs.get("BlockDeviceMappings") or ()
        if mapping.get("Ebs") and (values.get("boot") or mapping.get("DeviceName") != root)
    ]


def cost(item: Item, values: Mapping[str, Any], copies: int, scope: Scope, book: Book) -> Iterable[CostPart]:
    """As if each snapshot were full: AWS bills the blocks that differ from the one before."""
    found = [scope.get("ec2.volume", id) for id in volumes(item, values)]
    size, gib = sum(each.attrs.get("Size") or 0 for each in found if each), book.snapshot()
    label: Text = _("Snapshots of %(name)s, up to %(count)d × %(size)d GiB") % {
        "name": item.title,
        "count": copies,
        "size": size,
    }
    return (CostPart(label, None if gib is None or None in found else gib * size * copies),)


def unfit(item: Item, values: Mapping[str, Any]) -> Text:
    """Why there is nothing of the instance that a snapshot could keep."""
    if item.attrs.get("RootDeviceType") == "instance-store":
        return _("%(name)s has an instance store, which no snapshot keeps.") % {"name": item.title}
    return "" if volumes(item, values) else _("%(name)s has no volume to keep.") % {"name": item.title}


def tags(item: Item, values: Mapping[str, Any], turn: Turn) -> list[dict[str, str]]:
    """A name with the day and time, what the instance has, and by what the schedule finds it again."""
    name = f"{item.title} {turn.due:%Y-%m-%d %H:%M}"
    own = [
        {"key": key, "value": value}
        for key, value in item.tags.items()
        if values.get("copy_tags") and key != "Name" and not key.startswith(("aws:", "northgate:"))
    ]
    return [*turn.tags(item), *as_aws(own, name[:256])][: MOST_TAGS - 1]  # one more is the operation's


@instance.routine(
    _("Snapshots of all volumes"),
    verb="back-up",
    icon="archive",
    form=BackupForm,
    when={"running", "stopped", "stopping", "pending"},
    iam=("ec2:CreateSnapshots", "ec2:CreateSnapshot", "ec2:CreateTags"),
    help=_(
        "All volumes of an instance are snapshotted at the same moment, while it runs. What its programs have not yet "
        "written to disk is not in them."
    ),
    cost=cost,
    unfit=unfit,
    kept=(Kept("ec2.snapshot", {"ec2.create_snapshots": "Snapshots[].SnapshotId"}, "delete"),),
    example={"boot": True, "copy_tags": True},
)
def back_up(item: Item, values: dict[str, Any]) -> Steps:
    turn: Turn = values[TURN]
    yield Step(
        "ec2.create_snapshots",
        title=_("Snapshot the volumes of %(name)s") % {"name": item.title},
        InstanceSpecification={"InstanceId": item.id, "ExcludeBootVolume": None if values.get("boot") else True},
        Description=f"{item.title} ({item.id}), {turn.due:%Y-%m-%d %H:%M %Z}"[:255],
        TagSpecifications=[specification("snapshot", tags(item, values, turn))],
        find=by_operation(
            "ec2.describe_snapshots",
            "Snapshots && {Snapshots: Snapshots}",
            (f"tag:{SOURCE}", item.id),
            OwnerIds=["self"],
        ),
        touches=lambda answer: [("ec2.snapshot", answer["Snapshots[].SnapshotId"])],
    )


class ImageForm(forms.Form):
    no_reboot = forms.BooleanField(
        label=_("Do not reboot"),
        required=False,
        initial=True,
        help_text=_("The image is taken while programs write: its file systems may not be whole."),
    )
    copy_tags = forms.BooleanField(
        label=_("Copy the instance's tags"),
        required=False,
        initial=True,
        help_text=_("To the image and to its snapshots, which have a name and the panel's own tags in any case."),
    )


def all_volumes(item: Item, values: Mapping[str, Any], copies: int, scope: Scope, book: Book) -> Iterable[CostPart]:
    """An image costs what its snapshots do."""
    return cost(item, {**values, "boot": True}, copies, scope, book)


def not_whole(item: Item, values: Mapping[str, Any]) -> Text:
    return unfit(item, {**values, "boot": True})


def interrupts(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if not values.get("no_reboot"):
        yield _("Each instance that runs is rebooted at each run: what it serves is interrupted for a minute or two.")


def image_name(item: Item, turn: Turn) -> str:
    """One that no other image has: of each schedule, instance and second. 128 characters at most."""
    rest = f"{item.id} {turn.due:%Y-%m-%d %H.%M.%S} {turn.schedule[:8]}"
    return f"{_ODD.sub('-', item.title)[: 127 - len(rest)]} {rest}"


@instance.routine(
    _("Images"),
    verb="keep-image",
    icon="image",
    form=ImageForm,
    when={"running", "stopped"},
    iam=("ec2:CreateImage", "ec2:CreateTags"),
    help=_("An image (AMI) of each instance, from which it can be launched again as it was."),
    means=interrupts,
    cost=all_volumes,
    unfit=not_whole,
    kept=(Kept("ec2.image", {"ec2.create_image": "ImageId"}, "deregister", {"snapshots": True}),),
    example={"no_reboot": True, "copy_tags": True},
)
def keep_image(item: Item, values: dict[str, Any]) -> Steps:
    turn: Turn = values[TURN]
    marked = tags(item, values, turn)
    # Its snapshots go with the image, not by themselves.
    of_disks = [tag for tag in marked if tag["Key"] != SCHEDULE]
    yield Step(
        "ec2.create_image",
        title=_("Create an image of %(name)s") % {"name": item.title},
        InstanceId=item.id,
        Name=image_name(item, turn),
        Description=f"{item.title} ({item.id}), {turn.due:%Y-%m-%d %H:%M %Z}"[:255],
        NoReboot=bool(values.get("no_reboot")),
        TagSpecifications=[specification("image", marked), specification("snapshot", of_disks)],
        find=by_operation("ec2.describe_images", "Images[0]", (f"tag:{SOURCE}", item.id), Owners=["self"]),
        touches=lambda answer: [("ec2.image", answer["ImageId"]), (item.kind, [item.id]), ("ec2.snapshot", None)],
    )
