"""Object ownership: whether ACLs count, and who owns what others upload."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.text import Text
from apps.services.s3 import access, acl
from apps.services.s3.buckets import bucket, same
from apps.services.s3.sheets import PERMISSIONS

PART = "Ownership"
ENFORCED = "BucketOwnerEnforced"
CHOICES: list[tuple[str, Text]] = [
    (ENFORCED, _("ACLs off: the bucket's account owns every object")),
    ("BucketOwnerPreferred", _("ACLs on: the bucket's account owns what others hand over")),
    ("ObjectWriter", _("ACLs on: whoever uploads an object owns it")),
]


class OwnershipForm(forms.Form):
    ownership = forms.ChoiceField(label=_("Object ownership"), choices=CHOICES)

    items: tuple[Item, ...] = ()

    def clean_ownership(self) -> str:
        wanted: str = self.cleaned_data["ownership"]
        for item in self.items:
            if wanted == ENFORCED and access.acls_count(item) and (others := _others(item)):
                said = _now(
                    "AWS switches ACLs off only where the bucket's grants nothing to others. This one says: %(grants)s"
                    " Edit the ACL first."
                )
                raise forms.ValidationError(said % {"grants": " ".join(others)})
        return wanted


def _others(item: Item) -> list[str]:
    """What the bucket's ACL grants to others than its owner."""
    return acl.sentences([row for row in acl.rows(item) if row["grantee"] != acl.OWNER])


def means(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["ownership"] == ENFORCED:
        yield _now("ACLs count for nothing, those of objects too. Policies alone say who may do what.")
        yield _now("The bucket's account owns every object, those that others uploaded too.")
    else:
        yield _now("ACLs count beside policies, on the bucket and on each object.")
    if values["ownership"] == "BucketOwnerPreferred":
        yield _now("What others upload with the ACL bucket-owner-full-control belongs to the bucket's account.")
    elif values["ownership"] == "ObjectWriter":
        yield _now("What others upload belongs to them: the bucket's account may not even read it.")


def risks(item: Item, values: Mapping[str, Any]) -> Iterable[Text]:
    if values["ownership"] == ENFORCED:
        if access.acls_count(item):
            yield _now("Whoever reads or writes objects by an ACL alone can no longer do so.")
    elif not access.acls_count(item) and not access.block(item)["IgnorePublicAcls"]:
        yield _now("Everybody can read each object whose own ACL is public.")


@bucket.action(
    _("Edit object ownership"),
    verb="edit-ownership",
    icon="user-check",
    form=OwnershipForm,
    facts=(PART, "Acl", "AccountBlock"),
    like=lambda item: {"ownership": item.attrs.get(PART) or "ObjectWriter"},
    means=means,
    risks=risks,
    iam="s3:PutBucketOwnershipControls",
    example={"ownership": ENFORCED},
)
def edit_ownership(item: Item, values: Mapping[str, Any]) -> Steps:
    if item.attrs.get(PART) == values["ownership"]:
        return
    yield Step(
        "s3.put_bucket_ownership_controls",
        title=_now("Set the object ownership of %(name)s") % {"name": item.id},
        touches=[(bucket.kind, [item.id])],
        same=same(item, PART, "Object ownership"),
        Bucket=item.id,
        OwnershipControls={"Rules": [{"ObjectOwnership": values["ownership"]}]},
    )


@bucket.card(PERMISSIONS, _("Object ownership"), part=PART, verbs=("edit-ownership",), rank=40)
def card(item: Item) -> Shown:
    now = item.attrs.get(PART) or "ObjectWriter"
    said = dict(CHOICES).get(now, now)
    return Shown(words=[_now("%(choice)s.") % {"choice": said}], tone="ok" if now == ENFORCED else "idle")
