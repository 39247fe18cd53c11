"""The table in which the rules of a security group are entered, and what is checked of all of them together."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.fields import Rows
from apps.catalog.hints import HERE, Hinted, Quick
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_rules import ANYWHERE, ANYWHERE6, SELF, Rule

USUAL = 60  # rules of a group in one direction, unless the account's quota was raised
MOST = 1000  # however much it was
GROUP_TEXT = RegexValidator(
    r"^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*$",
    _("Only letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* are allowed here."),
)
_ENDS = (
    (ANYWHERE, _("Anywhere, IPv4")),
    (ANYWHERE6, _("Anywhere, IPv6")),
    (SELF, _("The group itself")),
)
_KINDS = ("ec2.security-group", "ec2.prefix-list")


class RuleForm(forms.Form):
    """One inbound rule."""

    protocol = forms.ChoiceField(
        label=_("Protocol"),
        choices=[*rules.NAMES.items(), ("all", _("All traffic")), ("number", _("Other"))],
        initial="tcp",
    )
    ports = forms.CharField(
        label=_("Ports"),
        required=False,
        max_length=16,
        help_text=_("443, 8000-8100 or all; of ICMP a type (8), type and code (3/4) or all."),
    )
    source = Hinted(
        label=_("Source"),
        max_length=64,
        fixed=_ENDS,
        kinds=_KINDS,
        here=True,
        help_text=_("A CIDR block, a security group, a prefix list, or self for the group itself."),
    )
    description = forms.CharField(label=_("Description"), max_length=255, required=False, validators=[GROUP_TEXT])
    number = forms.IntegerField(label=_("Protocol number"), required=False, min_value=0, max_value=255)

    line = ("protocol", "ports", "source", "description")
    shows = {"number": "protocol=number"}

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                values["source"] = rules.rule_of(values).source
            except rules.Wrong as wrong:
                self.add_error(wrong.field, str(wrong))
        return values


class OutboundForm(RuleForm):
    """One outbound rule."""

    source = Hinted(
        label=_("Destination"),
        max_length=64,
        fixed=_ENDS,
        kinds=_KINDS,
        help_text=_("A CIDR block, a security group, a prefix list, or self for the group itself."),
    )


def inbound_rows(**more: Any) -> Rows:
    """A field of inbound rules."""
    quick = (
        Quick(_("SSH from my address ({address})"), _tcp(22, HERE, "SSH")),
        Quick("HTTP", _tcp(80, ANYWHERE, "HTTP")),
        Quick("HTTPS", _tcp(443, ANYWHERE, "HTTPS")),
        Quick(_("All from the group itself"), {"protocol": "all", "source": SELF}),
    )
    return Rows(RuleForm, most=MOST, label=_("Inbound rules"), add=_("Add rule"), quick=quick, **more)


def outbound_rows(**more: Any) -> Rows:
    """A field of outbound rules."""
    quick = (
        Quick(_("Everything"), {"protocol": "all", "source": ANYWHERE}),
        Quick("HTTPS", _tcp(443, ANYWHERE, "HTTPS")),
    )
    return Rows(OutboundForm, most=MOST, label=_("Outbound rules"), add=_("Add rule"), quick=quick, **more)


def _tcp(port: int, source: str, description: str) -> dict[str, str]:
    return {"protocol": "tcp", "ports": str(port), "source": source, "description": description}


def rules_in(rows: Iterable[Mapping[str, Any]] | None, itself: str = "") -> list[Rule]:
    """The rules that a field's rows say; `itself` is the id that `self` stands for, where there is one."""
    found = []
    for row in rows or ():
        rule = rules.rule_of(row)
        own = itself and rule.source == SELF
        found.append(Rule(*rule.key[:3], itself, rule.description) if own else rule)
    return found


def problems(wanted: Sequence[Rule], now: Iterable[Rule], scope: Scope | None) -> Iterable[Text]:
    """What AWS would refuse of rules together, and of those that are new what it would refuse of each."""
    seen: dict[Any, int] = {}
    there = {rule.key for rule in now}
    for number, rule in enumerate(wanted, 1):
        if first := seen.setdefault(rule.key, number) if rule.key in seen else 0:
            yield _now("Rows %(first)d and %(second)d say the same rule.") % {"first": first, "second": number}
        seen.setdefault(rule.key, number)
        if rule.key not in there and (why := _wrong(rule, scope)):
            yield _now("Row %(row)d: %(message)s") % {"row": number, "message": why}


def _wrong(rule: Rule, scope: Scope | None) -> Text:
    six = ":" in rule.source
    if rule.protocol == "icmp" and six:
        return _now("ICMP is of IPv4; for %(source)s choose ICMPv6.") % {"source": rule.source}
    if rule.protocol == "icmpv6" and not six and "." in rule.source:
        return _now("ICMPv6 is of IPv6; for %(source)s choose ICMP.") % {"source": rule.source}
    ours = rule.source if rule.group == rule.source or rule.source.startswith("pl-") else ""
    kind = _KINDS[1] if ours.startswith("pl-") else _KINDS[0]
    if ours and scope and scope.get(kind, ours) is None:
        said = _now("%(id)s is not known in this account and Region. Refresh the list if it is new.")
        return said % {"id": ours}
    return ""


# What is said of rules before they are saved


def dangers(found: Iterable[Rule]) -> Iterable[Text]:
    """What new inbound rules put at risk."""
    for rule in found:
        if ports := rules.exposed(rule):
            words = {"rule": rules.said(rule), "ports": rules.named(ports)}
            yield _now("%(rule)s: anybody on the internet may reach %(ports)s.") % words


def oddities(wanted: Sequence[Rule], scope: Scope | None = None, vpc: str = "") -> Iterable[Text]:
    """What is odd about the rules that there will be."""
    if len(wanted) > USUAL:
        said = _now("AWS takes %(usual)d rules in one direction unless the quota was raised; these are %(count)d.")
        yield said % {"usual": USUAL, "count": len(wanted)}
    for rule in wanted:
        other = next((one for one in wanted if one is not rule and rules.covers(one, rule)), None)
        if other:
            words = {"rule": rules.said(rule), "other": rules.said(other)}
            yield _now("%(rule)s changes nothing: %(other)s allows it already.") % words
    for id in dict.fromkeys(rule.group for rule in wanted if rule.group == rule.source):
        group = scope.get(_KINDS[0], id) if scope else None
        if group and vpc and group.attrs.get("VpcId") != vpc:
            said = _now("%(group)s is in %(vpc)s: AWS refuses that unless the two VPCs are peered.")
            yield said % {"group": group.title, "vpc": group.attrs.get("VpcId")}
