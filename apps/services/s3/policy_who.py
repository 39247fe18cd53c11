"""Whom a statement of a policy is about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.text import one_line
from apps.services.s3.policy_actions import nearest
from apps.services.s3.policy_json import Path

Note = Callable[[Path, str], None]

SORTS = ("AWS", "Service", "Federated", "CanonicalUser")
_ACCOUNT = re.compile(r"\d{12}")
ARN = re.compile(r"arn:(?:aws|aws-cn|aws-us-gov):(iam|sts)::(\d{12}|cloudfront):(.+)", re.DOTALL)
_IAM = re.compile(r"root|(?:user|role)/.+", re.DOTALL)
_STS = re.compile(r"assumed-role/[^/]+/.+|federated-user/.+|self", re.DOTALL)
_DELETED = re.compile(r"A(?:IDA|ROA|GPA|NPA|NVA)[A-Z0-9]{12,}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?")
CANONICAL = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Principal:
    """`sort` is one of SORTS, or `*` for everybody."""

    sort: str
    value: str

    @property
    def everybody(self) -> bool:
        return self.value == "*"

    @property
    def account(self) -> str:
        """The number of the AWS account it is, or is in; nothing for others."""
        if _ACCOUNT.fullmatch(self.value):
            return self.value
        found = ARN.fullmatch(self.value)
        return found[2] if found and found[2].isdecimal() else ""

    @property
    def whole_account(self) -> bool:
        """Whether everything of an account is meant, its own rules allowing."""
        return bool(self.account) and (self.value == self.account or self.value.endswith(":root"))


def principals(found: Any, path: Path, error: Note, warn: Note) -> tuple[Principal, ...]:
    """Those that stand in `Principal` or `NotPrincipal`; what is wrong with them is noted."""
    if found == "*":
        return (Principal("*", "*"),)
    if not isinstance(found, dict) or not found:
        error(path, _('Principal is “*” for everybody, or an object such as {"AWS": "111122223333"}.'))
        return ()
    out = []
    for sort, value in found.items():
        if sort not in SORTS:
            near = nearest(sort, SORTS)
            text = _("A principal is of the sort %(sorts)s, not “%(sort)s”.")
            text %= {"sorts": ", ".join(SORTS), "sort": one_line(sort)}
            error((*path, sort), text + (" " + _("Is %(name)s meant?") % {"name": near} if near else ""))
            continue
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
            error((*path, sort), _("%(name)s is a text, or a list of at least one.") % {"name": sort})
            continue
        for n, each in enumerate(values):
            place = (*path, sort, n) if isinstance(value, list) else (*path, sort)
            if problem := _problem(sort, each):
                error(place, problem)
            elif sort == "AWS" and _DELETED.fullmatch(each):
                text = _("“%(id)s” is what stays of a user or role that was deleted. Amazon S3 refuses it when saved.")
                warn(place, text % {"id": each})
            out.append(Principal(sort, each))
    return tuple(out)


def _problem(sort: str, value: str) -> str:
    """Why it can't be a principal of that sort; nothing when it can."""
    said = {"value": one_line(value)}
    if sort == "Service":
        if _SERVICE.fullmatch(value):
            return ""
        return _("“%(value)s” is no AWS service: these are called such as logging.s3.amazonaws.com.") % said
    if sort == "CanonicalUser":
        if CANONICAL.fullmatch(value):
            return ""
        return _("“%(value)s” is no canonical user id: that has 64 digits from 0 to f.") % said
    if sort == "Federated":
        return "" if value.strip() and value != "*" else _("Name the provider that the people sign in at.")
    if value == "*" or _ACCOUNT.fullmatch(value) or _DELETED.fullmatch(value):
        return ""
    if value.isdecimal():
        return _("“%(value)s” is no account: its number has 12 digits.") % said
    found = ARN.fullmatch(value)
    if not found:
        return _("“%(value)s” is no account, user or role: give an account's number, or an ARN of IAM.") % said
    service, account, rest = found.groups()
    if account != "cloudfront" and not (_IAM if service == "iam" else _STS).fullmatch(rest):
        return _("“%(value)s” is no account (root), user or role.") % said
    if "*" in rest or "?" in rest:
        return _("“%(value)s”: a principal takes no wildcard within. Use the condition aws:PrincipalArn.") % said
    return ""


def words(principal: Principal) -> str:
    """A principal as one reads it."""
    value = one_line(principal.value)
    if principal.everybody:
        return _("anybody")
    if principal.sort == "Service":
        return _("the AWS service %(name)s") % {"name": value}
    if principal.sort == "Federated":
        return _("whoever signed in at %(name)s") % {"name": value}
    if principal.sort == "CanonicalUser":
        return _("the AWS account with the canonical id %(id)s") % {"id": f"{value[:8]}…{value[-4:]}"}
    if principal.whole_account:
        return _("the AWS account %(number)s") % {"number": principal.account}
    found = ARN.fullmatch(principal.value)
    if not found:
        return _("%(id)s, which was deleted") % {"id": value}
    _service, account, rest = found.groups()
    if account == "cloudfront":
        return _("CloudFront by its identity %(id)s") % {"id": one_line(rest.rpartition(" ")[2])}
    sort, _slash, path = rest.partition("/")
    named = {"name": one_line(path), "number": account}
    if sort == "user":
        return _("the user %(name)s of account %(number)s") % named
    if sort in ("role", "assumed-role"):
        return _("the role %(name)s of account %(number)s") % named
    return value
