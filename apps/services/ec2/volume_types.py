"""The volume types: what each allows and includes, and what a volume of it costs. Amazon EBS User Guide, "Amazon EBS
volume types"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.costs import Book, CostPart
from apps.catalog.text import Text


@dataclass(frozen=True)
class VolumeType:
    """GiB, IOPS and MiB/s that a type allows and includes; IOPS for each GiB and MiB/s for each IOPS at most."""

    size: tuple[int, int]
    iops: tuple[int, int] | None = None
    throughput: tuple[int, int] | None = None
    included_iops: int = 0
    included_throughput: int = 0
    iops_per_gib: int = 0
    throughput_per_iops: float = 0
    needs_iops: bool = False


VOLUME_TYPES = {
    "gp3": VolumeType((1, 65536), (3000, 80000), (125, 2000), 3000, 125, 500, 0.25),
    "gp2": VolumeType((1, 16384)),
    "io1": VolumeType((4, 16384), (100, 64000), iops_per_gib=50, needs_iops=True),
    "io2": VolumeType((4, 65536), (100, 256000), iops_per_gib=1000, needs_iops=True),
    "st1": VolumeType((125, 16384)),
    "sc1": VolumeType((125, 16384)),
    "standard": VolumeType((1, 1024)),
}
VOLUME_CHOICES = [(name, name) for name in VOLUME_TYPES]
HARD_DISKS = {"st1", "sc1"}  # that no instance starts from


def problems(kind: str, size: int | None, iops: int | None, throughput: int | None) -> list[tuple[str, Text]]:
    """What a volume of a type can't be: the field, and a message that names the limit and the value. A value that is
    None is left to AWS."""
    limits = VOLUME_TYPES.get(kind)
    if limits is None:
        return []
    found: list[tuple[str, Text]] = []
    for field, unit, bounds, value in (
        ("size", "GiB", limits.size, size),
        ("iops", "IOPS", limits.iops, iops),
        ("throughput", "MiB/s", limits.throughput, throughput),
    ):
        if value is None:
            continue
        if bounds is None:
            found.append((field, _("%(kind)s has no setting for %(unit)s.") % {"kind": kind, "unit": unit}))
        elif not bounds[0] <= value <= bounds[1]:
            said = {"kind": kind, "low": bounds[0], "high": bounds[1], "unit": unit, "value": value}
            found.append((field, _("%(kind)s takes %(low)d to %(high)d %(unit)s, not %(value)d.") % said))
    if limits.needs_iops and iops is None:
        found.append(("iops", _("%(kind)s needs the number of IOPS.") % {"kind": kind}))
    return found or _ratios(kind, limits, size, iops, throughput)


def _ratios(
    kind: str, limits: VolumeType, size: int | None, iops: int | None, throughput: int | None
) -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    most = max(limits.iops_per_gib * (size or 0), limits.included_iops, limits.iops[0] if limits.iops else 0)
    if iops and size and limits.iops_per_gib and iops > most:
        said = {"kind": kind, "each": limits.iops_per_gib, "most": most, "size": size, "value": iops}
        text = _("%(kind)s takes %(each)d IOPS for each GiB: at most %(most)d with %(size)d GiB, not %(value)d.")
        found.append(("iops", text % said))
    given = iops or limits.included_iops
    fast = int(limits.throughput_per_iops * given)
    if throughput and limits.throughput_per_iops and throughput > max(fast, limits.included_throughput):
        said = {"kind": kind, "most": fast, "iops": given, "value": throughput}
        text = _("%(kind)s takes 1 MiB/s for 4 IOPS: at most %(most)d MiB/s with %(iops)d IOPS, not %(value)d.")
        found.append(("throughput", text % said))
    return found


def check_volume(form: forms.Form, values: Mapping[str, Any], prefix: str = "") -> None:
    """Enters what is wrong with `size`, `iops` and `throughput` for `type`, each at its field."""
    size, iops, throughput = (values.get(prefix + name) for name in ("size", "iops", "throughput"))
    for field, message in problems(values.get(f"{prefix}type") or "", size, iops, throughput):
        if prefix + field not in form.errors:
            form.add_error(prefix + field, message)


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
