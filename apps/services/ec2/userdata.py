"""User data as AWS answers it, and as it is written."""

import base64
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LIMIT = 16 * 1024  # bytes before base64


class UserData(forms.CharField):
    """What is written, line for line as it was typed."""

    def __init__(self, rows: int = 6, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows, "spellcheck": "false", "class": "mono"})
        super().__init__(label=gettext_lazy("User data"), required=False, strip=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).replace("\r\n", "\n")
        if (count := len(text.encode())) > LIMIT:
            said = _("User data holds at most %(limit)d bytes; this has %(size)d.")
            raise forms.ValidationError(said % {"limit": LIMIT, "size": count})
        return text


def decoded(text: str) -> str:
    """User data as it was written, from what AWS answers. Raises ValueError where it isn't text."""
    return base64.b64decode(text, validate=True).decode()


def size(text: str) -> int:
    """Bytes, of what stands there in base64."""
    return len(text) * 3 // 4 - text.count("=")


def shown(text: str) -> str:
    """For the tab: as it was written, or a sentence in its place."""
    try:
        return decoded(text)
    except ValueError:
        return _("It is not text: %(size)d bytes.") % {"size": size(text)}
