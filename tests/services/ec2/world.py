"""Items, forms and plans of EC2's kinds without any server."""

from dataclasses import replace
from typing import Any

from apps.catalog import checks, forms, plans, registry
from apps.catalog.forms import json_errors


class Known(checks.ExampleScope):
    """A scope that knows these items, and of other kinds the examples."""

    def __init__(self, *items: Any) -> None:
        self.items = {(item.kind, item.id): item for item in items}
        self.kinds = {item.kind for item in items}

    def get(self, kind: str, id: str) -> Any:
        return self.items.get((kind, id)) if kind in self.kinds else super().get(kind, id)

    def find(self, kind: str, **equals: Any) -> Any:
        if kind not in self.kinds:
            return super().find(kind, **equals)
        own = {"name", "state", "zone"}
        return [
            item
            for item in self.items.values()
            if item.kind == kind
            and all(holds(getattr(item, k) if k in own else item.attrs.get(k), v) for k, v in equals.items())
        ]


def holds(there: Any, wanted: Any) -> bool:
    """As PostgreSQL's @> of jsonb."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(holds(there.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and all(any(holds(one, each) for one in there) for each in wanted)
    return bool(there == wanted)


def item(kind: str, **attrs: Any) -> Any:
    """The kind's example with these attributes."""
    resource = registry.resource(kind)
    made = resource.item({**resource.example, **attrs}, *checks.PLACE)
    return replace(made, account=checks.PLACE[0])


def bound(act: str, values: Any, *items: Any, scope: Any = None) -> Any:
    action = registry.action(act)
    given = dict(action.like(items[0])) if action.like and len(items) == 1 else {}
    return forms.bind(action.form, values, scope=scope or checks.ExampleScope(), items=items, initial=given)


def refused(act: str, values: Any, *items: Any, scope: Any = None) -> dict[str, str]:
    """The messages by field."""
    return {key: " ".join(said) for key, said in json_errors(bound(act, values, *items, scope=scope)).items()}


def planned(act: str, values: Any, *items: Any, scope: Any = None) -> Any:
    """The plan of a form that is right."""
    action, scope = registry.action(act), scope or checks.ExampleScope()
    form = bound(act, values, *items, scope=scope)
    assert form.is_valid(), json_errors(form)
    if action.creates:
        return plans.compile_create(action, scope, form.cleaned_data)
    return plans.compile_targets(action, items, form.cleaned_data, scope)
