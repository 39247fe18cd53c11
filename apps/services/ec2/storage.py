"""Volumes: the kind. Making one is in volumes.py, attaching in attachments.py, changing in volume_changes.py."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown, When
from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.resources import Call, Column, Idle, Part, Related, Resource, State, tag
from apps.services.ec2 import STORAGE
from apps.services.ec2.tags import taggable
from apps.services.ec2.volume_types import volume_parts


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
        Column(_("Device"), "Attachments[0].Device", key="device", hidden=True),
        Column("IOPS", "Iops", number=True, wide=True),
        Column(_("Throughput"), "Throughput", unit="MiB/s", number=True, hidden=True),
        Column(_("Encrypted"), "Encrypted", facet=True, hidden=True),
        Column(_("KMS key"), "KmsKeyId", key="kms_key", hidden=True),
        Column(_("Multi-Attach"), "MultiAttachEnabled", key="multi_attach", facet=True, hidden=True),
        Column(_("Deleted with its instance"), "Attachments[0].DeleteOnTermination", key="temporary", hidden=True),
        Column(_("Snapshot"), "SnapshotId", key="snapshot", ref="ec2.snapshot", hidden=True),
        Column(_("Created"), "CreateTime", key="created", time=True, hidden=True),
    ),
    monthly_cost=cost,
    parts=(
        Part(
            "Modification",
            "describe_volumes_modifications",
            lambda volume: {"Filters": [{"Name": "volume-id", "Values": [volume["VolumeId"]]}]},
            "VolumesModifications[-1]",
            asked=True,
        ),
    ),
    idle=(Idle(_("It is attached to nothing."), fix="delete", states=frozenset({"available"})),),
    related=(Related("ec2.instance", "Attachments[].InstanceId"),),
    example={
        "VolumeId": "vol-0c9d8e7f6a5b43210",
        "Size": 20,
        "VolumeType": "gp3",
        "State": "available",
        "AvailabilityZone": "eu-west-1a",
    },
)

taggable(volume)


USE = Sheet("use", _("Use"), 10)


@volume.card(
    USE,
    _("Attachments"),
    verbs=("attach", "detach"),
    empty=_("Attached to nothing. It costs all the same."),
    rank=10,
)
def use(item: Item) -> Shown:
    heads = [_now("Instance"), _now("Device"), _now("State"), _now("On termination")]
    return Shown(
        heads=heads,
        rows=[
            (
                Named("ec2.instance", str(one.get("InstanceId") or "")),
                one.get("Device"),
                one.get("State"),
                _now("Deleted") if one.get("DeleteOnTermination") else _now("Kept"),
            )
            for one in attachments(item)
        ],
    )


@volume.card(
    USE,
    _("Last change"),
    part="Modification",
    verbs=("modify",),
    help=_("AWS takes the next change when this one is complete, and at most four in 24 hours."),
    empty=_("It was not changed since it was made, or long ago."),
    rank=20,
)
def changed(item: Item) -> Shown:
    last = item.attrs.get("Modification") or {}
    pairs = [
        (_now("State"), last.get("ModificationState")),
        (_now("Progress"), f"{last['Progress']} %" if "Progress" in last else None),
        (_now("Size"), _from_to(last, "Size", "GiB")),
        (_now("Type"), _from_to(last, "VolumeType")),
        ("IOPS", _from_to(last, "Iops")),
        (_now("Throughput"), _from_to(last, "Throughput", "MiB/s")),
        (_now("Begun"), When(last["StartTime"]) if "StartTime" in last else None),
    ]
    return Shown(facts=[(label, value) for label, value in pairs if value])


def _from_to(last: Mapping[str, Any], name: str, unit: str = "") -> str:
    before, after = last.get(f"Original{name}"), last.get(f"Target{name}")
    if after is None or before == after:
        return ""
    return f"{before} → {after} {unit}".strip() if before is not None else f"{after} {unit}".strip()


def attachments(item: Item) -> list[dict[str, Any]]:
    """Where a volume is attached, as AWS says it: InstanceId, Device, State, DeleteOnTermination."""
    return [one for one in item.attrs.get("Attachments") or () if one.get("State") != "detached"]
