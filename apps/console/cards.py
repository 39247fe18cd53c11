"""The cards of a resource's page: what is set on it, and the buttons that lead to changing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from apps.catalog import registry
from apps.catalog.cards import Around, Card, Named, Shown, When
from apps.catalog.items import Item
from apps.catalog.resources import UNREAD, Resource
from apps.catalog.text import Text, one_line, visible
from apps.cloud import prices
from apps.console import buttons, refs, rows
from apps.console.buttons import Button
from apps.inventory import query
from apps.inventory.scope import InventoryScope
from apps.tenancy import access
from apps.tenancy.access import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """A Named resource as the page has it: `url` is empty where the panel doesn't know it, which `lost` says where the
    person would see it."""

    title: str
    id: str
    url: str = ""
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in a card."""

    moment: datetime


Value = str | Link | Moment


@dataclass(frozen=True, slots=True)
class Drawn:
    """A card in words. `unread` is the error code for which it can't be shown."""

    label: Text
    help: Text
    empty: Text
    unread: str
    buttons: Sequence[Button]
    words: Sequence[Text] = ()
    tone: str = ""
    facts: Sequence[tuple[Text, Value]] = ()
    commands: Sequence[tuple[Text, str]] = ()
    checks: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[Text, str]] = ()
    heads: Sequence[Text] = ()
    rows: Sequence[Sequence[Value]] = ()
    text: str = ""

    @property
    def blank(self) -> bool:
        said = self.words or self.facts or self.commands or self.checks
        return not (self.unread or said or self.links or self.rows or self.text)


def around_of(actor: Actor, item: Item, address: str = "") -> Around:
    """What cards may know, for somebody who looks from an address."""
    scope = InventoryScope(actor, item.account, item.region)
    return Around(scope, address, prices.book(item.region), prices.book)


def of(
    actor: Actor,
    resource: Resource,
    item: Item,
    sheet: str,
    account_name: str,
    around: Around,
    told: Mapping[int, Any] = MappingProxyType({}),
) -> list[Drawn]:
    """The cards of a sheet; `told` is what was asked for them (see asking.py)."""
    return [
        _drawn(actor, card, resource, item, account_name, replace(around, told=told.get(number)))
        for number, card in enumerate(resource.sheets[sheet])
    ]


def _drawn(actor: Actor, card: Card, resource: Resource, item: Item, account_name: str, around: Around) -> Drawn:
    unread = item.attrs.get(UNREAD, {}).get(card.part, "") if card.part else ""
    shown = Shown() if unread else card.shown(item, around)
    verbs = (*card.verbs, *(card.removes if unread or shown.anything else ()))
    said = [value for _label, value in shown.facts] + [value for row in shown.rows for value in row]
    links = named(actor, [value for value in said if isinstance(value, Named) and value.id], item)
    found = buttons.for_actions(actor, [resource.actions[verb] for verb in verbs], item, account_name)
    return Drawn(
        label=card.label,
        help=card.help,
        empty=card.empty,
        unread=unread,
        buttons=found,
        words=[one_line(str(text)) for text in shown.words],
        tone=shown.tone,
        facts=[(label, _value(value, links)) for label, value in shown.facts],
        commands=[(label, one_line(command)) for label, command in shown.commands],
        checks=[(tone, one_line(str(text))) for tone, text in shown.checks],
        links=[(label, address) for label, address in shown.links if address.startswith(("https://", "http://"))],
        heads=shown.heads,
        rows=[[_value(value, links) for value in row] for row in shown.rows],
        text=visible(shown.text),
    )


def named(actor: Actor, values: Iterable[Named], item: Item) -> dict[Named, Link]:
    """Resources beside an item, as the page has them."""
    wanted: dict[str, dict[str, None]] = {}
    for value in values:
        wanted.setdefault(value.kind, {})[value.id] = None
    links = {kind: _links(actor, registry.resource(kind), list(ids), item) for kind, ids in wanted.items()}
    return {Named(kind, id): link for kind, found in links.items() for id, link in found.items()}


def _links(actor: Actor, kind: Resource, ids: Sequence[str], item: Item) -> dict[str, Link]:
    region = None if kind.scope == "global" else item.region
    known = {one.id: one for one in query.get_many(actor.tenant_id, kind.kind, ids, item.account, region)}
    found = {id: known[id] for id in ids if id in known and query.may_see(actor, known[id])}
    lost = bool(access.reach(actor, kind.permission))
    return {
        id: Link(found[id].title, id, f"{rows.base_url(kind)}{quote(refs.of(found[id]), safe='@:')}/")
        if id in found
        else Link(id, id, lost=lost)
        for id in ids
    }


def _value(value: object, links: Mapping[Named, Link]) -> Value:
    if isinstance(value, Named):
        return links[value] if value.id else rows.DASH
    if isinstance(value, When):
        moment = rows.when(value.at or None)
        return Moment(moment) if moment else _words(value.at)
    return _words(value)


def _words(value: object) -> str:
    return rows.DASH if value in (None, "", [], ()) else one_line(rows.words(value))
