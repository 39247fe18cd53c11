"""What is set on an object besides its content: tags, metadata and headers, storage class."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog import model
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Step
from apps.services.s3.copy_forms import head, too_large
from apps.services.s3.copying import kept
from apps.services.s3.objects import OBJECT, VERSION, s3_object, versions

MOST_TAGS = 10
MOST_METADATA = 2048  # bytes of all names and values
_TAG = re.compile(r"[\w\s+\-=._:/@]*", re.UNICODE)
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")
_PLAIN = re.compile(r"[\x20-\x7e]*")


class TagForm(forms.Form):
    """One tag. Limits: Amazon S3 User Guide, "Categorizing your storage using tags"."""

    key = forms.CharField(label=_("Key"), max_length=128)
    value = forms.CharField(label=_("Value"), max_length=256, required=False)

    def clean(self) -> dict[str, Any]:
        key = self.cleaned_data.get("key", "")
        if key.lower().startswith("aws:"):
            self.add_error("key", _("A tag key can't start with aws:, which is reserved."))
        for name in ("key", "value"):
            if not _TAG.fullmatch(self.cleaned_data.get(name, "")):
                self.add_error(name, _("Use letters, digits, spaces and + - = . _ : / @."))
        return self.cleaned_data


def check_keys(rows: Iterable[Mapping[str, str]]) -> None:
    """Raises ValidationError naming a key that stands twice."""
    keys = [row["key"] for row in rows]
    for key in keys:
        if keys.count(key) > 1:
            raise forms.ValidationError(_("The tag key %(key)s stands twice.") % {"key": key})


class TagsForm(forms.Form):
    tags = Rows(TagForm, most=MOST_TAGS, label=_("Tags"), add=_("Add tag"), help_text=_("10 at most."))

    def clean_tags(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.cleaned_data["tags"]
        check_keys(rows)
        return rows


@s3_object.action(
    _("Edit tags"),
    verb="tag",
    icon="tag",
    form=TagsForm,
    when={OBJECT, VERSION},
    needs="write",
    facts=("tags",),
    like=lambda item: {"tags": [{"key": key, "value": value} for key, value in (item.attrs.get("Tags") or {}).items()]},
    iam=("s3:PutObjectTagging", "s3:DeleteObjectTagging"),
    help=_("These take the place of the tags that are there."),
    example={"tags": [{"key": "owner", "value": "web"}]},
)
def tag(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    where: dict[str, Any] = {"Bucket": item.within, "Key": item.id, "VersionId": next(iter(versions(item)), None)}
    title = _now("Set the tags of %(key)s") % {"key": item.title}
    tags = [{"Key": row["key"], "Value": row["value"]} for row in values["tags"]]
    if tags:
        yield Step("s3.put_object_tagging", title=title, **where, Tagging={"TagSet": tags})
    else:
        yield Step("s3.delete_object_tagging", title=title, **where)


class MetadataRow(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=128, help_text=_("Without x-amz-meta-."))
    value = forms.CharField(label=_("Value"), max_length=2048, required=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip().lower().removeprefix("x-amz-meta-")
        if not _NAME.fullmatch(name):
            raise forms.ValidationError(_("A name of a header has letters, digits and - _ . only."))
        return name

    def clean_value(self) -> str:
        return _plain(self.cleaned_data["value"])


def _plain(value: str) -> str:
    if not _PLAIN.fullmatch(value):
        raise forms.ValidationError(_("A header holds letters of the English alphabet, digits and signs only."))
    return value


HEADERS = {
    "content_type": "ContentType",
    "cache_control": "CacheControl",
    "content_disposition": "ContentDisposition",
    "content_encoding": "ContentEncoding",
    "content_language": "ContentLanguage",
}


class MetadataForm(forms.Form):
    content_type = forms.CharField(label=_("Content-Type"), required=False, max_length=256)
    cache_control = forms.CharField(label=_("Cache-Control"), required=False, max_length=256)
    content_disposition = forms.CharField(label=_("Content-Disposition"), required=False, max_length=1024)
    content_encoding = forms.CharField(label=_("Content-Encoding"), required=False, max_length=256)
    content_language = forms.CharField(label=_("Content-Language"), required=False, max_length=256)
    metadata = Rows(MetadataRow, most=50, label=_("Metadata"), add=_("Add metadata"))

    items: tuple[Item, ...] = ()

    def clean_metadata(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.cleaned_data["metadata"]
        names = [row["name"] for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise forms.ValidationError(_("The name %(name)s stands twice.") % {"name": name})
        size = sum(len(row["name"]) + len(row["value"]) for row in rows)
        if size > MOST_METADATA:
            raise forms.ValidationError(
                _("Names and values take %(size)d bytes; the most is %(most)d.") % {"size": size, "most": MOST_METADATA}
            )
        return rows

    def clean(self) -> dict[str, Any]:
        for name in HEADERS:
            if not _PLAIN.fullmatch(self.cleaned_data.get(name, "")):
                self.add_error(name, _("A header holds letters of the English alphabet, digits and signs only."))
        for text in too_large(self.items):
            self.add_error(None, str(text))
        return self.cleaned_data


def _now_set(item: Item) -> dict[str, Any]:
    known = head(item)
    rows = [{"name": name, "value": value} for name, value in sorted((known.get("Metadata") or {}).items())]
    return {name: known.get(aws, "") for name, aws in HEADERS.items()} | {"metadata": rows}


_ANEW = _("S3 can't change this: the object is copied onto itself, which makes a new version where these are kept.")


@s3_object.action(
    _("Edit metadata"),
    verb="describe",
    icon="file-code",
    form=MetadataForm,
    when={OBJECT},
    needs="write",
    also=lambda item, values, scope: [("read", item)],
    facts=("head",),
    like=_now_set,
    iam=("s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:PutObjectTagging"),
    help=_ANEW,
    example={"content_type": "text/csv", "metadata": [{"name": "owner", "value": "web"}]},
)
def describe(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    more: dict[str, Any] = {aws: values[name] or None for name, aws in HEADERS.items()} | kept(item)
    yield Step(
        "s3.copy_object",
        title=_now("Set the metadata of %(key)s") % {"key": item.title},
        repeat="safe",
        Bucket=item.within,
        Key=item.id,
        CopySource={"Bucket": item.within, "Key": item.id},
        CopySourceIfMatch=head(item).get("ETag"),
        MetadataDirective="REPLACE",
        Metadata={row["name"]: row["value"] for row in values["metadata"]},
        **more,
    )


class ClassForm(forms.Form):
    storage_class = forms.ChoiceField(
        label=_("Storage class"),
        choices=[
            each
            for each in model.choices("s3.copy_object", "StorageClass")
            if each[0]
            in {
                "STANDARD",
                "INTELLIGENT_TIERING",
                "STANDARD_IA",
                "ONEZONE_IA",
                "GLACIER_IR",
                "GLACIER",
                "DEEP_ARCHIVE",
                "REDUCED_REDUNDANCY",
            }
        ],
        initial="STANDARD",
        help_text=_(
            "Some classes charge for a least time and for reading; from the archive classes reading takes hours."
        ),
    )

    items: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        for text in too_large(self.items):
            self.add_error(None, str(text))
        return self.cleaned_data


@s3_object.action(
    _("Change storage class"),
    verb="store",
    icon="layers",
    form=ClassForm,
    when={OBJECT},
    needs="write",
    also=lambda item, values, scope: [("read", item)],
    facts=("head",),
    like=lambda item: {"storage_class": head(item).get("StorageClass") or "STANDARD"},
    iam=("s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:PutObjectTagging"),
    help=_ANEW,
    example={"storage_class": "STANDARD_IA"},
)
def store(item: Item, values: Mapping[str, Any]) -> Iterable[Step]:
    yield Step(
        "s3.copy_object",
        title=_now("Store %(key)s as %(class)s") % {"key": item.title, "class": values["storage_class"]},
        repeat="safe",
        Bucket=item.within,
        Key=item.id,
        CopySource={"Bucket": item.within, "Key": item.id},
        CopySourceIfMatch=head(item).get("ETag"),
        **(kept(item) | {"StorageClass": values["storage_class"]}),
    )
