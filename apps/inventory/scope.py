"""The catalog's Scope over the inventory: one account and Region as the actor may see them."""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import orjson
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.catalog.items import Item
from apps.inventory import query, rows, where
from apps.inventory.places import GLOBAL
from apps.inventory.where import Condition
from apps.tenancy.access import Actor, explain, reach

_MOST = 2000
_OWN = {"name": "e.name", "state": "e.state", "zone": "e.zone"}


class InventoryScope:
    """Implements the catalog's Scope, in the tenant's transaction; what the actor may not read isn't there.

    It lives as long as one request and remembers its answers: a form asks for the same things many times.
    """

    def __init__(self, actor: Actor, account: UUID | str, region: str) -> None:
        self.actor, self.account, self.region = actor, str(account), region
        self._answers: dict[tuple[str, str, int], list[Item]] = {}

    @cached_property
    def _kept(self) -> tuple[Sequence[str], Sequence[str]]:
        """What the account's settings say: its Regions, and the keys of the tags that are required."""
        found = query.fetch(
            "SELECT regions, required_tags FROM cloud_account WHERE tenant_id = %s AND id::text = %s",
            [self.actor.tenant_id, self.account],
        )
        return (tuple(found[0][0]), tuple(found[0][1])) if found else ((), ())

    @property
    def regions(self) -> Sequence[str]:
        """The Regions that the panel works in with this account."""
        return self._kept[0]

    @property
    def required_tags(self) -> Sequence[str]:
        """The keys of the tags that whatever is made in the account must have."""
        return self._kept[1]

    def tag_values(self, key: str) -> Sequence[str]:
        """Values that a tag has in the account already, the most frequent first."""
        sql, params = where.both(
            ("e.tenant_id = %s AND e.account_id::text = %s", [self.actor.tenant_id, self.account]),
            ("e.gone_at IS NULL AND e.tags ? %s", [key]),
            where.either(
                [
                    where.both(("e.kind = %s", [kind.kind]), where.reached(reach(self.actor, kind.permission)))
                    for kind in registry.resources()
                ]
            ),
        )
        statement = f"SELECT e.tags->>%s FROM inventory_entry e WHERE {sql} GROUP BY 1 ORDER BY count(*) DESC LIMIT 20"
        return [value for (value,) in query.fetch(statement, [key, *params]) if value]

    def untold(self, kind: str) -> str:
        """Why what there is of a kind can't be told: a role that forbids it, AWS that does, or that it was never read;
        else nothing."""
        resource = registry.resource(kind)
        region = GLOBAL if resource.scope == GLOBAL else self.region
        if not reach(self.actor, resource.permission):
            return explain(self.actor, resource.permission, account=self.account, region=region).reason
        found = query.fetch(
            "SELECT error->>'text', ok_at FROM inventory_scan"
            " WHERE tenant_id = %s AND account_id::text = %s AND region = %s AND kind = %s",
            [self.actor.tenant_id, self.account, region, kind],
        )
        why, at = found[0] if found else ("", None)
        if not why and not at:
            return _("%(plural)s have not been read here yet: look again in a moment.") % {"plural": resource.plural}
        said = _("%(plural)s could not be listed in this account and Region: %(why)s")
        return said % {"plural": resource.plural, "why": why} if why else ""

    def at(self, region: str, account: str = "") -> "InventoryScope":
        """The same account in another Region; or another account, as the asker may see it."""
        return InventoryScope(self.actor, account or self.account, region)

    def everywhere(self, kind: str) -> Sequence[Item]:
        """All of a kind (2,000 at most) in every account and Region of the organization; by name."""
        return self._select(kind, ("TRUE", []), _MOST, ([], []))

    def get(self, kind: str, id: str) -> Item | None:
        """The resource, or None when it is not there or may not be seen."""
        found = self._select(kind, ("e.resource_id = %s", [id.replace("\0", "")]), 1)
        return found[0] if found else None

    def find(self, kind: str, **equals: Any) -> Sequence[Item]:
        """All of a kind (2,000 at most) whose attributes equal these; by name. `name`, `state` and `zone` are the
        Item's own."""
        own: list[Condition] = [(f"{_OWN[key]} = %s", [value]) for key, value in equals.items() if key in _OWN]
        attrs = {key: value for key, value in equals.items() if key not in _OWN}
        if attrs:
            own.append(("e.attrs @> %s::jsonb", [orjson.dumps(attrs).decode()]))
        return self._select(kind, where.both(*own), _MOST)

    def search(self, kind: str, text: str = "", limit: int = 50) -> Sequence[Item]:
        """The first of a kind whose name or id contains the text."""
        return self._select(kind, where.text(text), limit)

    def _select(
        self, kind: str, condition: Condition, limit: int, places: tuple[list[str], list[str]] | None = None
    ) -> list[Item]:
        """`places` are the accounts and Regions where it looks, instead of its own; empty ones are all."""
        sql, params = where.both(
            ("e.tenant_id = %s AND e.kind = %s AND e.gone_at IS NULL", [self.actor.tenant_id, kind]),
            where.scoped(*(places or ([self.account], [self.region]))),
            where.reached(reach(self.actor, registry.resource(kind).permission)),
            condition,
        )
        asked = (sql, repr(params), limit)
        if asked not in self._answers:
            statement = f"SELECT {rows.COLUMNS} FROM inventory_entry e WHERE {sql} ORDER BY e.search, e.id LIMIT %s"
            self._answers[asked] = [rows.item(row) for row in query.fetch(statement, [*params, limit])]
        return self._answers[asked]
