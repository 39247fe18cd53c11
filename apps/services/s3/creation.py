"""Creating a bucket, with AWS's own defaults: ACLs off, nothing public, no versions, SSE-S3. And deleting it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Find, Step, Steps
from apps.catalog.resources import Risk, Section
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.s3 import blocks, emptying, encryption, names
from apps.services.s3.buckets import bucket
from apps.services.s3.properties import TagForm

HOME = "us-east-1"  # the Region that create_bucket takes no name of
MOST_TAGS = 50


class CreateForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        strip=False,
        help_text=_("3 to 63 lower-case letters, digits, dots and hyphens. Unique among all buckets of the world."),
    )
    tags = Rows(TagForm, most=MOST_TAGS, label=_("Tags"), add=_("Add tag"), tags=True)
    ownership = forms.ChoiceField(
        label=_("Object ownership"),
        choices=[
            ("BucketOwnerEnforced", _("ACLs off: the bucket's account owns every object")),
            ("BucketOwnerPreferred", _("ACLs on: the bucket's account owns what others hand over")),
            ("ObjectWriter", _("ACLs on: whoever uploads an object owns it")),
        ],
        initial="BucketOwnerEnforced",
    )
    block_new_acls = forms.BooleanField(label=_("Block new public ACLs"), required=False, initial=True)
    ignore_acls = forms.BooleanField(label=_("Ignore public ACLs"), required=False, initial=True)
    block_new_policies = forms.BooleanField(label=_("Block new public policies"), required=False, initial=True)
    restrict_policies = forms.BooleanField(
        label=_("Keep strangers out of a bucket with a public policy"), required=False, initial=True
    )
    public = forms.BooleanField(
        label=_("I know that the bucket and its objects may become public"),
        required=False,
        help_text=_("Needed only where one of the four is off."),
    )
    versioning = forms.BooleanField(
        label=_("Keep versions"), required=False, help_text=_("Each version is stored and billed until it is deleted.")
    )
    encryption = forms.ChoiceField(
        label=_("Encryption"),
        choices=encryption.CHOICES,
        initial="AES256",
    )
    kms_key = forms.CharField(
        label=_("KMS key"),
        required=False,
        max_length=2048,
        help_text=_("ARN, id or alias. Empty: AWS's own key for S3."),
    )
    bucket_key = forms.BooleanField(
        label=_("Bucket key"), required=False, initial=True, help_text=_("Far fewer calls to KMS, so a smaller bill.")
    )
    object_lock = forms.BooleanField(
        label=_("Object Lock"),
        required=False,
        help_text=_("Versions can be protected from deletion. It needs versioning and can't be switched off later."),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        names.check(name)
        scope: Scope | None = getattr(self, "scope", None)
        if scope is not None and scope.get("s3.bucket", name) is not None and scope.account != _EXAMPLE:
            raise forms.ValidationError(_now("You have a bucket of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        open_to = not all(values.get(name) for name in _SWITCHES)
        if open_to and not values.get("public"):
            self.add_error("public", _now("Agree to it, or leave all four on."))
        if values.get("object_lock") and not values.get("versioning"):
            self.add_error("versioning", _now("Object Lock needs versions."))
        if values.get("kms_key") and values.get("encryption") == "AES256":
            self.add_error("kms_key", _now("A key goes with SSE-KMS or DSSE-KMS only."))
        keys = [row["key"] for row in values.get("tags", ())]
        for key in keys:
            if keys.count(key) > 1:
                self.add_error("tags", _now("The tag key %(key)s stands twice.") % {"key": key})
                break
        return values


_SWITCHES = tuple(blocks.FIELDS)
_EXAMPLE = "00000000-0000-0000-0000-000000000000"  # the scope of checks knows every name


def like(item: Item) -> dict[str, Any]:
    """The settings of a bucket, for another one like it."""
    attrs = item.attrs
    return {
        "tags": [{"key": key, "value": value} for key, value in item.tags.items()],
        "ownership": attrs.get("Ownership") or "BucketOwnerEnforced",
        **blocks.like(item),
        "versioning": (attrs.get("Versioning") or {}).get("Status") == "Enabled",
        **encryption.like(item),
        "object_lock": bool(attrs.get("ObjectLock")),
    }


@bucket.wizard(
    _("Create bucket"),
    verb="create",
    form=CreateForm,
    title=lambda values: _now("Create bucket %(name)s") % {"name": values["name"]},
    iam=(
        *("s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutBucketOwnershipControls"),
        *("s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutBucketTagging", "s3:DeleteBucket"),
        "s3:PutBucketObjectLockConfiguration",
    ),
    sections=(
        Section("name", _("Name and tags"), ("name", "tags")),
        Section("ownership", _("Object ownership"), ("ownership",)),
        Section(
            "public",
            _("Block Public Access"),
            (*_SWITCHES, "public"),
            _("All four on, nothing in the bucket can be public, whatever a policy or an ACL says."),
        ),
        Section("versions", _("Versioning"), ("versioning",)),
        Section("encryption", _("Encryption"), ("encryption", "kms_key", "bucket_key")),
        Section("advanced", _("Advanced"), ("object_lock",), advanced=True),
    ),
    like=like,
    example={"name": "acme-reports-2026"},
)
def create(scope: Scope, values: Mapping[str, Any]) -> Steps:
    name = values["name"]
    here = [(bucket.kind, [name])]
    yield Step(
        "s3.create_bucket",
        title=_("Create bucket %(name)s") % {"name": name},
        find=Find("s3.list_buckets", f"Buckets[?Name=='{name}'] | [0]", {"MaxBuckets": 1000}),
        undo=Step("s3.delete_bucket", title=_("Delete bucket %(name)s") % {"name": name}, Bucket=name),
        touches=here,
        Bucket=name,
        ObjectOwnership=values["ownership"],
        ObjectLockEnabledForBucket=values["object_lock"] or None,
        CreateBucketConfiguration={"LocationConstraint": scope.region} if scope.region != HOME else None,
    )
    yield Step(
        "s3.put_public_access_block",
        title=_("Set Block Public Access"),
        covered=True,
        touches=here,
        Bucket=name,
        PublicAccessBlockConfiguration={name: values[field] for field, name in blocks.FIELDS.items()},
    )
    if values["versioning"] and not values["object_lock"]:  # Object Lock brings versioning with it
        yield Step(
            "s3.put_bucket_versioning",
            title=_("Keep versions"),
            covered=True,
            Bucket=name,
            VersioningConfiguration={"Status": "Enabled"},
        )
    if values["encryption"] != "AES256":
        yield Step(
            "s3.put_bucket_encryption",
            title=_("Set the default encryption"),
            covered=True,
            Bucket=name,
            ServerSideEncryptionConfiguration={"Rules": [encryption.rule(values)]},
        )
    if values["tags"]:
        yield Step(
            "s3.put_bucket_tagging",
            title=_("Write the tags"),
            covered=True,
            Bucket=name,
            Tagging={"TagSet": [{"Key": row["key"], "Value": row["value"]} for row in values["tags"]]},
        )
    return {"kind": bucket.kind, "ids": [name]}


class DeleteForm(forms.Form):
    empty = forms.BooleanField(
        label=_("Empty it first"),
        required=False,
        help_text=_("Every object goes, with all its versions. AWS deletes an empty bucket only."),
    )


def warn(item: Item) -> list[Text]:
    return [
        _("The name %(name)s becomes free: anybody may take it, and get what is still sent to it.") % {"name": item.id}
    ]


@bucket.action(
    _("Delete"),
    icon="trash-2",
    form=DeleteForm,
    risk=Risk.DESTROYS,
    warn=warn,
    iam=("s3:DeleteBucket", "s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"),
)
def delete(item: Item, values: Mapping[str, Any]) -> Steps:
    if values["empty"]:
        yield from emptying.steps(item.id)
    yield Step(
        "s3.delete_bucket",
        title=_("Delete bucket %(name)s") % {"name": item.id},
        already=["NoSuchBucket"],
        touches=[(bucket.kind, [item.id])],
        Bucket=item.id,
    )
