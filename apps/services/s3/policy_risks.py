"""What a policy brings about: whom it lets in, whom it locks out, and what Block Public Access does about it.

When a policy is public is Amazon S3's own definition: User Guide, "Blocking public access to your Amazon S3 storage",
"The meaning of public". A Deny doesn't make a policy less public here, as it may there: we say public rather once too
often.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps.services.s3.policy_actions import names
from apps.services.s3.policy_conditions import Condition, network
from apps.services.s3.policy_statement import Statement
from apps.services.s3.policy_who import Principal, words

# Who a fixed value of one of these keeps a statement for is known, so it is not for the public.
_FIXING = names(
    """aws:principalarn aws:principalaccount aws:principalorgid aws:principalorgpaths aws:principalservicename
    aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:sourceorgid aws:sourceorgpaths
    aws:userid s3:dataaccesspointarn s3:dataaccesspointaccount
    s3:x-amz-server-side-encryption-aws-kms-key-id"""
)
# What tells a person from others: a Deny that excepts some by it does not shut out everybody.
_PERSONAL = (
    *("aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype"),
    *("aws:userid", "aws:username", "aws:principaltag/", "aws:principalisawsservice", "aws:sourceaccount"),
    *("aws:principalservicename", "aws:viaawsservice", "aws:calledvia", "aws:sourcearn", "aws:sourceorgid"),
)
_PLACES = frozenset(["aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"])
_WIDEST = {4: 8, 6: 32}  # bits; a range with fewer is evaluated as public


def is_public(statement: Statement) -> bool:
    """Whether the statement lets in the public, as Amazon S3 understands it."""
    if not statement.allow:
        return False
    anybody = statement.other_principals or any(one.everybody for one in statement.principals)
    return anybody and not any(_narrows(one) for one in statement.conditions)


def public(statements: Iterable[Statement]) -> list[Statement]:
    """Those that make the policy public."""
    return [one for one in statements if is_public(one)]


def _narrows(condition: Condition) -> bool:
    """Whether only those who are known can meet it."""
    if not condition.sure or not condition.values:
        return False
    if condition.key == "aws:sourceip":
        return condition.operator == "IpAddress" and not any(_broad(value) for value in condition.values)
    if condition.key not in _FIXING or not condition.operator.startswith(("String", "Arn")):
        return False
    if condition.key == "s3:dataaccesspointarn":
        return all(_fixed_account(value) for value in condition.values)
    if condition.key in ("aws:principalorgpaths", "aws:sourceorgpaths"):
        return all(_fixed(value.partition("/")[0]) for value in condition.values)
    return all(_fixed(value) for value in condition.values)


def _fixed(value: str) -> bool:
    return bool(value) and not any(mark in value for mark in ("*", "?", "${"))


def _fixed_account(arn: str) -> bool:
    """An access point's ARN may have a wildcard in the name, not in the account."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[4].isdecimal()


def _broad(value: str) -> bool:
    """Whether so many addresses are meant that they are the public."""
    found = network(value)
    if found is None:
        return True
    private = [ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
    if isinstance(found, ipaddress.IPv4Network) and any(
        found.subnet_of(one) for one in private if isinstance(one, ipaddress.IPv4Network)
    ):
        return False
    return found.prefixlen < _WIDEST[found.version]


def locks_out(statement: Statement, own: str = "") -> str:
    """Why nobody may be able to mend the policy after it, or nothing. `own` is the number of the bucket's account."""
    if statement.allow or not {"PutBucketPolicy", "DeleteBucketPolicy"} & statement.meant():
        return ""
    if statement.other_principals:
        text = _("%(statement)s shuts out everybody else from the policy itself, perhaps you and the panel.")
        return text % {"statement": statement.title}
    if not any(one.everybody or _is_all_of(one, own) for one in statement.principals):
        return ""
    said = {"statement": statement.title}
    if not statement.conditions:
        text = _(
            "%(statement)s locks out everybody, you too: after it only the account's root user can delete the policy."
        )
        return text % said
    keys = {one.key for one in statement.conditions}
    if any(key.startswith(_PERSONAL) for key in keys):
        return ""
    if keys & _PLACES:
        text = _(
            "%(statement)s locks out whoever doesn't come from the network it names, perhaps you and the panel:"
            " only the account's root user can delete such a policy from elsewhere."
        )
        return text % said
    return ""


def _is_all_of(principal: Principal, account: str) -> bool:
    return bool(account) and principal.whole_account and principal.account == account


def warnings(statements: Iterable[Statement], block: Mapping[str, Any], own: str = "") -> list[str]:
    """What somebody should know before the policy is written. `block` is what Block Public Access says for the
    bucket and its account together, `own` that account's number."""
    statements = list(statements)
    found = [text for one in statements if (text := locks_out(one, own))]
    open_to = public(statements)
    kept_out = block.get("RestrictPublicBuckets")
    for one in open_to:
        makes = _("%(statement)s makes the policy public.") if kept_out else _("%(statement)s makes the bucket public.")
        found.append(makes % {"statement": one.title})
    if open_to and block.get("BlockPublicPolicy"):
        found.append(_("Block Public Access refuses new public policies here, so Amazon S3 will not take this one."))
    elif open_to and kept_out:
        found.append(
            _("Block Public Access keeps everybody outside the account away, as long as the policy is public.")
        )
    for one in statements:
        strangers = [words(each) for each in one.principals if not each.everybody and each.account != own]
        if one.allow and strangers and {"PutBucketPolicy", "DeleteBucketPolicy"} & one.meant():
            found.append(
                _("%(statement)s lets %(who)s change the policy itself, and so whatever else is in the bucket.")
                % {"statement": one.title, "who": ", ".join(strangers[:3])}
            )
    return found
