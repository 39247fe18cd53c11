"""Snapshots: copies of volumes that outlive them. Making them is in snapshot_copies.py, sharing in sharing.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Idle, Mention, Part, Related, Resource, Risk, State, tag
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import STORAGE
from apps.services.ec2.tags import taggable


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    return (at_most(item.attrs.get("VolumeSize") or 0, book),)


def at_most(size: int, book: Book) -> CostPart:
    """Of the full size: AWS bills the blocks that differ from the snapshot before, which it does not tell."""
    gib = book.snapshot()
    return CostPart(_("Snapshot storage, at most %(size)d GiB") % {"size": size}, None if gib is None else gib * size)


def _permissions(obj: Mapping[str, Any]) -> dict[str, Any]:
    return {"SnapshotId": obj["SnapshotId"], "Attribute": "createVolumePermission"}


def _key(obj: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"KeyId": obj["KmsKeyId"]} if obj.get("KmsKeyId") else None


snapshot = Resource(
    kind="ec2.snapshot",
    label=_("Snapshot"),
    plural=_("Snapshots"),
    group=STORAGE,
    icon="archive",
    fresh=300,
    about=_("A snapshot keeps what a volume held at a moment. You pay for what it stores."),
    read=Call(
        "describe_snapshots",
        "Snapshots[]",
        by_id="SnapshotIds",
        params={"OwnerIds": ["self"]},
        missing=("InvalidSnapshot.NotFound",),
    ),
    id="SnapshotId",
    name=tag("Name"),
    created="StartTime",
    arn="arn:aws:ec2:{region}:{account}:snapshot/{id}",
    state=State("State", ok={"completed"}, busy={"pending", "recoverable", "recovering"}, bad={"error"}),
    columns=(
        Column(_("Size"), "VolumeSize", unit="GiB", number=True),
        Column(_("Volume"), "VolumeId", key="volume", ref="ec2.volume"),
        Column(_("Progress"), "Progress", wide=True),
        Column(_("Encrypted"), "Encrypted", facet=True, hidden=True),
        Column(_("KMS key"), "KmsKeyId", key="kms_key", hidden=True),
        Column(_("Storage tier"), "StorageTier", key="tier", facet=True, hidden=True),
        Column(_("Description"), "Description", hidden=True),
        Column(_("Created"), "StartTime", key="created", time=True, wide=True),
    ),
    monthly_cost=cost,
    idle=(
        Idle(
            _("It is older than 90 days, and no image is made of it."),
            fix="delete",
            states=frozenset({"completed"}),
            days=90,
            unless_in=(Mention("ec2.image", "BlockDeviceMappings[].Ebs.SnapshotId"),),
        ),
    ),
    parts=(
        Part(
            "Permissions",
            "describe_snapshot_attribute",
            _permissions,
            "CreateVolumePermissions",
            asked=True,
            unordered=True,
        ),
        Part(
            "Key",
            "describe_key",
            _key,
            "KeyMetadata",
            absent=("NotFoundException",),
            api="kms",
            asked=True,
            soft=True,  # who may not look at the key is told what follows if it is AWS's own
        ),
    ),
    related=(Related("ec2.volume", "VolumeId"),),
    example={"SnapshotId": "snap-0a1b2c3d4e5f60718", "State": "completed", "VolumeSize": 20},
)


taggable(snapshot)


def images_of(scope: Scope | None, id: str) -> Sequence[Item]:
    """The images that have the snapshot as a disk, as far as the panel knows them."""
    found = scope.find("ec2.image", BlockDeviceMappings=[{"Ebs": {"SnapshotId": id}}]) if scope else ()
    return [image for image in found if id in disks_of(image)]


def disks_of(image: Item) -> list[str]:
    """The snapshots that an image's disks are made from."""
    disks = [disk.get("Ebs") or {} for disk in image.attrs.get("BlockDeviceMappings") or ()]
    return [disk["SnapshotId"] for disk in disks if disk.get("SnapshotId")]


class DeleteForm(forms.Form):
    scope: Scope | None = None
    items: Sequence[Item] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            for image in images_of(self.scope, item.id):
                said = {"name": item.title, "image": image.title, "id": image.id}
                text = _("%(name)s is a disk of the image %(image)s (%(id)s). Deregister the image first.")
                self.add_error(None, text % said)
        return values


def _lost(item: Item) -> list[Text]:
    said = {"name": item.title, "size": item.attrs.get("VolumeSize") or 0}
    return [_("What %(name)s keeps of %(size)d GiB is lost. Other snapshots of the volume stay whole.") % said]


@snapshot.action(
    _("Delete"),
    icon="trash-2",
    form=DeleteForm,
    when={"completed", "error"},
    risk=Risk.DESTROYS,
    iam="ec2:DeleteSnapshot",
    warn=_lost,
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield delete_step(item.id, item.title)


def delete_step(id: str, title: str) -> Step:
    return Step(
        "ec2.delete_snapshot",
        title=_("Delete %(name)s") % {"name": title},
        already=("InvalidSnapshot.NotFound",),
        until=reaches(snapshot.kind, [id], gone=True),
        SnapshotId=id,
    )
