"""Whether a bucket is public, and why, from what is set on it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.items import Item

_EVERYBODY = {
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
}


def public(item: Item) -> str | None:
    """`Private`, or by what it is public. None where the account may read neither policy status nor ACL."""
    attrs = item.attrs
    if "PolicyStatus" not in attrs and "Acl" not in attrs:
        return None
    block: Mapping[str, Any] = attrs.get("PublicAccessBlock") or {}
    by = []
    if attrs.get("PolicyStatus", {}).get("IsPublic") and not block.get("RestrictPublicBuckets"):
        by.append(_("Public by its policy"))
    enforced = attrs.get("Ownership") == "BucketOwnerEnforced"
    if acl_is_public(attrs.get("Acl") or {}) and not enforced and not block.get("IgnorePublicAcls"):
        by.append(_("Public by its ACL"))
    return ", ".join(by) or _("Private")


def acl_is_public(acl: Mapping[str, Any]) -> bool:
    """Whether an ACL gives anything to everybody, or to everybody with an AWS account."""
    return any(grant.get("Grantee", {}).get("URI") in _EVERYBODY for grant in acl.get("Grants", ()))
