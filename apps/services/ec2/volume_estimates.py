"""What the calls for volumes cost, and how they are said in Terraform."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart, total
from apps.catalog.scope import Scope
from apps.services.ec2 import ec2
from apps.services.ec2.estimates import tags_of
from apps.services.ec2.volume_types import volume_parts


@ec2.priced("ec2.create_volume")
def create_volume(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    found = scope.get("ec2.snapshot", params["SnapshotId"]) if isinstance(params.get("SnapshotId"), str) else None
    size = params.get("Size") or (found.attrs.get("VolumeSize") if found else None) or 0
    return volume_parts(book, params.get("VolumeType", "gp2"), size, params.get("Iops"), params.get("Throughput"))


@ec2.priced("ec2.modify_volume")
def modify_volume(params: Mapping[str, Any], scope: Scope, book: Book) -> list[CostPart]:
    """What it costs more, or less, than before."""
    found = scope.get("ec2.volume", params["VolumeId"])
    if found is None:
        return [CostPart(_("Change of the volume's cost"), None)]
    now: dict[str, Any] = {key: found.attrs.get(key) for key in ("VolumeType", "Size", "Iops", "Throughput")}
    same_type = params.get("VolumeType", now["VolumeType"]) == now["VolumeType"]
    kept = now if same_type else {key: now[key] for key in ("VolumeType", "Size")}
    before, after = (
        total(volume_parts(book, each["VolumeType"], each["Size"] or 0, each.get("Iops"), each.get("Throughput")))
        for each in (now, {**kept, **params})
    )
    return [CostPart(_("Change of the volume's cost"), None if before is None or after is None else after - before)]


@ec2.as_terraform("ec2.create_volume", "aws_ebs_volume")
def aws_ebs_volume(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "availability_zone": params["AvailabilityZone"],
        "size": params.get("Size"),
        "type": params.get("VolumeType"),
        "iops": params.get("Iops"),
        "throughput": params.get("Throughput"),
        "snapshot_id": params.get("SnapshotId"),
        "encrypted": params.get("Encrypted"),
        "kms_key_id": params.get("KmsKeyId"),
        "multi_attach_enabled": params.get("MultiAttachEnabled"),
        "tags": tags_of(params, "volume"),
    }


@ec2.as_terraform("ec2.attach_volume", "aws_volume_attachment")
def aws_volume_attachment(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "device_name": params["Device"],
        "volume_id": params["VolumeId"],
        "instance_id": params["InstanceId"],
    }
