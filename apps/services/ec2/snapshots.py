"""Snapshots: copies of volumes that outlive them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Call, Column, Related, Resource, Risk, State, tag
from apps.services.ec2 import STORAGE


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """At most: AWS bills the blocks that differ from the snapshot before, which it does not tell."""
    size, gib = item.attrs.get("VolumeSize") or 0, book.snapshot()
    return (CostPart(_("Storage, up to %(size)d GiB") % {"size": size}, None if gib is None else gib * size),)


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
        Column(_("Description"), "Description", hidden=True),
        Column(_("Created"), "StartTime", key="created", time=True, wide=True),
    ),
    monthly_cost=cost,
    related=(Related("ec2.volume", "VolumeId"),),
    example={"SnapshotId": "snap-0a1b2c3d4e5f60718", "State": "completed", "VolumeSize": 20},
)


@snapshot.action(
    _("Delete"), icon="trash-2", when={"completed", "error"}, risk=Risk.DESTROYS, iam="ec2:DeleteSnapshot", main=True
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_snapshot",
        title=_("Delete %(name)s") % {"name": item.title},
        SnapshotId=item.id,
        until=reaches(item.kind, [item.id], gone=True),
    )
