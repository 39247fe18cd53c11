"""Changing and deleting a volume."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.attachments import devices, root_device
from apps.services.ec2.instances import instance
from apps.services.ec2.storage import attachments, volume
from apps.services.ec2.volume_types import HARD_DISKS, VOLUME_CHOICES, VOLUME_TYPES, problems

_FIELDS = {"Size": "size", "VolumeType": "type", "Iops": "iops", "Throughput": "throughput"}


def now_set(item: Item) -> dict[str, Any]:
    """What a volume has now, by the form's fields; None where its type has no such setting."""
    attrs = item.attrs
    limits = VOLUME_TYPES.get(attrs.get("VolumeType", ""))
    return {
        "type": attrs.get("VolumeType", ""),
        "size": attrs.get("Size"),
        "iops": attrs.get("Iops") if limits and limits.iops else None,
        "throughput": attrs.get("Throughput") if limits and limits.throughput else None,
    }


def wanted(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a volume shall have: what is given, and else what it has as far as the type goes on having it. What it has
    of a setting that the new type knows nothing of is left out, also where the form gives it back."""
    now = now_set(item)
    found: dict[str, Any] = {key: values.get(key) or now[key] for key in ("type", "size")}
    limits = VOLUME_TYPES.get(found["type"])
    for key in ("iops", "throughput"):
        given, has = values.get(key), now[key]
        known = limits is not None and getattr(limits, key) is not None
        found[key] = (given or has) if known else given if given != has else None
    return found


def changes(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that differ from what the volume has."""
    now, then = now_set(item), wanted(item, values)
    return {name: then[key] for name, key in _FIELDS.items() if then[key] is not None and then[key] != now[key]}


class ModifyForm(forms.Form):
    scope: Scope | None = None
    items: Sequence[Item] = ()

    type = forms.ChoiceField(label=_("Type"), choices=[("", _("As it is")), *VOLUME_CHOICES], required=False)
    size = forms.IntegerField(
        label=_("Size, GiB"), min_value=1, max_value=65536, required=False, help_text=_("A volume can only grow.")
    )
    iops = forms.IntegerField(
        label="IOPS",
        min_value=100,
        max_value=256000,
        required=False,
        help_text=_("gp3: at most 500 for each GiB. io1: 50, io2: 1,000."),
    )
    throughput = forms.IntegerField(
        label=_("Throughput, MiB/s"),
        min_value=125,
        max_value=2000,
        required=False,
        help_text=_("gp3 only, at most one for 4 IOPS."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            self._check_now(item)
            if not self.errors:
                self._check(item, values)
        return values

    def _check_now(self, item: Item) -> None:
        last = item.attrs.get("Modification") or {}
        if last.get("ModificationState") in {"modifying", "optimizing"}:
            said = {"name": item.title, "state": last["ModificationState"], "progress": last.get("Progress") or 0}
            text = _("The last change of %(name)s is %(state)s, %(progress)d %% done: AWS takes the next one after it.")
            self.add_error(None, text % said)

    def _check(self, item: Item, values: Mapping[str, Any]) -> None:
        now, then = now_set(item), wanted(item, values)
        if then["size"] and now["size"] and then["size"] < now["size"]:
            said = {"name": item.title, "now": now["size"], "size": then["size"]}
            self.add_error("size", _("%(name)s has %(now)d GiB and can only grow, not to %(size)d.") % said)
        for field, message in problems(then["type"], then["size"], then["iops"], then["throughput"]):
            self.add_error(field, message)
        asked = changes(item, values)
        if item.attrs.get("MultiAttachEnabled"):
            self._check_shared(item, now["type"], asked)
        if "VolumeType" in asked and then["type"] in HARD_DISKS and (by := self._rooted(item)):
            said = {"name": item.title, "instance": by, "type": then["type"]}
            self.add_error("type", _("%(name)s is the root volume of %(instance)s, which %(type)s can't be.") % said)

    def _check_shared(self, item: Item, kind: str, asked: Mapping[str, Any]) -> None:
        fixed = ("VolumeType", "Size", "Iops") if kind == "io1" else ("VolumeType",)
        for name in fixed:
            if name in asked:
                said = {"name": item.title, "type": kind}
                text = _("%(name)s is %(type)s with Multi-Attach: AWS doesn't change this of it.")
                self.add_error(_FIELDS[name], text % said)

    def _rooted(self, item: Item) -> str:
        """The instance that starts from the volume, as far as the panel knows it."""
        for one in attachments(item):
            found = self.scope.get(instance.kind, one.get("InstanceId", "")) if self.scope else None
            if found and devices(found).get(root_device(found)) == item.id:
                return found.title
        return ""


def _means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    asked = changes(item, values)
    if "Size" in asked:
        said = {"name": item.title, "now": item.attrs.get("Size") or 0, "size": asked["Size"]}
        yield (
            _(
                "%(name)s grows from %(now)d to %(size)d GiB, for good. The file system does not grow by itself: "
                "extend the partition and the file system in the operating system afterwards."
            )
            % said
        )
    if asked:
        yield _(
            "The volume stays usable meanwhile. AWS may take hours to finish, takes no other change before that, and "
            "at most four in 24 hours."
        )


@volume.action(
    _("Modify"),
    icon="sliders-horizontal",
    form=ModifyForm,
    when={"available", "in-use"},
    facts=("Modification",),
    iam="ec2:ModifyVolume",
    like=now_set,
    means=_means,
    help=_(
        "Encryption can't be changed: take a snapshot, copy it with encryption, and make a new volume from the copy."
    ),
    example={"size": 200, "type": "gp3", "iops": 4000},
)
def modify(item: Item, values: dict[str, Any]) -> Steps:
    asked = changes(item, values)
    if asked:
        yield Step(
            "ec2.modify_volume",
            title=_("Modify %(name)s: %(what)s") % {"name": item.title, "what": _said(asked)},
            # Made twice it is refused, for the first one is still going on: what goes on tells whether it is this one.
            find=_modification(item, asked),
            touches=[(item.kind, [item.id])],
            VolumeId=item.id,
            **asked,
        )


def _said(asked: Mapping[str, Any]) -> str:
    units = {"Size": "GiB", "Iops": "IOPS", "Throughput": "MiB/s"}
    return ", ".join(f"{value} {units[name]}" if name in units else str(value) for name, value in asked.items())


def _modification(item: Item, asked: Mapping[str, Any]) -> Find:
    """The volume's last change, where it has the same aim. The volume isn't there yet, or nothing would be asked: so it
    is none of before."""
    aims = [f"Target{name} == `{json.dumps(value)}`" for name, value in asked.items()]
    filters = [{"Name": "volume-id", "Values": [item.id]}]
    path = f"VolumesModifications[?{' && '.join(aims)}] | [-1]"
    return Find("ec2.describe_volumes_modifications", path, {"Filters": filters})


def _lost(item: Item) -> Iterable[Text]:
    said = {"name": item.title, "size": item.attrs.get("Size") or 0}
    yield _("The %(size)d GiB of %(name)s are lost. Only a snapshot brings them back.") % said


@volume.action(
    _("Delete"),
    icon="trash-2",
    when={"available", "error"},
    risk=Risk.DESTROYS,
    iam="ec2:DeleteVolume",
    warn=_lost,
    main=True,
)
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.delete_volume",
        title=_("Delete %(name)s") % {"name": item.title},
        already=("InvalidVolume.NotFound",),
        until=reaches(item.kind, [item.id], "deleted", gone=True, bad={"error"}),
        VolumeId=item.id,
    )
