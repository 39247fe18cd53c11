"""A rule of a listener as a row: which requests it is for, and what becomes of them. Application Load Balancers only.

Elastic Load Balancing API Reference, CreateRule, RuleCondition and RedirectActionConfig.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Ref
from apps.services.elbv2 import listener_rules
from apps.services.elbv2.listener_rules import FIXED, FORWARD, KEEP, REDIRECT

LAST_PRIORITY, LONGEST = 50000, 128
MOST_VALUES, MOST_WILDCARDS = 5, 6  # of a rule, in all its conditions
Row = Mapping[str, Any]

# Fields of the form that are one condition each: what AWS calls it, and where its values stand.
_PLAIN = {
    "host": ("host-header", "HostHeaderConfig"),
    "path": ("path-pattern", "PathPatternConfig"),
    "method": ("http-request-method", "HttpRequestMethodConfig"),
    "source": ("source-ip", "SourceIpConfig"),
}
_FIELDS = {name: (field, config) for field, (name, config) in _PLAIN.items()}
_RULES = {
    "host": (re.compile(r"[A-Za-z0-9.*?-]*\.[A-Za-z*?]+"), _("a name with a dot, such as www.example.com")),
    "path": (re.compile(r"""[/*?][A-Za-z0-9_.$/~"'@:+&*?-]*"""), _("a path, such as /images/*")),
    "method": (re.compile(r"[A-Z_-]{1,40}"), _("a method in capital letters, such as POST")),
}
_SPLIT, _COMMAS = re.compile(r"[\s,]+"), re.compile(r"\s*,\s*")
_ADDRESS = re.compile(
    r"(?P<protocol>https?|#\{protocol\})://(?P<host>[^/:?\s]+)(:(?P<port>\d{1,5}|#\{port\}))?"
    r"(?P<path>/[^?\s]*)?(\?(?P<query>\S*))?",
    re.IGNORECASE,
)
_WHOLE = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}", "Query": "#{query}"}
_PORTS = {"HTTP": "80", "HTTPS": "443", "#{protocol}": "#{port}"}


def _many(label: Any, help: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=700, help_text=help)


class RuleForm(forms.Form):
    rule = forms.CharField(required=False, max_length=256, widget=forms.HiddenInput, label=_("ARN of a rule"))
    port = forms.IntegerField(label=_("Listener's port"), min_value=1, max_value=65535)
    priority = forms.IntegerField(
        label=_("Priority"), min_value=1, max_value=LAST_PRIORITY, help_text=_("The lowest that fits counts.")
    )
    host = _many(_("Host is"), _("Several by commas, * and ? stand for anything."))
    path = _many(_("Path is"), _("Several by commas, such as /api/*, /v1."))
    action = forms.ChoiceField(
        label=_("Then"),
        choices=[
            (FORWARD, _("Forward")),
            (REDIRECT, _("Redirect")),
            (FIXED, _("Fixed response")),
            (KEEP, _("As it is")),
        ],
        initial=FORWARD,
    )
    target_group = Ref("elbv2.target-group", label=_("Target group"), required=False)
    method = _many(_("Method is"), _("Such as GET, HEAD."))
    source = _many(_("Source address is"), _("Blocks, such as 198.51.100.0/24."))
    query = _many(_("Query has"), _("Such as version=v1, or a value alone."))
    header = forms.CharField(label=_("Header"), required=False, max_length=40)
    header_values = _many(_("Header is"), _("Several by commas."))
    to = forms.CharField(
        label=_("Redirect to"),
        required=False,
        max_length=600,
        help_text=_("Such as https://www.example.com/#{path}?#{query}. Empty: the same by HTTPS."),
    )
    temporary = forms.BooleanField(label=_("Only for now (302, not 301)"), required=False)
    status = forms.CharField(label=_("Status code"), max_length=3, required=False, help_text=_("Empty: 404."))
    text = forms.CharField(label=_("Text"), max_length=1024, required=False)

    groups = (
        ("", ("port", "priority", "host", "path", "action", "target_group")),
        (_("Further conditions"), ("method", "source", "query", "header", "header_values")),
        (_("Redirection"), ("to", "temporary")),
        (_("Own answer"), ("status", "text")),
    )

    clean_status = listener_rules.ListenerForm.clean_status

    def clean_host(self) -> str:
        return self._values("host")

    def clean_path(self) -> str:
        return self._values("path")

    def clean_method(self) -> str:
        return self._values("method")

    def clean_query(self) -> str:
        return self._values("query")

    def clean_header_values(self) -> str:
        return self._values("header_values", _COMMAS)

    def clean_source(self) -> str:
        found = []
        for each in _split(self.cleaned_data["source"]):
            try:
                found.append(str(ipaddress.ip_network(each)))
            except ValueError:
                said = _now("%(value)s is no block of addresses, such as 198.51.100.0/24.")
                raise forms.ValidationError(said % {"value": each}) from None
        return ", ".join(found)

    def clean_to(self) -> str:
        text: str = self.cleaned_data["to"].strip()
        config = redirection(text)
        if config is None:
            said = _now("%(value)s is no address, such as https://www.example.com/#{path}?#{query}.")
            raise forms.ValidationError(said % {"value": text})
        if all(config[key] == same for key, same in _WHOLE.items()):
            raise forms.ValidationError(_now("%(value)s leads back to the same address.") % {"value": text})
        return text

    def _values(self, name: str, split: re.Pattern[str] = _SPLIT) -> str:
        found = _split(self.cleaned_data[name], split)
        for each in found:
            if len(each) > LONGEST:
                said = _now("A value has at most %(limit)d characters; this one has %(count)d.")
                raise forms.ValidationError(said % {"limit": LONGEST, "count": len(each)})
            pattern, such = _RULES.get(name, (None, ""))
            if pattern and not pattern.fullmatch(each):
                raise forms.ValidationError(_now("%(value)s is not %(such)s.") % {"value": each, "such": such})
        return ", ".join(found)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for field, problem in list(_problems(values)):
                self.add_error(field, problem)
        return values


def _problems(values: Row) -> Iterator[tuple[str, str]]:
    """What is wrong with a row as a whole, by field."""
    if values["action"] == FORWARD and not values["target_group"]:
        yield "target_group", _now("Choose where it forwards to.")
    if bool(values["header"]) != bool(values["header_values"]):
        yield "header", _now("A header has a name and at least one value.")
    if values["header"].lower() == "host":
        yield "header", _now("What the header Host is, is said by the host above.")
    given = [text for name in _CONDITIONS for text in _split(values[name])]
    if not given:
        yield "host", _now("A rule has at least one condition.")
    for limit, count, said in (
        (MOST_VALUES, len(given), _now("A rule has at most %(limit)d values in its conditions, not %(count)d.")),
        (MOST_WILDCARDS, _wildcards(values), _now("A rule has at most %(limit)d wildcards, not %(count)d.")),
    ):
        if count > limit:
            yield "host", said % {"limit": limit, "count": count}


_CONDITIONS = (*_PLAIN, "query", "header_values")


def _wildcards(values: Row) -> int:
    """Of a method or an address there are none."""
    return sum(values[name].count(sign) for name in ("host", "path", "query", "header_values") for sign in "*?")


def _split(text: str, by: re.Pattern[str] = _SPLIT) -> list[str]:
    return [each for each in by.split(text.strip()) if each]


def redirection(text: str) -> dict[str, str] | None:
    """An address as AWS takes it in parts, without the status; None where it is none."""
    found = _ADDRESS.fullmatch(text or "https://#{host}")
    if found is None:
        return None
    protocol = found["protocol"] if found["protocol"].startswith("#") else found["protocol"].upper()
    port = found["port"] or _PORTS[protocol]
    if port.isdecimal() and not 1 <= int(port) <= 65535:
        return None
    whole = found["query"] is None
    path, query = found["path"] or _WHOLE["Path"], _WHOLE["Query"] if whole else found["query"]
    return {"Protocol": protocol, "Host": found["host"], "Port": port, "Path": path, "Query": query}


def actions(row: Row) -> list[dict[str, Any]]:
    """What a row does, as AWS takes it. Not for `keep`."""
    if row["action"] != REDIRECT:
        return listener_rules.default_actions(row)
    code = "HTTP_302" if row["temporary"] else "HTTP_301"
    return [{"Type": "redirect", "RedirectConfig": {**(redirection(row["to"]) or {}), "StatusCode": code}}]


def conditions(row: Row) -> list[dict[str, Any]]:
    """What requests a row is for, as AWS takes it."""
    found: list[dict[str, Any]] = [
        {"Field": name, config: {"Values": _split(row[field])}}
        for field, (name, config) in _PLAIN.items()
        if row[field]
    ]
    if row["query"]:
        pairs = [each.partition("=") for each in _split(row["query"])]
        values = [{"Key": key, "Value": value} if sign else {"Value": key} for key, sign, value in pairs]
        found.append({"Field": "query-string", "QueryStringConfig": {"Values": values}})
    if row["header"]:
        header = {"HttpHeaderName": row["header"], "Values": _split(row["header_values"], _COMMAS)}
        found.append({"Field": "http-header", "HttpHeaderConfig": header})
    return found


def row_of(rule: Mapping[str, Any], port: int) -> dict[str, Any] | None:
    """A rule as a row, None where its conditions say more than a row can; what it does may be `keep`."""
    row: dict[str, Any] = dict.fromkeys((*_CONDITIONS, "header", "to", "status", "text", "target_group"), "")
    row |= {"rule": rule["RuleArn"], "port": port, "priority": int(rule["Priority"]), "temporary": False}
    for each in rule.get("Conditions") or ():
        read = _condition(each)
        if read is None or any(row[key] for key in read):
            return None
        row |= read
    only = listener_rules.row_of({"DefaultActions": rule.get("Actions")})
    row |= {key: only[key] for key in ("action", "target_group", "status", "text")}
    config = _redirected(rule.get("Actions") or ())
    if config:
        row |= {"action": REDIRECT, "to": _address(config), "temporary": config.get("StatusCode") == "HTTP_302"}
    return row


def _condition(each: Mapping[str, Any]) -> dict[str, str] | None:
    """A condition as fields of a row."""
    name = str(each.get("Field"))
    if name in _FIELDS:
        field, key = _FIELDS[name]
        config: Mapping[str, Any] = each.get(key) or {}
        return _joined({field: config.get("Values") or each.get("Values")}, config)
    if name == "query-string":
        config = each.get("QueryStringConfig") or {}
        pairs = [(one.get("Key"), one.get("Value") or "") for one in config.get("Values") or ()]
        return _joined({"query": [f"{key}={value}" if key else value for key, value in pairs]}, config)
    if name == "http-header":
        config = each.get("HttpHeaderConfig") or {}
        found = _joined({"header_values": config.get("Values")}, config)
        return found and found | {"header": str(config.get("HttpHeaderName") or "")}
    return None


def _joined(values: Mapping[str, Sequence[str] | None], config: Mapping[str, Any]) -> dict[str, str] | None:
    ((field, found),) = values.items()
    apart = "," if field == "header_values" else ", "
    if config.get("RegexValues") or not found or any(sign in each for each in found for sign in apart):
        return None
    return {field: ", ".join(found)}


def _redirected(actions: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """All parts of where a rule redirects to, if that is all that it does."""
    if len(actions) != 1 or actions[0].get("Type") != "redirect":
        return {}
    given = {key: value for key, value in (actions[0].get("RedirectConfig") or {}).items() if value}
    return _WHOLE | {"StatusCode": "HTTP_301"} | given


def _address(config: Mapping[str, str]) -> str:
    """The shortest way to say it; nothing for the same by HTTPS."""
    plain = {"Protocol": "HTTPS", "Host": "#{host}", "Port": "443", "Path": "/#{path}", "Query": "#{query}"}
    if all(config[key] == value for key, value in plain.items()):
        return ""
    protocol = config["Protocol"] if config["Protocol"].startswith("#") else config["Protocol"].lower()
    port = "" if config["Port"] == _PORTS.get(config["Protocol"]) else f":{config['Port']}"
    query = f"?{config['Query']}" if config["Query"] != _WHOLE["Query"] else ""
    return f"{protocol}://{config['Host']}{port}{config['Path']}{query}"
