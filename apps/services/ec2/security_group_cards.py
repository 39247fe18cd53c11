"""The rules of a security group as its page shows them."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown
from apps.catalog.items import Item
from apps.catalog.text import Text
from apps.services.ec2 import security_group_rules as rules
from apps.services.ec2.security_group_rules import Rule
from apps.services.ec2.security_groups import INBOUND, OUTBOUND, rules_now, security_group

SHEET = Sheet("rules", _("Rules"), 10)


def _who(rule: Rule, item: Item) -> Any:
    if rule.source in (rules.ANYWHERE, rules.ANYWHERE6):
        return _now("anywhere (%(block)s)") % {"block": rule.source}
    if rule.source == item.id:
        return _now("the group itself")
    if rule.group == rule.source:
        return Named(security_group.kind, rule.source)
    return Named("ec2.prefix-list", rule.source) if rule.source.startswith("pl-") else rule.source


def table(item: Item, part: str) -> list[tuple[Any, ...]]:
    """The rules of a group: protocol, ports, service, source, description."""
    found = sorted(rules_now(item, part), key=lambda rule: (rule.protocol, rule.first or 0, rule.last or 0))
    return [(rules.protocol_of(r), rules.ports_of(r), rules.service_of(r), _who(r, item), r.description) for r in found]


@security_group.card(
    SHEET,
    _("Inbound rules"),
    verbs=("edit-inbound-rules",),
    help=_("Who may reach what is in the group. Answers to what it began itself always come in."),
    empty=_("None: nothing may come in."),
    rank=10,
)
def inbound(item: Item) -> Shown:
    ports = dict.fromkeys(port for rule in rules_now(item, INBOUND) for port in rules.exposed(rule))
    words: list[Text] = []
    if ports:
        said = _now("Anybody on the internet may reach ports that administer machines or databases: %(ports)s.")
        words.append(said % {"ports": rules.named(ports)})
    heads = [_now("Protocol"), _now("Ports"), _now("Service"), _now("Source"), _now("Description")]
    return Shown(words=words, tone="warn" if words else "", heads=heads, rows=table(item, INBOUND))


@security_group.card(
    SHEET,
    _("Outbound rules"),
    verbs=("edit-outbound-rules",),
    help=_("Whom what is in the group may reach. Answers to what came in always go out."),
    empty=_("None: nothing may go out."),
    rank=20,
)
def outbound(item: Item) -> Shown:
    heads = [_now("Protocol"), _now("Ports"), _now("Service"), _now("Destination"), _now("Description")]
    return Shown(heads=heads, rows=table(item, OUTBOUND))
