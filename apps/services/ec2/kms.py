"""KMS keys as people name them: an ARN, an id or an alias."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
_ALIAS = r"alias/[A-Za-z0-9/_-]{1,250}"
_KEY = re.compile(
    rf"({_ID}|{_ALIAS}|arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{{12}}:(key/({_ID})|{_ALIAS}))\Z", re.A
)


def kms_field() -> forms.CharField:
    """A field for a key; `check_key` holds it against the Region."""
    return forms.CharField(
        label=_("KMS key"),
        max_length=2048,
        required=False,
        help_text=_("ARN, id or alias. Empty: the key that the account has set as its default for EBS."),
    )


def check_key(form: forms.Form, field: str, key: str, region: str) -> None:
    """Enters what is wrong with a key for a Region (any, where it is empty)."""
    found = _KEY.match(key)
    if found is None:
        form.add_error(field, _("%(key)s is no ARN, id or alias of a KMS key.") % {"key": key})
    elif region and found["region"] not in (None, region):
        said = {"there": found["region"], "here": region}
        form.add_error(field, _("The key lies in %(there)s; it has to lie in %(here)s.") % said)
