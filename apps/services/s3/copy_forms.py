"""What a copy, a move or a new name asks, and the keys that come of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.catalog.items import Item
from apps.catalog.text import Text
from apps.services.s3.objects import LARGEST_COPY, below, check_key, versions


def head(item: Item) -> Mapping[str, Any]:
    found: Mapping[str, Any] = item.attrs.get("Head") or {}
    return found


def too_large(items: Iterable[Item]) -> list[Text]:
    """Why some of them can't be copied by one call."""
    return [
        _now("%(key)s is larger than 5 GB: one call can't copy it. Use AWS's own tools for it.") % {"key": item.title}
        for item in items
        if int(head(item).get("ContentLength") or 0) > LARGEST_COPY
    ]


class TargetForm(forms.Form):
    """Where copies go. Existing objects are refused unless they may be replaced."""

    bucket = Ref(
        "s3.bucket",
        label=_("Bucket"),
        required=False,
        help_text=_("Left empty: this one. Others are of this account and Region."),
    )
    folder = forms.CharField(
        label=_("Folder"),
        required=False,
        max_length=1024,
        strip=False,
        help_text=_("Ends with a slash. Left empty: the top of the bucket."),
    )
    overwrite = forms.BooleanField(label=_("Replace what is there"), required=False)

    items: tuple[Item, ...] = ()

    def clean_folder(self) -> str:
        folder: str = self.cleaned_data["folder"]
        return folder if not folder or folder.endswith("/") else f"{folder}/"

    def clean(self) -> dict[str, Any]:
        for text in too_large(self.items):
            self.add_error(None, str(text))
        if "folder" in self.cleaned_data:
            _check(self, [(item, *target(item, self.cleaned_data)) for item in self.items])
        return self.cleaned_data


class NameForm(forms.Form):
    name = forms.CharField(label=_("New name"), max_length=1024, strip=False)
    overwrite = forms.BooleanField(label=_("Replace what is there"), required=False)

    items: tuple[Item, ...] = ()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "/" in name.removesuffix("/"):
            raise forms.ValidationError(_("A slash makes a folder: use Move to bring it elsewhere."))
        return name.removesuffix("/")

    def clean(self) -> dict[str, Any]:
        if len(self.items) > 1:
            self.add_error(None, _now("Only one at a time can be renamed."))
        for text in too_large(self.items):
            self.add_error(None, str(text))
        if self.cleaned_data.get("name"):
            _check(self, [(item, item.within, renamed(item, self.cleaned_data["name"])) for item in self.items])
        return self.cleaned_data


def _check(form: forms.Form, pairs: list[tuple[Item, str, str]]) -> None:
    """Each key must be possible, another than its source, and not below itself."""
    seen = set()
    for item, bucket, key in pairs:
        try:
            check_key(key)
        except forms.ValidationError as error:
            form.add_error(None, error)
        if (bucket, key) in seen:
            form.add_error(None, _now("Two of them would become %(key)s.") % {"key": key})
        seen.add((bucket, key))
        if bucket != item.within:
            continue
        if key == item.id and not versions(item):
            form.add_error(None, _now("%(key)s is there already.") % {"key": item.title})
        elif below(item) and key.startswith(item.id):
            form.add_error(None, _now("%(key)s can't come to lie within itself.") % {"key": item.title})


def leaf(key: str) -> str:
    """The last part; of a folder with its slash."""
    return key[key.rstrip("/").rfind("/") + 1 :]


def parent(key: str) -> str:
    return key[: len(key) - len(leaf(key))]


def renamed(item: Item, name: str) -> str:
    return f"{parent(item.id)}{name}{'/' if item.id.endswith('/') else ''}"


def target(item: Item, values: Mapping[str, Any]) -> tuple[str, str]:
    """(bucket, key) of the copy; of a folder the beginning that all its copies have."""
    if "name" in values:
        return item.within, renamed(item, values["name"])
    return values.get("bucket") or item.within, f"{values['folder']}{leaf(item.id)}"
