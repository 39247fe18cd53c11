"""A declaration's example as an item, in a scope, and as a plan: for checks, documentation and tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from apps.catalog import forms, registry
from apps.catalog.items import Item
from apps.catalog.plans import Plan, compile_create, compile_targets
from apps.catalog.resources import Action, Resource
from apps.catalog.routines import TURN, Turn

PLACE = ("00000000-0000-0000-0000-000000000000", "eu-west-1")


class ExampleScope:
    """Knows one resource of every kind and of every id: its kind's example; finds it where it is as asked for. For
    checks and documentation."""

    account, region = PLACE
    regions: Sequence[str] = (PLACE[1], "eu-central-1")
    required_tags: Sequence[str] = ()

    def tag_values(self, key: str) -> Sequence[str]:
        return ()

    def untold(self, kind: str) -> str:
        return ""

    def at(self, region: str, account: str = "") -> "ExampleScope":
        return self

    def everywhere(self, kind: str) -> Sequence[Item]:
        resource = registry.resource(kind)
        return [*self.find(kind), *([example_item(resource, on=resource.twin)] if resource.twin else ())]

    def get(self, kind: str, id: str) -> Item | None:
        item = example_item(registry.resource(kind))
        return Item(kind, id, item.name, item.state, self.account, self.region, item.zone, item.attrs, item.tags)

    def find(self, kind: str, **equals: Any) -> Sequence[Item]:
        item = example_item(registry.resource(kind))
        own = {"name": item.name, "state": item.state, "zone": item.zone}
        return [item] if holds({**item.attrs, **own}, equals) else []

    def search(self, kind: str, text: str = "", limit: int = 50) -> Sequence[Item]:
        return self.find(kind)


def holds(value: Any, wanted: Any) -> bool:
    """Whether a value contains another, as PostgreSQL's jsonb has it."""
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(
            key in value and holds(value[key], each) for key, each in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(value, list) and all(any(holds(one, each) for one in value) for each in wanted)
    return bool(value == wanted)


def example_item(resource: Resource, state: str = "", on: Mapping[str, Any] | None = None) -> Item:
    """The kind's example as an Item, in a state of one's choice; `on` is what it has otherwise."""
    item = resource.item({**resource.example, **(on or {})}, *PLACE)
    if resource.within:
        return resource.inside(example_item(registry.resource(resource.within)), item.id, item.attrs)
    return Item(item.kind, item.id, item.name, state or item.state, *PLACE, item.zone, item.attrs, item.tags)


def example_plan(action: Action) -> Plan:
    """The plan of an action's own example. Raises ValueError when its form refuses the example."""
    scope = ExampleScope()
    states = sorted(action.when or ())
    items = [] if action.creates else [example_item(action.resource, states[0] if states else "", action.on)]
    form = forms.bind(action.form, action.example, scope=scope, items=items)
    if not form.is_valid():
        raise ValueError(str(forms.json_errors(form)))
    values = form.cleaned_data
    if action.verb in action.resource.routines:
        values = values | {TURN: Turn("0a1b2c3d-0000-4000-8000-000000000000", datetime(2026, 1, 1, tzinfo=UTC))}
    if action.creates:
        return compile_create(action, scope, values)
    return compile_targets(action, items, values, scope)
