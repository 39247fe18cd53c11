"""The conditions of a policy's statement in plain words."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from apps.catalog.text import Text, one_line
from apps.services.s3.policy_conditions import Condition

_MOST = 5  # values that are named

# What is said of a key: where the value is one of those, and where it is none of them.
_SAID: dict[str, tuple[Text, Text]] = {
    "aws:sourceip": (
        _later("the request comes from %(values)s"),
        _later("the request doesn't come from %(values)s"),
    ),
    "aws:vpcsourceip": (
        _later("the request comes from %(values)s within a VPC"),
        _later("the request doesn't come from %(values)s within a VPC"),
    ),
    "aws:sourcevpc": (
        _later("the request comes through the VPC %(values)s"),
        _later("the request doesn't come through the VPC %(values)s"),
    ),
    "aws:sourcevpce": (
        _later("the request comes through the VPC endpoint %(values)s"),
        _later("the request doesn't come through the VPC endpoint %(values)s"),
    ),
    "aws:principalorgid": (
        _later("they belong to the organization %(values)s"),
        _later("they don't belong to the organization %(values)s"),
    ),
    "aws:principalaccount": (
        _later("they are of the account %(values)s"),
        _later("they are not of the account %(values)s"),
    ),
    "aws:principalarn": (_later("they are %(values)s"), _later("they are not %(values)s")),
    "aws:userid": (_later("their user id is %(values)s"), _later("their user id is not %(values)s")),
    "aws:sourceaccount": (
        _later("the service acts for the account %(values)s"),
        _later("the service doesn't act for the account %(values)s"),
    ),
    "aws:sourcearn": (
        _later("the service acts for %(values)s"),
        _later("the service doesn't act for %(values)s"),
    ),
    "aws:referer": (
        _later("a browser says that %(values)s led here"),
        _later("no browser says that %(values)s led here"),
    ),
    "s3:prefix": (
        _later("they ask for names that begin with %(values)s"),
        _later("they don't ask for names that begin with %(values)s"),
    ),
    "s3:x-amz-acl": (
        _later("they give the object the ACL %(values)s"),
        _later("they don't give the object the ACL %(values)s"),
    ),
    "s3:x-amz-server-side-encryption": (
        _later("they ask for the encryption %(values)s"),
        _later("they don't ask for the encryption %(values)s"),
    ),
    "s3:x-amz-storage-class": (
        _later("they ask for the storage class %(values)s"),
        _later("they don't ask for the storage class %(values)s"),
    ),
}
# Of keys that are true or false: what is said where they are true, and where they are false.
_TRUE: dict[str, tuple[Text, Text]] = {
    "aws:securetransport": (_later("the connection is encrypted"), _later("the connection is not encrypted")),
    "aws:multifactorauthpresent": (
        _later("they signed in with a second factor"),
        _later("they did not sign in with a second factor"),
    ),
    "aws:principalisawsservice": (
        _later("it is an AWS service that asks"),
        _later("it is no AWS service that asks"),
    ),
    "aws:viaawsservice": (
        _later("an AWS service asks in their name"),
        _later("no AWS service asks in their name"),
    ),
}
_OPERATORS: dict[str, Text] = {
    "StringNotEquals": _later("%(key)s is not %(values)s"),
    "StringLike": _later("%(key)s is like %(values)s"),
    "StringNotLike": _later("%(key)s is not like %(values)s"),
    "StringNotEqualsIgnoreCase": _later("%(key)s is not %(values)s"),
    "NumericNotEquals": _later("%(key)s is not %(values)s"),
    "NumericLessThan": _later("%(key)s is less than %(values)s"),
    "NumericLessThanEquals": _later("%(key)s is at most %(values)s"),
    "NumericGreaterThan": _later("%(key)s is more than %(values)s"),
    "NumericGreaterThanEquals": _later("%(key)s is at least %(values)s"),
    "DateNotEquals": _later("%(key)s is not %(values)s"),
    "DateLessThan": _later("%(key)s is before %(values)s"),
    "DateLessThanEquals": _later("%(key)s is not after %(values)s"),
    "DateGreaterThan": _later("%(key)s is after %(values)s"),
    "DateGreaterThanEquals": _later("%(key)s is not before %(values)s"),
    "NotIpAddress": _later("%(key)s is not in %(values)s"),
    "IpAddress": _later("%(key)s is in %(values)s"),
    "ArnNotEquals": _later("%(key)s is not %(values)s"),
    "ArnLike": _later("%(key)s is like %(values)s"),
    "ArnNotLike": _later("%(key)s is not like %(values)s"),
}


def tests(conditions: Iterable[Condition]) -> list[str]:
    """A clause for each test; all of them must hold."""
    return [test(one) for one in conditions]


def test(one: Condition) -> str:
    return _optional(one, _plain(one))


def _plain(one: Condition) -> str:
    words = {"key": one_line(one.name or one.key), "values": _values(one)}
    if one.operator == "Null":
        there = _("%(key)s is given"), _("%(key)s is not given")
        return there[one.values[:1] == ("true",)] % words
    if one.operator == "Bool" and one.key in _TRUE and len(one.values) == 1:
        return str(_TRUE[one.key][one.values[0].lower() != "true"])
    if one.key in _SAID and one.operator.startswith(("String", "Arn", "IpAddress", "NotIpAddress")) and not one.sets:
        return str(_SAID[one.key][one.negated]) % words
    said = str(_OPERATORS.get(one.operator) or _("%(key)s is %(values)s")) % words
    if one.sets == "ForAllValues":
        return _("for each value, %(test)s") % {"test": said}
    if one.sets == "ForAnyValue":
        return _("for one of the values, %(test)s") % {"test": said}
    return said


def _optional(one: Condition, said: str) -> str:
    """IfExists lets through what doesn't have the key."""
    if not one.if_exists:
        return said
    return _("%(test)s (or %(key)s is not given)") % {"test": said, "key": one_line(one.name or one.key)}


def _values(one: Condition) -> str:
    shown = [f"“{one_line(value)}”" for value in one.values[:_MOST]]
    if more := len(one.values) - len(shown):
        return _("%(first)s or %(count)d others") % {"first": ", ".join(shown), "count": more}
    if len(shown) < 2:
        return "".join(shown)
    return _("%(first)s or %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}
