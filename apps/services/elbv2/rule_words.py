"""A rule of a listener in words: what requests it is for, and what it does with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.text import Text, one_line
from apps.services.elbv2.listener_rules import KEEP
from apps.services.elbv2.listeners import does
from apps.services.elbv2.rule_form import Row, actions, conditions


def when(found: Sequence[Mapping[str, Any]]) -> str:
    """Conditions in words, all of which must hold."""
    words = []
    for each in found:
        name = str(each.get("Field"))
        key = next((key for key in each if key.endswith("Config")), "")
        config: Mapping[str, Any] = each.get(key) or {}
        values = config.get("Values") or config.get("RegexValues") or each.get("Values") or ()
        plain = [value if isinstance(value, str) else _pair(value) for value in values]
        what = _NAMES.get(name, name) % {"name": config.get("HttpHeaderName", "")}
        words.append(_now("%(what)s is %(values)s") % {"what": what, "values": _now(" or ").join(plain)})
    return one_line(_now(", and ").join(words))


_NAMES: Mapping[str, Any] = {
    "host-header": _("host"),
    "path-pattern": _("path"),
    "http-request-method": _("method"),
    "source-ip": _("source address"),
    "query-string": _("query"),
    "http-header": _("header %(name)s"),
}


def _pair(value: Mapping[str, str]) -> str:
    return f"{value['Key']}={value['Value']}" if value.get("Key") else str(value.get("Value", ""))


def then(found: Sequence[Mapping[str, Any]]) -> str:
    """What a rule does, in words."""
    return one_line(does({"DefaultActions": found}))


def in_words(row: Row) -> Text:
    """A row of the table."""
    does_so = then(actions(row)) if row["action"] != KEEP else _now("does what it did")
    words = {"port": row["port"], "priority": row["priority"], "when": when(conditions(row)), "then": does_so}
    return _now("Port %(port)d, %(priority)d: if %(when)s: %(then)s") % words
