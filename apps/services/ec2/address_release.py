"""Releasing Elastic IP addresses, and what that breaks."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps, reaches
from apps.catalog.resources import Risk
from apps.catalog.text import Text
from apps.services.ec2.addresses import address, disassociation, leads_to, managed


class ReleaseForm(forms.Form):
    disassociate = forms.BooleanField(
        label=_("Disassociate it first"),
        required=False,
        help_text=_("Needed only where it is associated. AWS releases an idle address only."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        managed(self, None)
        for item in getattr(self, "items", ()):
            if item.state == "associated" and not values.get("disassociate"):
                self.add_error(
                    "disassociate",
                    _("%(name)s is associated with %(target)s. Agree to take it away there, or leave it.")
                    % {"name": item.title, "target": leads_to(item)},
                )
        return values


def lost(item: Item) -> list[Text]:
    """What releasing an address breaks."""
    said: list[Text] = []
    ip = item.attrs.get("PublicIp", "")
    if target := leads_to(item):
        said.append(_("%(target)s can't be reached by %(ip)s any more.") % {"target": target, "ip": ip})
    said.append(
        _(
            "%(ip)s goes back to AWS and may be given to somebody else: "
            "DNS records and allow lists that name it lead to them then."
        )
        % {"ip": ip}
    )
    return said


@address.action(
    _("Release"),
    icon="trash-2",
    form=ReleaseForm,
    risk=Risk.DESTROYS,
    warn=lost,
    iam=("ec2:ReleaseAddress", "ec2:DisassociateAddress"),
    example={"disassociate": True},
)
def release(item: Item, values: Mapping[str, Any]) -> Steps:
    if item.state == "associated":
        yield disassociation(item)
    yield Step(
        "ec2.release_address",
        title=_("Release %(ip)s") % {"ip": item.attrs["PublicIp"]},
        already=("InvalidAllocationID.NotFound",),
        until=reaches(item.kind, [item.id], gone=True, timeout=120),
        AllocationId=item.id,
        NetworkBorderGroup=item.attrs.get("NetworkBorderGroup") or None,
    )
