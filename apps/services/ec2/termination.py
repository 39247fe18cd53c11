"""Terminating instances: what goes with them, and what stands in the way."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import attributes
from apps.services.ec2.attributes import STOP, TERMINATION, is_on
from apps.services.ec2.instances import instance

_HELD = {TERMINATION: _("termination protection"), STOP: _("stop protection")}


def held(item: Item) -> list[str]:
    """The protections that are on."""
    return [key for key in _HELD if is_on(item, key)]


class TerminateForm(forms.Form):
    unprotect = forms.BooleanField(
        label=_("Turn off protection first"),
        required=False,
        help_text=_("Only for an instance whose termination or stop protection is on."),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items if not values.get("unprotect") else ():
            if keys := held(item):
                said = _now("%(name)s has %(what)s. Agree to turn it off, or leave the instance as it is.")
                self.add_error("unprotect", said % {"name": item.title, "what": ", ".join(str(_HELD[k]) for k in keys)})
        return values


def consequences(item: Item) -> list[Text]:
    """What goes with an instance when it is terminated."""
    deleted = [
        mapping["Ebs"]["VolumeId"]
        for mapping in item.attrs.get("BlockDeviceMappings") or ()
        if (mapping.get("Ebs") or {}).get("DeleteOnTermination")
    ]
    said: list[Text] = []
    if deleted:
        said.append(_("Deleted with %(name)s: %(volumes)s.") % {"name": item.title, "volumes": ", ".join(deleted)})
    if keys := held(item):
        what = ", ".join(str(_HELD[key]) for key in keys)
        said.append(_now("%(name)s has %(what)s.") % {"name": item.title, "what": what})
    return said


def _may_unprotect(item: Item, values: Mapping[str, Any], scope: Scope | None) -> Iterator[tuple[str, Item]]:
    if held(item):
        yield "edit-protection", item


@instance.action(
    _("Terminate"),
    icon="trash-2",
    when={"running", "stopped", "pending", "stopping"},
    risk=Risk.DESTROYS,
    form=TerminateForm,
    facts=(TERMINATION, STOP),
    also=_may_unprotect,
    iam="ec2:TerminateInstances",
    warn=consequences,
)
def terminate(item: Item, values: dict[str, Any]) -> Steps:
    for key in held(item):
        said = {"what": str(_HELD[key]), "name": item.title}
        title, back = _("Turn off %(what)s of %(name)s") % said, _("Turn on %(what)s of %(name)s again") % said
        yield attributes.change(item, key, title, back, _("The protection"), False, True)
    yield Step(
        "ec2.terminate_instances",
        title=_("Terminate %(name)s") % {"name": item.title},
        InstanceIds=[item.id],
        until=reaches(item.kind, [item.id], "terminated", gone=True),
    )
