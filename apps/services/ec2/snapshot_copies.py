"""Taking snapshots of volumes, copying them to other Regions, and making volumes of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.fields import Ref, Region
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import ec2
from apps.services.ec2.estimates import tags_of
from apps.services.ec2.kms import check_key, kms_field
from apps.services.ec2.marks import by_operation, kept
from apps.services.ec2.snapshots import at_most, snapshot
from apps.services.ec2.storage import volume
from apps.services.ec2.tags import check_unique, specification, tag_rows

LONGEST = 255  # characters of a description


def description_field(**more: Any) -> forms.CharField:
    return forms.CharField(label=_("Description"), max_length=LONGEST, required=False, **more)


class SnapshotForm(forms.Form):
    description = description_field()
    copy_tags = forms.BooleanField(label=_("Copy the volume's tags"), required=False, initial=True)
    tags = tag_rows(tags=True, help_text=_("Over those that are copied."))

    def clean_tags(self) -> list[dict[str, str]]:
        tags: list[dict[str, str]] = self.cleaned_data["tags"]
        check_unique(tags)
        return tags


class CreateForm(SnapshotForm):
    volume = Ref("ec2.volume", label=_("Volume"))
    field_order = ("volume", "description", "copy_tags", "tags")


def _take(id: str, title: Text, tags: Mapping[str, str], values: Mapping[str, Any]) -> Step:
    return Step(
        "ec2.create_snapshot",
        title=_("Take a snapshot of %(name)s") % {"name": title},
        find=by_operation("ec2.describe_snapshots", "Snapshots[0]", ("volume-id", id), OwnerIds=["self"]),
        undo=lambda out: Step("ec2.delete_snapshot", title=_("Delete the new snapshot"), SnapshotId=out["SnapshotId"]),
        # It holds what was there when AWS took the call; that it is stored takes hours, which nothing has to wait for.
        touches=lambda out: [(snapshot.kind, out["SnapshotId"])],
        VolumeId=id,
        Description=values["description"] or None,
        TagSpecifications=[specification("snapshot", kept(dict(tags) if values["copy_tags"] else {}, values["tags"]))],
    )


def _consistent(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    yield _("The snapshot holds what is on the volume now; AWS stores it in the background, which can take hours.")
    if item.state == "in-use":
        said = {"name": item.title}
        yield (
            _("What programs have not yet written to %(name)s is not in it: stop them first where that matters.") % said
        )


@volume.action(
    _("Create snapshot"),
    verb="snapshot",
    icon="camera",
    form=SnapshotForm,
    when={"available", "in-use"},
    iam=("ec2:CreateSnapshot", "ec2:CreateTags"),
    means=_consistent,
    main=True,
    example={"description": "Before the upgrade"},
)
def take(item: Item, values: dict[str, Any]) -> Steps:
    yield _take(item.id, item.title, item.tags, values)


@snapshot.wizard(
    _("Create snapshot"),
    form=CreateForm,
    submit=_("Create"),
    title=lambda values: _("Create a snapshot of %(volume)s") % {"volume": values["volume"]},
    sections=(
        Section("volume", _("Volume"), ("volume", "description")),
        Section("tags", _("Tags"), ("copy_tags", "tags")),
    ),
    iam=("ec2:CreateSnapshot", "ec2:CreateTags"),
    help=_(
        "It holds what is on the volume when AWS takes the call. What programs have not yet written is not in it. "
        "The price is that of the full size: AWS bills only what differs from the snapshot before."
    ),
    example={"volume": "vol-0c9d8e7f6a5b43210", "description": "Before the upgrade"},
)
def create(scope: Scope, values: dict[str, Any]) -> Steps:
    found = scope.get(volume.kind, values["volume"])
    title, tags = (found.title, found.tags) if found else (values["volume"], {})
    made = yield _take(values["volume"], title, tags, values)
    return {"kind": snapshot.kind, "ids": made["SnapshotId"]}


@snapshot.lead(_("Create volume"), to="ec2.volume.create", icon="hard-drive", when={"completed"}, main=True)
def restore(item: Item) -> dict[str, Any]:
    filled = {"snapshot": item.id, "size": item.attrs.get("VolumeSize") or ""}
    return filled | ({"encrypted": "on"} if item.attrs.get("Encrypted") else {})


class CopyForm(forms.Form):
    """What a copy to another Region asks: of a snapshot, and as a base of an image's."""

    items: Sequence[Item] = ()

    destination = Region(label=_("Region"), help_text=_("Where the copy will lie."))
    description = description_field(help_text=_("Empty: where it was copied from."))
    encrypted = forms.BooleanField(
        label=_("Encrypt"),
        required=False,
        help_text=_("What is encrypted already stays so, with a key of that Region."),
    )
    kms_key = kms_field()
    copy_tags = forms.BooleanField(label=_("Copy the tags"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("kms_key"):
            check_key(self, "kms_key", values["kms_key"], values.get("destination") or "")
            plain = [item.title for item in self.items if not is_encrypted(item)]
            if plain and not values.get("encrypted"):
                said = {"names": ", ".join(plain)}
                self.add_error("kms_key", _("%(names)s: not encrypted, and a key goes with encryption only.") % said)
        return values


def is_encrypted(item: Item) -> bool:
    """A snapshot, or an image any of whose disks is."""
    disks = item.attrs.get("BlockDeviceMappings") or ()
    return bool(item.attrs.get("Encrypted")) or any((disk.get("Ebs") or {}).get("Encrypted") for disk in disks)


class CopySnapshotForm(CopyForm):
    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("description") and len(self.items) > 1:
            self.add_error("description", _("Copies of several keep their own descriptions: leave it empty."))
        return values


def copied_from(item: Item, text: str = "") -> str:
    """How the AWS console describes a copy."""
    return f"[Copied {item.id} from {item.region}] {text}".strip()[:LONGEST]


def _costs(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["destination"] != item.region:
        said = {"size": item.attrs.get("VolumeSize") or 0, "from": item.region, "to": values["destination"]}
        yield (
            _(
                "AWS also bills the transfer of at most %(size)d GiB from %(from)s to %(to)s, once. Who it is shared "
                "with is not copied."
            )
            % said
        )


@snapshot.action(
    _("Copy"),
    icon="copy",
    form=CopySnapshotForm,
    when={"completed"},
    iam=("ec2:CopySnapshot", "ec2:CreateTags"),
    means=_costs,
    main=True,
    example={"destination": "eu-central-1", "encrypted": True},
)
def copy(item: Item, values: dict[str, Any]) -> Steps:
    told = values["description"] or copied_from(item, str(item.attrs.get("Description") or ""))
    marks = [] if values["description"] else [("description", f"*{item.id}*")]
    yield Step(
        "ec2.copy_snapshot",
        title=_("Copy %(name)s to %(region)s") % {"name": item.title, "region": values["destination"]},
        region=values["destination"],
        find=by_operation("ec2.describe_snapshots", "Snapshots[0]", *marks, OwnerIds=["self"]),
        undo=lambda out: Step("ec2.delete_snapshot", title=_("Delete the copy"), SnapshotId=out["SnapshotId"]),
        touches=lambda out: [(snapshot.kind, out["SnapshotId"])],
        SourceRegion=item.region,
        SourceSnapshotId=item.id,
        Description=told,
        Encrypted=values["encrypted"] or None,
        KmsKeyId=values["kms_key"] or None,
        TagSpecifications=[specification("snapshot", kept(dict(item.tags) if values["copy_tags"] else {}, []))],
    )


@ec2.priced("ec2.create_snapshot")
def price_of_snapshot(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    found = scope.get(volume.kind, params["VolumeId"])
    return [at_most(int(found.attrs.get("Size") or 0) if found else 0, book)]


@ec2.priced("ec2.copy_snapshot")
def price_of_copy(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    """At the prices of where it will lie."""
    found = scope.at(params["SourceRegion"]).get(snapshot.kind, params["SourceSnapshotId"])
    return [at_most(int(found.attrs.get("VolumeSize") or 0) if found else 0, book)]


@ec2.as_terraform("ec2.create_snapshot", "aws_ebs_snapshot")
def aws_ebs_snapshot(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "volume_id": params["VolumeId"],
        "description": params.get("Description"),
        "tags": tags_of(params, "snapshot"),
    }


@ec2.as_terraform("ec2.copy_snapshot", "aws_ebs_snapshot_copy")
def aws_ebs_snapshot_copy(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source_snapshot_id": params["SourceSnapshotId"],
        "source_region": params["SourceRegion"],
        "description": params.get("Description"),
        "encrypted": params.get("Encrypted"),
        "kms_key_id": params.get("KmsKeyId"),
        "tags": tags_of(params, "snapshot"),
    }
