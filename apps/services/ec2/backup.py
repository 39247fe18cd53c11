"""What a schedule does to keep instances: snapshots of their volumes, or images."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import OPERATION, Find, Step, Steps
from apps.catalog.resources import Kept
from apps.catalog.routines import SOURCE, TURN, Turn
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.instances import instance
from apps.services.ec2.tags import as_aws, specification

MOST_TAGS = 50  # of a resource, as AWS allows
SNAPSHOTS = "snapshots"


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
        find=Find(
            "ec2.describe_snapshots",
            "Snapshots && {Snapshots: Snapshots}",
            {
                "OwnerIds": ["self"],
                "Filters": [
                    {"Name": "tag:northgate:operation", "Values": [OPERATION]},
                    {"Name": f"tag:{SOURCE}", "Values": [item.id]},
                ],
            },
        ),
        touches=lambda answer: [("ec2.snapshot", answer["Snapshots[].SnapshotId"])],
    )
