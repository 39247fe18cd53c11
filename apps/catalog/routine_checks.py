"""Holds what schedules may do against the rest of the catalog; its calls are checked as those of any action."""

from collections.abc import Iterator
from typing import Any

from django.core import checks

from apps.catalog import forms, model, registry
from apps.catalog.checks import ExampleScope, example_item
from apps.catalog.resources import Kept, Routine
from apps.catalog.routines import TURN
from apps.catalog.shapes import follow


@checks.register("catalog")
def check_routines(**_: Any) -> list[checks.CheckMessage]:
    """All problems of all routines."""
    return [problem for routine in registry.routines() for problem in _check(routine)]


def _check(routine: Routine) -> Iterator[checks.CheckMessage]:
    action, where = routine.action, routine.action.act
    if TURN in action.form.base_fields or action.facts or action.mint or action.resource.within:
        yield checks.Error(f"it can have no field {TURN}, no facts, no secrets", obj=where, id="northgate.E050")
    for kept in routine.kept:
        if problem := _unfit(kept):
            yield checks.Error(f"{kept.act} can't delete what it makes: {problem}", obj=where, id="northgate.E051")
        for call, path in kept.made.items():
            if missing := follow(model.operation(call).output_shape, path)[1]:
                yield checks.Error(f"{call} answers no {missing} (in {path})", obj=where, id="northgate.E013")


def _unfit(kept: Kept) -> str:
    try:
        action = registry.action(kept.act)
    except registry.UnknownKind:
        return "there is no such action"
    resource = action.resource
    form = forms.bind(
        action.form, kept.values, scope=ExampleScope(), items=[example_item(resource, min(action.when or ("",)))]
    )
    if not form.is_valid():
        return str(forms.json_errors(form))
    if action.facts or not resource.tags or resource.state is None:
        return "the kind needs tags and a state, and the action no facts"
    return ""
