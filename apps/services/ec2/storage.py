"""Volumes, and the limits of the volume types."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Related, Resource, State, tag
from apps.services.ec2 import STORAGE


@dataclass(frozen=True)
class VolumeType:
    """GiB, IOPS and MiB/s that a type allows and includes. Amazon EBS User Guide, "Amazon EBS volume types"."""

    size: tuple[int, int]
    iops: tuple[int, int] | None = None
    throughput: tuple[int, int] | None = None
    included_iops: int = 0
    included_throughput: int = 0


VOLUME_TYPES = {
    "gp3": VolumeType((1, 65536), (3000, 80000), (125, 2000), 3000, 125),
    "gp2": VolumeType((1, 16384)),
    "io1": VolumeType((4, 16384), (100, 64000)),
    "io2": VolumeType((4, 65536), (100, 256000)),
    "st1": VolumeType((125, 16384)),
    "sc1": VolumeType((125, 16384)),
    "standard": VolumeType((1, 1024)),
}


def volume_parts(book: Book, kind: str, size: int, iops: int | None, throughput: int | None) -> list[CostPart]:
    """The monthly cost of a volume: its space, and what is provisioned beyond what the type includes."""
    limits = VOLUME_TYPES.get(kind, VolumeType((1, 1)))
    gib = book.storage(kind)
    parts = [
        CostPart(
            _("Storage, %(size)d GiB %(kind)s") % {"size": size, "kind": kind}, None if gib is None else gib * size
        )
    ]
    extra_iops = max(0, (iops or 0) - limits.included_iops) if limits.iops else 0
    if extra_iops:
        each = book.iops(kind)
        parts.append(
            CostPart(_("%(count)d extra IOPS") % {"count": extra_iops}, None if each is None else each * extra_iops)
        )
    extra = max(0, (throughput or 0) - limits.included_throughput) if limits.throughput else 0
    if extra:
        each = book.throughput(kind)
        parts.append(CostPart(_("%(count)d extra MiB/s") % {"count": extra}, None if each is None else each * extra))
    return parts


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    attrs: Any = item.attrs
    return tuple(
        volume_parts(
            book, attrs.get("VolumeType", "gp2"), attrs.get("Size", 0), attrs.get("Iops"), attrs.get("Throughput")
        )
    )


volume = Resource(
    kind="ec2.volume",
    label=_("Volume"),
    plural=_("Volumes"),
    group=STORAGE,
    icon="hard-drive",
    rank=0,
    fresh=120,
    about=_("A volume is a disk for an instance. You pay for its size, attached or not."),
    read=Call("describe_volumes", "Volumes[]", by_id="VolumeIds", missing=("InvalidVolume.NotFound",)),
    id="VolumeId",
    name=tag("Name"),
    zone="AvailabilityZone",
    created="CreateTime",
    arn="arn:aws:ec2:{region}:{account}:volume/{id}",
    state=State("State", ok={"in-use"}, busy={"creating", "deleting"}, idle={"available", "deleted"}, bad={"error"}),
    columns=(
        Column(_("Size"), "Size", unit="GiB", number=True),
        Column(_("Type"), "VolumeType", key="type", facet=True),
        Column(_("Attached to"), "Attachments[0].InstanceId", key="instance", ref="ec2.instance"),
        Column("IOPS", "Iops", number=True, wide=True),
        Column(_("Throughput"), "Throughput", unit="MiB/s", number=True, hidden=True),
        Column(_("Encrypted"), "Encrypted", facet=True, hidden=True),
        Column(_("Snapshot"), "SnapshotId", key="snapshot", hidden=True),
        Column(_("Created"), "CreateTime", key="created", time=True, hidden=True),
    ),
    monthly_cost=cost,
    related=(Related("ec2.instance", "Attachments[].InstanceId"),),
    example={
        "VolumeId": "vol-0c9d8e7f6a5b43210",
        "Size": 20,
        "VolumeType": "gp3",
        "State": "available",
        "AvailabilityZone": "eu-west-1a",
    },
)
