"""What may be asked of an upload; both doors take it."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.cloud import multipart
from apps.objects import names

AT_ONCE = 500  # files that one request begins or ends
PARTS_AT_ONCE = 250  # parts that one request signs


def _key(value: str) -> str:
    try:
        return names.check(value)
    except ValueError:
        raise forms.ValidationError(
            _("A key has 1 to 1,024 bytes in UTF-8; this has %(size)d."),
            params={"size": len(value.encode(errors="surrogatepass"))},
        ) from None


def _crc32(value: str) -> str:
    try:
        right = not value or len(base64.b64decode(value, validate=True)) == 4
    except (binascii.Error, ValueError):
        right = False
    if not right:
        raise forms.ValidationError(_("A CRC-32 is base64 of four bytes, such as JQFi2w==."))
    return value


class FileForm(forms.Form):
    key = forms.CharField(label=_("Key"), strip=False, max_length=names.LONGEST)
    size = forms.IntegerField(label=_("Size"), min_value=0, max_value=multipart.LARGEST, help_text=_("Bytes."))
    content_type = forms.CharField(label=_("Content-Type"), required=False, max_length=256)
    crc32 = forms.CharField(
        label=_("CRC-32"),
        required=False,
        max_length=8,
        help_text=_("Base64 of the whole content's; needed of what is sent at once, up to 16 MiB."),
    )
    mark = forms.CharField(
        label=_("Mark"),
        required=False,
        max_length=128,
        help_text=_("What tells this file from others, such as its time. The same key, size and mark go on."),
    )

    def clean_key(self) -> str:
        return _key(self.cleaned_data["key"])

    def clean_crc32(self) -> str:
        return _crc32(self.cleaned_data["crc32"])

    def clean_content_type(self) -> str:
        value: str = self.cleaned_data["content_type"]
        if not value.isascii() or not value.isprintable():
            raise forms.ValidationError(_("A header holds letters of the English alphabet, digits and signs only."))
        return value

    def clean(self) -> dict[str, Any]:
        size = self.cleaned_data.get("size")
        if size is not None and size <= multipart.ONE_PUT and not self.cleaned_data.get("crc32", "-"):
            self.add_error("crc32", _("What is sent at once needs its checksum."))
        return self.cleaned_data


class BeginForm(forms.Form):
    objects = Rows(FileForm, most=AT_ONCE, label=_("Objects"), required=True)
    storage_class = forms.ChoiceField(
        label=_("Storage class"), choices=[(each, each) for each in multipart.CLASSES], initial="STANDARD"
    )
    replace = forms.BooleanField(
        label=_("Replace what is there"),
        required=False,
        help_text=_("Otherwise a file whose key is taken is not sent."),
    )

    def clean_objects(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cleaned_data["objects"]
        seen = set()
        for each in found:
            if each["key"] in seen:
                raise forms.ValidationError(_("The key %(key)s stands twice."), params={"key": each["key"]})
            seen.add(each["key"])
        return found


class PartForm(forms.Form):
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=multipart.MOST_PARTS)
    crc32 = forms.CharField(label=_("CRC-32"), max_length=8, help_text=_("Base64 of four bytes, big-endian."))

    def clean_crc32(self) -> str:
        return _crc32(self.cleaned_data["crc32"])


class SentForm(PartForm):
    etag = forms.CharField(label=_("ETag"), max_length=128, help_text=_("As AWS answered it to the part."))


class SignForm(forms.Form):
    parts = Rows(PartForm, most=PARTS_AT_ONCE, label=_("Parts to send"), required=False)
    sent = Rows(SentForm, most=PARTS_AT_ONCE, label=_("Parts that were sent"), required=False)


class EndForm(forms.Form):
    upload = forms.UUIDField(label=_("Upload"))
    replace = forms.BooleanField(label=_("Replace what is there"), required=False)


class CompleteForm(forms.Form):
    uploads = Rows(EndForm, most=AT_ONCE, label=_("Uploads"), required=True)


class UnfinishedForm(forms.Form):
    key = forms.CharField(label=_("Key"), strip=False, max_length=names.LONGEST)
    upload_id = forms.CharField(label=_("Upload ID"), max_length=1024, help_text=_("AWS's."))

    def clean_key(self) -> str:
        return _key(self.cleaned_data["key"])


class AbortForm(forms.Form):
    uploads = Rows(UnfinishedForm, most=AT_ONCE, label=_("Uploads"), required=True)
