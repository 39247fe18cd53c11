"""The default encryption of a bucket: for objects that are uploaded without one of their own."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Steps
from apps.services.s3.buckets import bucket, setting
from apps.services.s3.sheets import PROPERTIES

PART = "Encryption"
CHOICES = (
    ("AES256", _("SSE-S3: keys of Amazon S3")),
    ("aws:kms", _("SSE-KMS: a key of AWS KMS")),
    ("aws:kms:dsse", _("DSSE-KMS: two layers with a key of AWS KMS")),
)
_DEFAULT = "ApplyServerSideEncryptionByDefault"
_ID = r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_ALIAS = r"alias/[A-Za-z0-9/_-]{1,250}"
_KEY = re.compile(rf"{_ID}|{_ALIAS}|arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{{12}}:(?:key/{_ID}|{_ALIAS})")


def rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """The one rule that AWS takes, from the form's fields."""
    how = {"SSEAlgorithm": values["encryption"], "KMSMasterKeyID": values["kms_key"] or None}
    return {_DEFAULT: how, "BucketKeyEnabled": bool(values["bucket_key"])}


def like(item: Item) -> dict[str, Any]:
    """The fields from the rule that is set."""
    found: Mapping[str, Any] = item.attrs.get(PART) or {}
    how = found.get(_DEFAULT) or {}
    return {
        "encryption": how.get("SSEAlgorithm") or "AES256",
        "kms_key": how.get("KMSMasterKeyID") or "",
        "bucket_key": bool(found.get("BucketKeyEnabled")),
    }


class EncryptionForm(forms.Form):
    encryption = forms.ChoiceField(label=_("Encryption"), choices=CHOICES)
    kms_key = forms.CharField(
        label=_("KMS key"),
        required=False,
        max_length=2048,
        help_text=_("ARN, id or alias. Empty: AWS's own key for S3."),
    )
    bucket_key = forms.BooleanField(
        label=_("Bucket key"), required=False, help_text=_("Far fewer calls to KMS, so a smaller bill.")
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        key, how = values.get("kms_key"), values.get("encryption")
        if key and how == "AES256":
            self.add_error("kms_key", _now("A key goes with SSE-KMS or DSSE-KMS only."))
        elif key:
            self._check_key(key)
        if how == "aws:kms:dsse" and values.get("bucket_key"):
            self.add_error("bucket_key", _now("DSSE-KMS knows no bucket key."))
        known = {name for name, _label in CHOICES}
        for item in self.items:
            if (now := like(item)["encryption"]) not in known:
                said = _now("%(name)s is encrypted by %(how)s, which this form can't keep.")
                self.add_error(None, said % {"name": item.id, "how": now})
        return values

    def _check_key(self, key: str) -> None:
        found = _KEY.fullmatch(key)
        if found is None:
            self.add_error("kms_key", _now("This is no ARN, id or alias of a KMS key: %(key)s.") % {"key": key})
            return
        for item in self.items:
            if found["region"] and found["region"] != item.region:
                said = _now("The key lies in %(there)s; it must lie where the bucket does, in %(here)s.")
                self.add_error("kms_key", said % {"there": found["region"], "here": item.region})
                return


@bucket.action(
    _("Edit encryption"),
    verb="edit-encryption",
    submit=_("Save"),
    icon="lock",
    form=EncryptionForm,
    facts=(PART,),
    like=like,
    iam="s3:PutEncryptionConfiguration",
    help=_("For objects that are written from then on; those that are there stay as they are."),
    example={"encryption": "aws:kms", "kms_key": "alias/reports"},
)
def edit_encryption(item: Item, values: Mapping[str, Any]) -> Steps:
    if like(item) == {name: values[name] for name in ("encryption", "kms_key", "bucket_key")}:
        return
    kept: Mapping[str, Any] = item.attrs.get(PART) or {}
    yield setting(
        item,
        PART,
        "s3.put_bucket_encryption",
        title=_now("Set the default encryption of %(name)s") % {"name": item.id},
        what=_("The default encryption"),
        ServerSideEncryptionConfiguration={"Rules": [{**kept, **rule(values)}]},
    )


@bucket.card(
    PROPERTIES,
    _("Default encryption"),
    part=PART,
    verbs=("edit-encryption",),
    help=_("For objects that are uploaded without an encryption of their own."),
    empty=_("None is set: S3 encrypts with keys of its own."),
    rank=20,
)
def card(item: Item) -> Shown:
    if not item.attrs.get(PART):
        return Shown()
    now, kept = like(item), item.attrs[PART]
    how = {name: str(label) for name, label in CHOICES}.get(now["encryption"], now["encryption"])
    facts: list[tuple[str, Any]] = [(_now("Encryption"), how)]
    if now["encryption"] != "AES256":
        facts.append((_now("KMS key"), now["kms_key"] or _now("AWS's own key for S3")))
    facts.append((_now("Bucket key"), now["bucket_key"]))
    blocked = (kept.get("BlockedEncryptionTypes") or {}).get("EncryptionType")
    return Shown(facts=[*facts, (_now("Refused ways"), blocked)] if blocked else facts)
