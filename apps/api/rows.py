"""Rows of the inventory on their way out: what PostgreSQL holds as JSON goes through as it is, without being parsed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.http import HttpRequest

from apps.api.addresses import url
from apps.catalog.resources import Action, Resource
from apps.inventory import measured
from apps.inventory.query import fetch
from apps.tenancy.access import Actor, allowed

_MEASURES = """(SELECT coalesce(json_object_agg(
    m.key, json_build_object('read_at', m.ok_at, 'errors', m.errors)), '{}')::text FROM inventory_measure_scan m
    WHERE m.tenant_id = s.tenant_id AND m.kind = s.kind AND m.account_id = s.account_id AND m.region = s.region)"""
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+").fullmatch


def selected(resource: Resource) -> str:
    """The columns that an item of a list is made of."""
    cells = measured.cells(resource)
    return f"""e.resource_id, e.name, e.state, e.account_id, e.region, e.zone, e.tags::text, {cells}::text,
        e.monthly_cost::float8"""


def whole(resource: Resource) -> str:
    """The columns that a whole item is made of."""
    return f"{selected(resource)}, e.attrs::text"


@dataclass(frozen=True, slots=True)
class Source:
    """An account with a scope of one kind in it, as it was last read."""

    account: str
    name: str
    number: str
    region: str | None
    ok_at: Any
    error: Any
    measures: Any


def sources(actor: Actor, resource: Resource) -> list[Source]:
    """Every account of the organization, with the last readings of a kind in it. One statement."""
    measures = _MEASURES if resource.measures else "NULL"
    found = fetch(
        f"""SELECT a.id::text, a.name, a.number, s.region, s.ok_at, s.error::text, {measures} FROM cloud_account a
           LEFT JOIN inventory_scan s ON s.tenant_id = a.tenant_id AND s.account_id = a.id AND s.kind = %s
           WHERE a.tenant_id = %s ORDER BY a.name, s.region""",  # noqa: S608  a constant
        [resource.kind, actor.tenant_id],
    )
    return [Source(*row) for row in found]


class Writer:
    """Makes items out of rows for one answer; what repeats from row to row is made once."""

    def __init__(self, request: HttpRequest, actor: Actor, resource: Resource, known: Sequence[Source]) -> None:
        self.actor, self.resource = actor, resource
        self.base = url(request, resource.service, resource.slug)
        self.accounts = {
            source.account: orjson.Fragment(
                orjson.dumps({"id": source.account, "name": source.name, "number": source.number})
            )
            for source in known
        }
        self.tagged = any(grant.tag for grant in actor.grants)
        self.verbs: dict[tuple[str, ...], orjson.Fragment] = {}
        self.places: dict[tuple[str, str], str] = {}

    def item(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row of `selected` as an item of a list: `actions` are verbs."""
        id, name, state, account_id, region, zone, tags, cells, cost = row[:9]
        account = str(account_id)
        return {
            "id": id,
            "url": self.url(id, account, region),
            "kind": self.resource.kind,
            "name": name,
            "state": state,
            "account": self.accounts.get(account),
            "region": region,
            "zone": zone,
            "tags": orjson.Fragment(tags),
            "columns": orjson.Fragment(cells),
            "monthly_cost": cost,
            "actions": self._verbs(account, region, state, tags),
        }

    def whole(self, row: Sequence[Any]) -> dict[str, Any]:
        """A row of `whole`: with `attrs`, and links for `actions`."""
        out = self.item(row)
        id, state, account, region = row[0], row[2], str(row[3]), row[4]
        tags = orjson.loads(row[6])
        out["actions"] = {
            action.verb: self.link(id, account, region, action)
            for action in self._possible(account, region, state, tags)
        }
        out["attrs"] = orjson.Fragment(row[9])
        return out

    def url(self, id: str, account: str, region: str) -> str:
        """The item's address. Ids are unique per account and Region only (an image, a function's name)."""
        return f"{self.base}{_quoted(id)}/?{self._place(account, region)}"

    def link(self, id: str, account: str, region: str, action: Action) -> dict[str, Any]:
        """Where an action on one of them is posted to."""
        return {
            "href": f"{self.base}{_quoted(id)}/{action.verb}/?{self._place(account, region)}",
            "label": action.label,
            "risk": action.risk.value,
            "permission": action.permission,
        }

    def _place(self, account: str, region: str) -> str:
        found = self.places.get((account, region))
        if found is None:
            found = self.places[account, region] = urlencode({"account": account, "region": region})
        return found

    def _verbs(self, account: str, region: str, state: str, tags: str) -> orjson.Fragment:
        key = (account, region, state, tags) if self.tagged else (account, region, state)
        found = self.verbs.get(key)
        if found is None:
            held = orjson.loads(tags) if self.tagged else {}
            possible = [action.verb for action in self._possible(account, region, state, held)]
            found = self.verbs[key] = orjson.Fragment(orjson.dumps(possible))
        return found

    def _possible(self, account: str, region: str, state: str, tags: Mapping[str, str]) -> list[Action]:
        return [
            action
            for action in self.resource.actions.values()
            if (action.when is None or state in action.when)
            and allowed(self.actor, action.permission, account=account, region=region, tags=tags)
        ]


def _quoted(id: str) -> str:
    """For an address. Most ids are plain, and a list quotes many."""
    return id if _PLAIN(id) else quote(id)
