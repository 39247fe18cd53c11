"""Who an instance lets in and out: its security groups, and their rules in one table."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Around, Named, Shown
from apps.catalog.items import Item
from apps.services.ec2.instance_tabs import SECURITY
from apps.services.ec2.instances import instance
from apps.services.ec2.security_group_cards import table
from apps.services.ec2.security_groups import INBOUND, OUTBOUND, security_group


def _groups(item: Item) -> list[dict[str, Any]]:
    """Of all its interfaces, each once."""
    found = [*(item.attrs.get("SecurityGroups") or ())]
    for each in item.attrs.get("NetworkInterfaces") or ():
        found += each.get("Groups") or ()
    return list({str(one["GroupId"]): one for one in found if one.get("GroupId")}.values())


@instance.card(SECURITY, _("Security groups"), around=True, rank=10, empty=_("None."))
def groups_card(item: Item, around: Around) -> Shown:
    rows = []
    for one in _groups(item):
        known = around.scope.get(security_group.kind, one["GroupId"])
        about = known.attrs.get("Description") if known else ""
        rows.append((Named(security_group.kind, one["GroupId"]), about))
    return Shown(heads=[_now("Group"), _now("Description")], rows=rows)


def _rules(item: Item, around: Around, part: str) -> Iterator[tuple[Any, ...]]:
    for one in _groups(item):
        if known := around.scope.get(security_group.kind, one["GroupId"]):
            yield from ((*row, Named(security_group.kind, known.id)) for row in table(known, part))


@instance.card(
    SECURITY,
    _("Inbound rules"),
    around=True,
    rank=20,
    help=_("Of all its groups: what one of them lets in comes in."),
    empty=_("None that the panel knows: nothing may come in."),
)
def inbound_card(item: Item, around: Around) -> Shown:
    heads = [_now("Protocol"), _now("Ports"), _now("Service"), _now("Source"), _now("Description"), _now("Group")]
    return Shown(heads=heads, rows=list(_rules(item, around, INBOUND)))


@instance.card(
    SECURITY,
    _("Outbound rules"),
    around=True,
    rank=30,
    empty=_("None that the panel knows: nothing may go out."),
)
def outbound_card(item: Item, around: Around) -> Shown:
    heads = [_now("Protocol"), _now("Ports"), _now("Service"), _now("Destination"), _now("Description"), _now("Group")]
    return Shown(heads=heads, rows=list(_rules(item, around, OUTBOUND)))


@instance.card(
    SECURITY, _("Key pair"), rank=50, empty=_("None: only a key that somebody put there since its launch gets in.")
)
def key_card(item: Item) -> Shown:
    name = str(item.attrs.get("KeyName") or "")
    return Shown(heads=[_now("Name")], rows=[(Named("ec2.key-pair", name),)] if name else ())
