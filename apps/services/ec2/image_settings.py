"""What the owner of an image can change: who may launch from it, its description, its deprecation; and its end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2.images import image, is_own, not_own
from apps.services.ec2.instances import instance
from apps.services.ec2.sharing import (
    PART,
    SHEET,
    ShareForm,
    Sharing,
    means,
    now_shared,
    risks,
    share_steps,
    shared_with,
)
from apps.services.ec2.snapshot_copies import description_field
from apps.services.ec2.snapshots import delete_step, disks_of, images_of

IMAGES = Sharing(
    image,
    "ec2.describe_image_attribute",
    "ec2.modify_image_attribute",
    "ImageId",
    "launchPermission",
    "LaunchPermissions",
    "LaunchPermission",
)
YEARS = 10  # that the deprecation of an image can lie ahead, as AWS allows; of a public one 2
PUBLIC_YEARS = 2


@image.action(
    _("Edit launch permission"),
    verb="share",
    icon="share-2",
    form=ShareForm,
    when={"available"},
    unless=not_own,
    facts=(PART,),
    iam=("ec2:ModifyImageAttribute", "ec2:DescribeImageAttribute"),
    like=now_shared,
    means=means,
    risks=risks,
    help=_("Who may launch instances from it reads all that is on its disks."),
    example={"accounts": [{"account": "444455556666"}]},
)
def share(item: Item, values: dict[str, Any]) -> Steps:
    yield from share_steps(IMAGES, item, values)


@image.card(
    SHEET,
    _("Who may launch from it"),
    part=PART,
    verbs=("share",),
    empty=_("Nobody but its owner."),
)
def launched_by(item: Item) -> Shown:
    return shared_with(item) if is_own(item) else Shown(words=[_now("Only its owner sees that.")])


class DescriptionForm(forms.Form):
    description = description_field()


@image.action(
    _("Edit description"),
    verb="describe",
    icon="pencil",
    form=DescriptionForm,
    when={"available"},
    unless=not_own,
    iam="ec2:ModifyImageAttribute",
    like=lambda item: {"description": item.attrs.get("Description") or ""},
    example={"description": "Golden image of November"},
)
def describe(item: Item, values: dict[str, Any]) -> Steps:
    before = str(item.attrs.get("Description") or "")
    if values["description"] == before:
        return
    yield Step(
        "ec2.modify_image_attribute",
        title=_("Change the description of %(name)s") % {"name": item.title},
        undo=Step(
            "ec2.modify_image_attribute",
            title=_("Change it back"),
            ImageId=item.id,
            Description={"Value": before},
        ),
        touches=[(image.kind, [item.id])],
        ImageId=item.id,
        Description={"Value": values["description"]},
    )


class DeprecationForm(forms.Form):
    items: Sequence[Item] = ()

    day = forms.DateField(
        label=_("Deprecated from"),
        required=False,
        input_formats=["%Y-%m-%d"],
        help_text=_("A day, such as 2027-06-30, from its beginning in UTC. Empty: it is not deprecated."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        day, today = values.get("day"), timezone.now().astimezone(UTC).date()
        if day and day <= today:
            self.add_error("day", _("The day has to lie ahead, not be %(day)s.") % {"day": day})
        for item in self.items if day else ():
            years = PUBLIC_YEARS if item.attrs.get("Public") else YEARS
            if day and day > _later(today, years):
                said = {"name": item.title, "years": years, "day": day}
                text = _("%(name)s can be deprecated at most %(years)d years ahead, not from %(day)s.")
                self.add_error("day", text % said)
        return values


def _later(day: date, years: int) -> date:
    """The same day some years later, of 29 February the day before."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _deprecated(item: Item) -> dict[str, Any]:
    return {"day": str(item.attrs.get("DeprecationTime") or "")[:10]}


