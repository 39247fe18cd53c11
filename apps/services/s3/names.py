"""What a bucket may be called. Amazon S3 User Guide, "General purpose bucket naming rules"."""

import ipaddress
import re

from django import forms
from django.utils.translation import gettext as _

SHORTEST, LONGEST = 3, 63
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check(name: str) -> None:
    """Raises ValidationError that says which rule the name breaks."""
    if not SHORTEST <= len(name) <= LONGEST:
        raise forms.ValidationError(
            _("A bucket name has %(least)d to %(most)d characters; this one has %(count)d.")
            % {"least": SHORTEST, "most": LONGEST, "count": len(name)}
        )
    if wrong := re.search(r"[^a-z0-9.-]", name):
        raise forms.ValidationError(
            _("A bucket name has lower-case letters, digits, dots and hyphens only, not “%(char)s”.")
            % {"char": wrong.group()}
        )
    if not (name[0].isalnum() and name[-1].isalnum()):
        raise forms.ValidationError(_("A bucket name begins and ends with a letter or a digit."))
    if ".." in name:
        raise forms.ValidationError(_("A bucket name has no two dots side by side."))
    if _is_address(name):
        raise forms.ValidationError(_("A bucket name can't look like an IP address; this one is %s.") % name)
    for prefix in PREFIXES:
        if name.startswith(prefix):
            raise forms.ValidationError(_("A bucket name can't begin with %s, which AWS keeps for itself.") % prefix)
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            raise forms.ValidationError(_("A bucket name can't end with %s, which AWS keeps for itself.") % suffix)


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return bool(re.fullmatch(r"\d+\.\d+\.\d+\.\d+", name))
    return True
