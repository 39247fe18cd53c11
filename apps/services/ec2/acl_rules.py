"""The rules of a network ACL, edited as rows for each direction: what is new, changed and gone becomes a plan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Sheet, Shown
from apps.catalog.edits import Changes, changes, doubles, guarded
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.plans import Same, Step, Steps
from apps.catalog.resources import Risk
from apps.catalog.text import Text
from apps.services.ec2 import cidr
from apps.services.ec2.acls import LAST, acl, rules

RULES = Sheet("rules", _("Rules"), 10)
MOST = 40  # of a direction, after an increase of the quota; 20 without
PROTOCOLS = {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_NUMBERS = {name: number for number, name in PROTOCOLS.items()}
Row = Mapping[str, Any]


class RuleForm(forms.Form):
    number = forms.IntegerField(label=_("Number"), min_value=1, max_value=LAST - 1)
    action = forms.ChoiceField(label=_("Effect"), choices=[("allow", _("Allow")), ("deny", _("Deny"))], initial="allow")
    protocol = forms.ChoiceField(
        label=_("Protocol"),
        choices=[("all", _("All traffic")), ("tcp", "TCP"), ("udp", "UDP"), ("icmp", "ICMP"), ("icmpv6", "ICMPv6")],
        initial="tcp",
    )
    port_from = forms.IntegerField(label=_("From port"), required=False, min_value=0, max_value=65535)
    port_to = forms.IntegerField(
        label=_("To port"),
        required=False,
        min_value=0,
        max_value=65535,
        help_text=_("Empty: the one port, or all."),
    )
    block = forms.CharField(label=_("Source or destination"), max_length=60)

    def clean_block(self) -> str:
        return str(cidr.network(self.cleaned_data["block"].strip()))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        first, last = values.get("port_from"), values.get("port_to")
        if self.errors:
            return values
        if values["protocol"] not in {"tcp", "udp"}:
            if first is not None or last is not None:
                self.add_error("port_from", _now("Only TCP and UDP have ports."))
            return values
        values["port_from"] = 0 if first is None else first
        values["port_to"] = (65535 if first is None else first) if last is None else last
        if values["port_from"] > values["port_to"]:
            said = _now("The range ends at %(last)d, before it begins at %(first)d.")
            self.add_error("port_to", said % {"first": values["port_from"], "last": values["port_to"]})
        return values


class RulesForm(forms.Form):
    rules = Rows(
        RuleForm,
        most=MOST,
        required=False,
        label=_("Rules"),
        add=_("Add rule"),
        help_text=_("The lowest number that fits counts. What no rule fits is denied."),
    )

    items: tuple[Item, ...] = ()

    def clean_rules(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.cleaned_data["rules"] or []
        for each in doubles([row["number"] for row in rows]):
            raise forms.ValidationError(_now("The number %(value)d stands twice.") % {"value": each})
        return rows


def row_of(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """A rule as a row, None where it says more than a row can."""
    protocol = PROTOCOLS.get(str(entry.get("Protocol")))
    icmp = entry.get("IcmpTypeCode")
    if protocol is None or (icmp and (icmp.get("Type"), icmp.get("Code")) != (-1, -1)):
        return None
    ports = entry.get("PortRange") or {}
    whole = protocol in {"tcp", "udp"}
    return {
        "number": entry["RuleNumber"],
        "action": entry["RuleAction"],
        "protocol": protocol,
        "port_from": ports.get("From", 0) if whole else None,
        "port_to": ports.get("To", 65535) if whole else None,
        "block": entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
    }


def entry_of(row: Row, egress: bool) -> dict[str, Any]:
    """A row as the calls take it."""
    icmp = row["protocol"] in {"icmp", "icmpv6"}
    return {
        "RuleNumber": row["number"],
        "Protocol": _NUMBERS[row["protocol"]],
        "RuleAction": row["action"],
        "Egress": egress,
        "Ipv6CidrBlock" if ":" in row["block"] else "CidrBlock": row["block"],
        "PortRange": {"From": row["port_from"], "To": row["port_to"]} if row["port_from"] is not None else None,
        "IcmpTypeCode": {"Type": -1, "Code": -1} if icmp else None,
    }


def _rows(item: Item, egress: bool) -> dict[int, dict[str, Any]]:
    return {row["number"]: row for each in rules(item, egress) if (row := row_of(each)) is not None}


def words(row: Row) -> Text:
    """A rule in words, without its number."""
    ports = ""
    if row["port_from"] is not None:
        one = row["port_from"] == row["port_to"]
        ports = f" {row['port_from']}" if one else f" {row['port_from']}–{row['port_to']}"
    what = _now("all traffic") if row["protocol"] == "all" else f"{row['protocol'].upper()}{ports}"
    said = _now("allow %(what)s, %(block)s") if row["action"] == "allow" else _now("deny %(what)s, %(block)s")
    return said % {"what": what, "block": row["block"]}


def _edits(egress: bool, verb: str, label: Text, help: Text) -> None:
    def like(item: Item) -> dict[str, Any]:
        return {"rules": list(_rows(item, egress).values())}

    def warn(item: Item) -> Iterator[Text]:
        more = [str(each["RuleNumber"]) for each in rules(item, egress) if row_of(each) is None]
        if more:
            said = _now("Rules of %(name)s that say more than this form can stay as they are: %(rules)s.")
            yield said % {"name": item.title, "rules": ", ".join(more)}

    def means(item: Item, values: Mapping[str, Any]) -> Iterator[Text]:
        yield from _means(_differences(item, egress, values["rules"]), values["rules"])

    def edit(item: Item, values: Mapping[str, Any]) -> Steps:
        yield from guarded(_changes(item, egress, values["rules"]), _same(item))

    acl.action(
        label,
        verb=verb,
        submit=_("Save"),
        icon="arrow-up-right" if egress else "corner-down-left",
        form=RulesForm,
        facts=("Entries",),
        like=like,
        warn=warn,
        means=means,
        risk=Risk.INTERRUPTS,
        iam=("ec2:CreateNetworkAclEntry", "ec2:ReplaceNetworkAclEntry", "ec2:DeleteNetworkAclEntry"),
        help=help,
        example={"rules": [{"number": 90, "protocol": "tcp", "port_from": 443, "block": "0.0.0.0/0"}]},
        main=True,
    )(edit)


def _differences(item: Item, egress: bool, rows: Sequence[Row]) -> Changes[int, Row]:
    return changes(_rows(item, egress), {row["number"]: row for row in rows})


def _means(found: Changes[int, Row], rows: Sequence[Row]) -> Iterator[Text]:
    said = {number: _now("New: %(number)d: %(after)s.") % _said(number, after=row) for number, row in found.new.items()}
    for number, row in found.gone.items():
        said[number] = _now("Gone: %(number)d: %(before)s.") % _said(number, before=row)
    for number, (before, after) in found.changed.items():
        text = _now("Changed: %(number)d: %(after)s, instead of %(before)s.")
        said[number] = text % _said(number, before=before, after=after)
    yield from (said[number] for number in sorted(said))
    if not any(row["action"] == "allow" for row in rows):
        yield _now("Nothing is allowed: the subnets are cut off in this direction.")


def _said(number: int, **rules: Row) -> dict[str, Any]:
    return {"number": number} | {key: words(row) for key, row in rules.items()}


def _changes(item: Item, egress: bool, rows: Sequence[Row]) -> Iterator[Step]:
    """What is allowed comes before what is taken away: connections that both allow don't break in between."""
    found, title = _differences(item, egress, rows), _("Set rule %(number)d: %(rule)s")
    for number, row in found.new.items():
        said = title % {"number": number, "rule": words(row)}
        yield _entry("create", item, egress, row, title=said, undo=_delete(item, egress, number))
    for number, (before, row) in found.changed.items():
        said = title % {"number": number, "rule": words(row)}
        yield _entry("replace", item, egress, row, title=said, undo=_entry("replace", item, egress, before))
    for number, before in found.gone.items():
        yield _delete(item, egress, number, undo=_entry("create", item, egress, before))


