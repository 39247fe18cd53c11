"""Keeping versions of objects."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.services.s3.buckets import bucket, setting, versioning
from apps.services.s3.sheets import PROPERTIES

PART = "Versioning"


class VersioningForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Versions"),
        choices=[("Enabled", _("Keep versions")), ("Suspended", _("Suspend"))],
        help_text=_(
            "Suspended, versions that exist stay, and are billed, until they are deleted. A new object has no version:"
            " the next one of its name replaces it for good."
        ),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for item in self.items:
            if (item.attrs.get(PART) or {}).get("MFADelete") == "Enabled":
                said = _now("MFA delete is on for %(name)s: only the account's root user with its device can do this.")
                self.add_error(None, said % {"name": item.id})
            if values.get("status") == "Suspended" and item.attrs.get("ObjectLock"):
                said = _now("%(name)s has Object Lock, which needs versions: they can't be suspended.")
                self.add_error("status", said % {"name": item.id})
            if values.get("status") == "Suspended" and versioning(item) == "Disabled":
                said = _now("%(name)s never kept versions: there is nothing to suspend.")
                self.add_error("status", said % {"name": item.id})
        return values


@bucket.action(
    _("Edit versioning"),
    verb="edit-versioning",
    submit=_("Save"),
    icon="history",
    form=VersioningForm,
    facts=(PART,),
    like=lambda item: {"status": (item.attrs.get(PART) or {}).get("Status") or "Enabled"},
    iam="s3:PutBucketVersioning",
    example={"status": "Suspended"},
)
def edit_versioning(item: Item, values: Mapping[str, Any]) -> Steps:
    if versioning(item) == values["status"]:
        return
    keep = values["status"] == "Enabled"
    title = _now("Keep versions in %(name)s") if keep else _now("Suspend versions in %(name)s")
    yield setting(
        item,
        PART,
        "s3.put_bucket_versioning",
        title=title % {"name": item.id},
        what=_("Versioning"),
        VersioningConfiguration={"Status": values["status"]},
    )


@bucket.card(PROPERTIES, _("Versioning"), part=PART, verbs=("edit-versioning",), rank=10)
def card(item: Item) -> Shown:
    said = {
        "Enabled": (_now("Versions are kept: what is replaced or deleted can be brought back."), "ok"),
        "Suspended": (_now("Suspended: versions that exist stay, new objects have none."), "warn"),
    }
    words, tone = said.get(
        versioning(item), (_now("No versions are kept: what is replaced or deleted is gone."), "idle")
    )
    mfa = (item.attrs.get(PART) or {}).get("MFADelete") == "Enabled"
    return Shown(words=[words], tone=tone, facts=[(_now("MFA delete"), mfa)])
