"""Whether a bucket is public, and why: of its policy, its ACL, and Block Public Access of bucket and account."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.items import Item
from apps.catalog.resources import UNREAD
from apps.services.s3 import policy, policy_risks

EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def public(item: Item) -> str | None:
    """`Private`, or by what it is public. None where that can't be told, as something may not be read."""
    by_policy, by_acl = policy_is_public(item), by_its_acl(item)
    blocked = block(item)
    by = []
    if by_policy and not blocked["RestrictPublicBuckets"]:
        by.append(_("Public by its policy"))
    if by_acl and not blocked["IgnorePublicAcls"]:
        by.append(_("Public by its ACL"))
    unknown = (by_policy is None and not blocked["RestrictPublicBuckets"]) or (
        by_acl is None and not blocked["IgnorePublicAcls"]
    )
    return ", ".join(by) or (None if unknown else _("Private"))


def block(item: Item) -> dict[str, bool]:
    """Block Public Access as it counts for the bucket: a switch is on where the bucket's or the account's is."""
    own, accounts = item.attrs.get("PublicAccessBlock") or {}, item.attrs.get("AccountBlock") or {}
    return {name: bool(own.get(name) or accounts.get(name)) for name in BLOCKS}


def policy_is_public(item: Item) -> bool | None:
    """Whether the policy lets in the public: as AWS says, else as we read it. None where neither may be read."""
    status = item.attrs.get("PolicyStatus")
    if status and "IsPublic" in status:
        return bool(status["IsPublic"])
    text = item.attrs.get("Policy")
    if text:
        return bool(policy_risks.public(policy.statements(str(text), item.id) or ()))
    unread = item.attrs.get(UNREAD, {})
    return None if "PolicyStatus" in unread and "Policy" in unread else False


def by_its_acl(item: Item) -> bool | None:
    """Whether the ACL gives anything to the public; it counts only where ACLs are on. None where it may not be read."""
    if not acls_count(item):
        return False
    return acl_is_public(item.attrs["Acl"] or {}) if "Acl" in item.attrs else None


def acls_count(item: Item) -> bool:
    """Whether ACLs are on. A bucket without ownership controls is an old one: they are."""
    return item.attrs.get("Ownership") != "BucketOwnerEnforced"


def acl_is_public(acl: Mapping[str, Any]) -> bool:
    """Whether an ACL gives anything to everybody, or to everybody with an AWS account."""
    return any(grant.get("Grantee", {}).get("URI") in (EVERYBODY, AUTHENTICATED) for grant in acl.get("Grants", ()))


def why(item: Item) -> list[str]:
    """Sentences on which of policy, ACL and blocks makes it public, or keeps it private."""
    said, blocked = [], block(item)
    by_policy, by_acl = policy_is_public(item), by_its_acl(item)
    if by_policy:
        said.append(_("Its policy lets in anybody."))
        if blocked["RestrictPublicBuckets"]:
            said.append(_("%(whose)s keeps strangers out of it nevertheless.") % {"whose": _whose(item, BLOCKS[3])})
    elif by_policy is False:
        has = (
            _("Its policy lets in nobody whom it doesn't name.") if item.attrs.get("Policy") else _("It has no policy.")
        )
        said.append(has)
    if by_acl:
        said.append(_("Its ACL lets in anybody."))
        if blocked["IgnorePublicAcls"]:
            said.append(_("%(whose)s ignores it.") % {"whose": _whose(item, BLOCKS[1])})
    elif by_acl is False:
        off, on = _("ACLs are off."), _("Its ACL lets in nobody whom it doesn't name.")
        said.append(on if acls_count(item) else off)
    if acls_count(item) and not blocked["IgnorePublicAcls"]:
        said.append(_("Objects may have public ACLs of their own: each object's page shows its."))
    if all(blocked.values()):
        said.append(_("Block Public Access rules out that it becomes public."))
    elif public(item) == _("Private"):
        said.append(_("Block Public Access does not rule out that it becomes public."))
    return said + _unread(item)


def _whose(item: Item, name: str) -> str:
    """Whose Block Public Access it is that counts."""
    own, accounts = item.attrs.get("PublicAccessBlock") or {}, item.attrs.get("AccountBlock") or {}
    if own.get(name) and accounts.get(name):
        return _("Block Public Access of the bucket and of the account")
    return _("The bucket's Block Public Access") if own.get(name) else _("The account's Block Public Access")


def _unread(item: Item) -> list[str]:
    """What may not be read, and so is not in the answer."""
    unread: Mapping[str, str] = item.attrs.get(UNREAD, {})
    names = {
        "Policy": _("The policy can't be read (%(code)s)."),
        "Acl": _("The ACL can't be read (%(code)s)."),
        "PublicAccessBlock": _("The bucket's Block Public Access can't be read (%(code)s)."),
        "AccountBlock": _("The account's Block Public Access can't be read (%(code)s): it may forbid more."),
    }
    return [text % {"code": unread[key]} for key, text in names.items() if key in unread]
