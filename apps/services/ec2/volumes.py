"""Making a volume, empty or from a snapshot."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.kms import check_key, kms_field
from apps.services.ec2.storage import volume
from apps.services.ec2.tags import as_aws, check_unique, specification, tag_rows
from apps.services.ec2.volume_types import VOLUME_CHOICES, VOLUME_TYPES, check_volume

SHARED_TYPES = {"io1", "io2"}  # with Multi-Attach


def volume_of(values: Mapping[str, Any]) -> Text:
    """A volume in words: its name, or its size and type."""
    if values.get("name"):
        return str(values["name"])
    size = f"{values['size']} GiB " if values.get("size") else ""
    return f"{size}{values['type']}"


class CreateVolumeForm(forms.Form):
    scope: Scope | None = None
    stated = ("size",)  # what is left out is as large as the snapshot

    name = forms.CharField(label=_("Name"), max_length=256, required=False)
    tags = tag_rows(tags=True)
    zone = Ref(
        "ec2.zone",
        label=_("Availability Zone"),
        where={"ZoneType": "availability-zone"},
        help_text=_("A volume can be attached to instances of its own zone only."),
    )
    snapshot = Ref(
        "ec2.snapshot", label=_("Snapshot"), required=False, help_text=_("Empty: the volume holds nothing yet.")
    )
    size = forms.IntegerField(
        label=_("Size, GiB"),
        min_value=1,
        max_value=65536,
        required=False,
        help_text=_("With a snapshot, empty: as large as that."),
    )
    type = forms.ChoiceField(label=_("Type"), choices=VOLUME_CHOICES, initial="gp3")
    iops = forms.IntegerField(
        label="IOPS",
        min_value=100,
        max_value=256000,
        required=False,
        help_text=_("gp3: 3,000 are included, at most 500 for each GiB. io1: at most 50 for each GiB, io2: 1,000."),
    )
    throughput = forms.IntegerField(
        label=_("Throughput, MiB/s"),
        min_value=125,
        max_value=2000,
        required=False,
        help_text=_("gp3 only: 125 are included, at most one for 4 IOPS."),
    )
    encrypted = forms.BooleanField(
        label=_("Encrypt"),
        required=False,
        help_text=_("Can't be changed later. From an encrypted snapshot a volume is encrypted anyway."),
    )
    kms_key = kms_field()
    multi_attach = forms.BooleanField(
        label=_("Multi-Attach"),
        required=False,
        help_text=_(
            "io1 and io2: up to 16 instances of the zone at once. Usual file systems lose data then: "
            "it needs one that is made for a cluster."
        ),
    )

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        if any(row["key"] == "Name" for row in tags) and self.cleaned_data.get("name"):
            raise forms.ValidationError(_("The name is given above; leave out the tag Name."))
        return tags

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        snapshot = self.scope.get("ec2.snapshot", values["snapshot"]) if self.scope and values.get("snapshot") else None
        least = int(snapshot.attrs.get("VolumeSize") or 0) if snapshot else 0
        if not values.get("size") and "size" not in self.errors:
            if not values.get("snapshot"):
                self.add_error("size", _("Give the size, or a snapshot to make the volume from."))
            values["size"] = least or None
        elif values.get("size") and values["size"] < least:
            said = {"least": least, "size": values["size"]}
            self.add_error("size", _("The snapshot needs at least %(least)d GiB, not %(size)d.") % said)
        check_volume(self, values)
        self._check_encryption(values, snapshot)
        if values.get("multi_attach") and values.get("type") not in SHARED_TYPES:
            text = _("Only io1 and io2 can be attached to several instances, not %(type)s.")
            self.add_error("multi_attach", text % {"type": values.get("type", "")})
        return values

    def _check_encryption(self, values: Mapping[str, Any], snapshot: Item | None) -> None:
        if snapshot and snapshot.state not in {"", "completed"}:
            said = {"name": snapshot.title, "state": snapshot.state}
            self.add_error("snapshot", _("%(name)s is %(state)s; it has to be completed.") % said)
        if values.get("kms_key"):
            check_key(self, "kms_key", values["kms_key"], self.scope.region if self.scope else "")
        if values.get("kms_key") and not values.get("encrypted") and not (snapshot and snapshot.attrs.get("Encrypted")):
            self.add_error("kms_key", _("A KMS key goes with encryption only."))


def _usual(scope: Scope) -> dict[str, Any]:
    """100 GiB, in the zone in which most volumes that are in use lie, else the first."""
    zones = [zone.id for zone in scope.find("ec2.zone", ZoneType="availability-zone")]
    used = [found.zone for found in scope.find("ec2.volume", state="in-use") if found.zone in zones]
    return {"zone": max(zones, key=used.count) if zones else "", "size": 100}


def title(values: Mapping[str, Any]) -> Text:
    """What the operation is called."""
    return _("Create volume %(what)s") % {"what": volume_of(values)}


def like(item: Item) -> dict[str, Any]:
    """The choices that made a volume."""
    attrs = item.attrs
    known = VOLUME_TYPES.get(attrs.get("VolumeType", ""))
    return {
        "name": item.name,
        "zone": item.zone,
        "size": attrs.get("Size"),
        "type": attrs.get("VolumeType", "gp3"),
        "iops": attrs.get("Iops") if known and known.iops else None,
        "throughput": attrs.get("Throughput") if known and known.throughput else None,
        "encrypted": bool(attrs.get("Encrypted")),
        "kms_key": attrs.get("KmsKeyId") or "",
        "multi_attach": bool(attrs.get("MultiAttachEnabled")),
    }


@volume.wizard(
    _("Create volume"),
    form=CreateVolumeForm,
    icon="plus",
    submit=_("Create"),
    title=title,
    sections=(
        Section("source", _("Source"), ("snapshot", "zone")),
        Section("type", _("Size and performance"), ("type", "size", "iops", "throughput", "multi_attach")),
        Section("encryption", _("Encryption"), ("encrypted", "kms_key")),
        Section("name", _("Name and tags"), ("name", "tags")),
    ),
    initial=_usual,
    like=like,
    iam=("ec2:CreateVolume", "ec2:CreateTags"),
    help=_("A volume costs from the moment it exists, attached or not."),
    example={"name": "data", "zone": "eu-west-1a", "size": 100, "type": "gp3", "encrypted": True},
)
def create(scope: Scope, values: dict[str, Any]) -> Steps:
    made = yield Step(
        "ec2.create_volume",
        title=_("Create volume %(what)s") % {"what": volume_of(values)},
        until=lambda out: reaches(volume.kind, out["VolumeId"], "available", bad={"error"}),
        undo=lambda out: Step("ec2.delete_volume", title=_("Delete the new volume"), VolumeId=out["VolumeId"]),
        touches=lambda out: [(volume.kind, out["VolumeId"])],
        AvailabilityZone=values["zone"],
        SnapshotId=values["snapshot"] or None,
        Size=values["size"],
        VolumeType=values["type"],
        Iops=values["iops"],
        Throughput=values["throughput"],
        Encrypted=values["encrypted"] or None,
        KmsKeyId=values["kms_key"] or None,
        MultiAttachEnabled=values["multi_attach"] or None,
        TagSpecifications=[specification("volume", as_aws(values["tags"], values["name"]))],
    )
    return {"kind": volume.kind, "ids": made["VolumeId"]}
