"""Holds the questions and maps of a kind to what they need: forms with defaults, actions that exist, boxes that lines
lead to."""

from collections.abc import Iterator

from django.http import QueryDict

from apps.catalog import forms, registry
from apps.catalog.fields import Rows
from apps.catalog.items import Item
from apps.catalog.questions import Fix
from apps.catalog.resources import Resource
from apps.catalog.scope import Scope


def problems(resource: Resource, item: Item, scope: Scope) -> Iterator[tuple[str, str]]:
    """(what is wrong, where)."""
    for one in resource.maps:
        drawing, where = one.draw(item, scope), f"{resource.kind} {one.sheet.id}"
        keys = [box.key for tier in drawing.tiers for box in tier.all]
        if len(keys) != len(set(keys)):
            yield "two boxes have the same key", where
        for line in drawing.lines:
            if line.start not in keys or line.end not in keys:
                yield f"a line leads from {line.start} to {line.end}, which are not both there", where
    for question in resource.questions:
        where = f"{resource.kind} {question.sheet.id}"
        if question.sheet.id in {tab.id for tab in resource.tabs} | resource.sheets.keys() | resource.actions.keys():
            yield f"there is a tab or an action {question.sheet.id} already", where
        form = forms.bind(question.form, QueryDict(), scope=scope, items=[item])
        if not form.is_valid():
            yield f"its form has no default for {', '.join(form.errors)}", where
            continue
        for finding in question.answer(item, scope, form.cleaned_data).findings:
            for fix in finding.fixes:
                yield from ((text, where) for text in unfit(fix))


def unfit(fix: Fix) -> Iterator[str]:
    """Why an action can't be filled in so."""
    try:
        action = registry.action(fix.act)
    except registry.UnknownKind:
        yield f"there is no action {fix.act}"
        return
    if action.creates == bool(fix.id):
        yield f"{fix.act} wants {'nothing' if action.creates else 'a resource'} to act on"
    fields = action.form.base_fields
    for name, value in fix.fills.items():
        field = fields.get(name)
        if field is None:
            yield f"{fix.act} has no field {name}"
        elif isinstance(field, Rows):
            strange = {key for row in value for key in row} - field.row.base_fields.keys()
            yield from (f"{fix.act} has no field {name}.{key}" for key in sorted(strange))