def _same(item: Item) -> Same:
    return Same(
        "ec2.describe_network_acls",
        {"NetworkAclIds": [item.id]},
        "NetworkAcls[0].Entries",
        value=item.attrs.get("Entries"),
        unordered=True,
        what=_("The rules"),
    )


def _entry(call: str, item: Item, egress: bool, row: Row, title: Text = "", **more: Any) -> Step:
    return Step(
        f"ec2.{call}_network_acl_entry",
        title=title or _("Set rule %(number)d back") % {"number": row["number"]},
        already=("NetworkAclEntryAlreadyExists",) if call == "create" else (),
        repeat="safe",
        touches=[(item.kind, [item.id])],
        NetworkAclId=item.id,
        **entry_of(row, egress),
        **more,
    )


def _delete(item: Item, egress: bool, number: int, **more: Any) -> Step:
    return Step(
        "ec2.delete_network_acl_entry",
        title=_("Delete rule %(number)d") % {"number": number},
        already=("InvalidNetworkAclEntry.NotFound",),
        touches=[(item.kind, [item.id])],
        NetworkAclId=item.id,
        RuleNumber=number,
        Egress=egress,
        **more,
    )


_edits(False, "edit-inbound", _("Edit inbound rules"), _("What may enter the subnets, by its source."))
_edits(
    True,
    "edit-outbound",
    _("Edit outbound rules"),
    _("What may leave the subnets, by its destination. Answers leave to ports 1024 to 65535."),
)


def _shows(egress: bool) -> Callable[[Item], Shown]:
    def show(item: Item) -> Shown:
        heads = [_now("Number"), _now("Rule")]
        rows = [
            (each["RuleNumber"], words(row) if (row := row_of(each)) else _now("More than is shown here"))
            for each in rules(item, egress)
        ]
        return Shown(heads=heads, rows=[*rows, ("*", _now("deny everything else"))])

    return show


acl.card(RULES, _("Inbound rules"), verbs=("edit-inbound",), rank=10)(_shows(False))
acl.card(RULES, _("Outbound rules"), verbs=("edit-outbound",), rank=20)(_shows(True))