@image.action(
    _("Manage deprecation"),
    verb="deprecate",
    icon="calendar-clock",
    form=DeprecationForm,
    when={"available"},
    unless=not_own,
    iam=("ec2:EnableImageDeprecation", "ec2:DisableImageDeprecation"),
    like=_deprecated,
    help=_(
        "From that day others no longer find it in lists. Whoever knows its ID still launches from it, and what runs "
        "goes on."
    ),
    example={"day": "2027-06-30"},
)
def deprecate(item: Item, values: dict[str, Any]) -> Steps:
    day: date | None = values["day"]
    if (str(day) if day else "") == _deprecated(item)["day"]:
        return
    if day is None:
        yield Step(
            "ec2.disable_image_deprecation",
            title=_("No longer deprecate %(name)s") % {"name": item.title},
            repeat="safe",
            touches=[(image.kind, [item.id])],
            ImageId=item.id,
        )
        return
    yield Step(
        "ec2.enable_image_deprecation",
        title=_("Deprecate %(name)s from %(day)s") % {"name": item.title, "day": day},
        repeat="safe",
        touches=[(image.kind, [item.id])],
        ImageId=item.id,
        DeprecateAt=datetime(day.year, day.month, day.day, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


# The end of an image

GOES, STAYS, RUNS = "goes", "stays", "runs"  # in the cleaned values, by the image's id


class DeregisterForm(forms.Form):
    """Besides the field the cleaned values say by image: `goes`, the snapshots to delete; `stays`, pairs of a snapshot
    and the image that it is a disk of, too; `runs`, the instances that run from it."""

    scope: Scope | None = None
    items: Sequence[Item] = ()

    snapshots = forms.BooleanField(
        label=_("Delete its snapshots, too"),
        required=False,
        help_text=_("They cost as long as they exist. Those that other images use stay."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        ending = {item.id for item in self.items}
        taken: set[str] = set()
        values |= {GOES: {}, STAYS: {}, RUNS: {}}
        for item in reversed(self.items):  # what two have goes with the last of them
            users = {id: [one for one in images_of(self.scope, id) if one.id not in ending] for id in disks_of(item)}
            free = [id for id, others in users.items() if not others and id not in taken]
            values[GOES][item.id] = free if values.get("snapshots") else []
            values[STAYS][item.id] = [(id, others[0].title) for id, others in users.items() if others]
            values[RUNS][item.id] = self._running(item)
            taken.update(free)
        return values

    def _running(self, item: Item) -> list[str]:
        found = self.scope.find(instance.kind, ImageId=item.id) if self.scope else ()
        return [one.title for one in found if one.attrs.get("ImageId") == item.id and one.state != "terminated"]


def _ends(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    name = item.title
    if running := values[RUNS][item.id]:
        said = {"name": name, "count": len(running), "some": ", ".join(running[:5])}
        yield (
            ngettext(
                "%(count)d instance was launched from %(name)s and stays: %(some)s.",
                "%(count)d instances were launched from %(name)s and stay: %(some)s.",
                len(running),
            )
            % said
        )
    yield _("Launch templates and Auto Scaling groups that name %(name)s launch nothing more from it.") % {"name": name}
    if goes := values[GOES][item.id]:
        yield _("Deleted with it: %(all)s.") % {"all": ", ".join(goes)}
    for id, other in values[STAYS][item.id]:
        yield _("%(snapshot)s stays: it is a disk of the image %(other)s, too.") % {"snapshot": id, "other": other}
    if not values["snapshots"] and disks_of(item):
        yield _("Its snapshots stay and cost: %(all)s.") % {"all": ", ".join(disks_of(item))}


@image.action(
    _("Deregister"),
    icon="trash-2",
    form=DeregisterForm,
    when={"available", "failed", "error", "invalid", "disabled"},
    unless=not_own,
    risk=Risk.DESTROYS,
    iam=("ec2:DeregisterImage", "ec2:DeleteSnapshot"),
    means=_ends,
    example={"snapshots": True},
)
def deregister(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "ec2.deregister_image",
        title=_("Deregister %(name)s") % {"name": item.title},
        already=("InvalidAMIID.Unavailable", "InvalidAMIID.NotFound"),
        until=reaches(image.kind, [item.id], "deregistered", gone=True),
        touches=[(image.kind, [item.id])],
        ImageId=item.id,
    )
    for id in values[GOES][item.id]:
        yield delete_step(id, id)
