"""Under which conditions a statement of a policy applies."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog.text import one_line
from apps.services.s3 import policy_actions as known
from apps.services.s3.policy_json import Path
from apps.services.s3.policy_who import Note

_KEY = re.compile(r"[A-Za-z0-9-]+:[^\s:][^\n]*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d))?|\d+")
_VARIABLE = "${"


@dataclass(frozen=True)
class Condition:
    """One test: the key's value stands to one of `values` as the operator says. `key` in small letters."""

    operator: str
    key: str
    values: tuple[str, ...]
    sets: str = ""  # ForAnyValue or ForAllValues
    if_exists: bool = False
    name: str = ""  # the key as it was written

    @property
    def negated(self) -> bool:
        """Whether it says what the value is not."""
        return "Not" in self.operator

    @property
    def sure(self) -> bool:
        """Whether a request without the key fails it: only then it keeps anybody out."""
        return not self.if_exists and self.sets != "ForAllValues" and not self.negated and self.operator != "Null"


def conditions(found: Any, path: Path, error: Note, warn: Note) -> tuple[Condition, ...]:
    """The tests of a `Condition`, all of which must hold; what is wrong with them is noted."""
    if not isinstance(found, dict):
        error(path, _("Condition is an object in braces."))
        return ()
    out = []
    for operator, tests in found.items():
        place = (*path, operator)
        parsed = known.operator(operator)
        if parsed is None:
            near = known.nearest(operator.rpartition(":")[2], known.OPERATORS)
            text = _("There is no condition operator “%(name)s”.") % {"name": one_line(operator)}
            error(place, text + (" " + _("Is %(name)s meant?") % {"name": near} if near else ""))
            continue
        if not isinstance(tests, dict) or not tests:
            error(place, _("%(name)s holds an object of keys and values.") % {"name": one_line(operator)})
            continue
        sets, name, if_exists = parsed
        for key, value in tests.items():
            values = _values(name, value, (*place, key), error)
            _check_key(key, (*place, key), error, warn)
            out.append(Condition(name, key.lower(), values, sets, if_exists, key))
    return tuple(out)


def _check_key(key: str, path: Path, error: Note, warn: Note) -> None:
    if not _KEY.fullmatch(key):
        error(path, _("“%(key)s” is no condition key: these are called such as aws:SourceIp.") % {"key": one_line(key)})
        return
    base = key.lower().partition("/")[0]
    if base.startswith("s3:") and base not in known.KEYS:
        near = known.nearest(base, known.KEYS)
        text = _("Amazon S3 is not known to have a condition key “%(key)s”.") % {"key": one_line(key)}
        warn(path, text + (" " + _("Is %(name)s meant?") % {"name": near} if near else ""))


def _values(operator: str, found: Any, path: Path, error: Note) -> tuple[str, ...]:
    several = found if isinstance(found, list) else [found]
    if not several or any(isinstance(each, list | dict) or each is None for each in several):
        error(path, _("A condition has a value, or a list of at least one."))
        return ()
    values = tuple(_text(each) for each in several)
    for value in values:
        if problem := _problem(operator, value):
            error(path, problem)
    return values


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problem(operator: str, value: str) -> str:
    said = {"value": one_line(value), "operator": operator}
    if _VARIABLE in value:
        return ""
    if operator in ("IpAddress", "NotIpAddress") and network(value) is None:
        return _("“%(value)s” is no range of IP addresses such as 192.0.2.0/24.") % said
    if operator in ("Bool", "Null") and value.lower() not in ("true", "false"):
        return _("%(operator)s takes true or false, not “%(value)s”.") % said
    if operator.startswith("Numeric") and not _NUMBER.fullmatch(value):
        return _("%(operator)s takes a number, not “%(value)s”.") % said
    if operator.startswith("Date") and not _DATE.fullmatch(value):
        return _("%(operator)s takes a time such as 2026-12-31T23:59:59Z, not “%(value)s”.") % said
    return ""


def network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The range of addresses, or None where it is none."""
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None
