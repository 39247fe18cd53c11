"""Tags that draw a form's fields."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.loader import get_template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.catalog import registry
from apps.catalog.costs import CostPart
from apps.catalog.fields import BoundRows
from apps.catalog.hints import Hinted
from apps.console import controls, picking
from apps.console.templatetags.ui import stack

register = template.Library()

_PASSED = ("urls", "show_errors", "request", "added_rows")


@register.simple_tag(takes_context=True)
def draw(
    context: dict[str, Any],
    bound: BoundField,
    *,
    when: str = "",
    as_: str = "",
    fits: str = "",
    quiet: bool = False,
    needed: bool = False,
) -> SafeString:
    """A field with its label, help and errors. `when="access=new"` shows it only while that control has that value;
    `as_` draws it with another template of templates/fields/; `fits="image"` offers what goes with that choice;
    `quiet` hides the label from sight, where the section's heading says the same; `needed` says
    that it can't be left out where it is shown, although the form itself allows that. A form that no template draws
    says by itself what `when` and `needed` say for a field, in `shows` and `needed`."""
    made = _control(context, bound, as_=as_)
    frame = "fields/hidden.html" if made.kind == "hidden" else "fields/field.html"
    when = when or getattr(bound.form, "shows", {}).get(bound.name, "")
    needed = needed or bound.name in getattr(bound.form, "needed", ())
    return _render(context, frame, made, when=when, fits=fits, quiet=quiet, needed=needed)


@register.simple_tag(takes_context=True)
def cell(context: dict[str, Any], bound: BoundField, row: str) -> SafeString:
    """A field of a row: the control and its errors; its label is spoken, with the row's words."""
    return _render(context, "fields/cell.html", _control(context, bound, within=row))


@register.simple_tag(takes_context=True)
def bare(context: dict[str, Any], bound: BoundField) -> SafeString:
    """The control alone."""
    made = _control(context, bound)
    return _render(context, made.template, made)


@register.simple_tag(takes_context=True)
def row_forms(context: dict[str, Any], bound: BoundRows) -> list[forms.Form]:
    """The forms of a field's rows, with one that was just added."""
    return controls.rows_of(bound, context.get("added_rows", {}).get(bound.name))


@register.simple_tag
def row_line(row: forms.Form) -> dict[str, Any] | None:
    """The fields that stand in a row's line, and those below it with what shows them; None where all do."""
    line = getattr(row, "line", ())
    shows = getattr(row, "shows", {})
    if not line:
        return None
    below = [(row[name], shows.get(name, "")) for name in row.fields if name not in line]
    return {"fields": [row[name] for name in line], "below": below}


@register.simple_tag(takes_context=True)
def row_hints(context: dict[str, Any], bound: BoundRows) -> dict[str, Any]:
    """What the rows' fields suggest, as (id, pairs), and the rows that a button adds, as (label, query)."""
    address = str(context["request"].META.get("REMOTE_ADDR") or "") if "request" in context else ""
    quick = [each for each in (one.at(address) for one in bound.field.quick) if each]
    hinted = [field for field in bound.blank().fields.values() if isinstance(field, Hinted)]
    return {
        "untold": list(filter(None, dict.fromkeys(field.untold() for field in hinted))),
        "lists": [(field.widget.attrs["list"], field.suggestions(address)) for field in hinted],
        "quick": [(label, f"{bound.html_name}?{urlencode(values)}") for label, values in quick],
    }


@register.simple_tag
def row_groups(row: forms.Form) -> list[controls.Group]:
    """The groups in which a row's fields stand, if its form has any."""
    return controls.groups_of(row)


@register.simple_tag
def attributes(control: controls.Control) -> SafeString:
    """What every control says of itself: name, id, limits, errors, description."""
    pairs: dict[str, Any] = {"name": control.name, "id": control.id} | dict(control.attrs)
    pairs["aria-describedby"] = control.described_by
    if control.errors:
        pairs["aria-invalid"] = "true"
    if control.within:
        pairs["aria-label"] = f"{control.label}, {control.within}"
    if not control.optional and control.kind not in {"checkbox", "radio", "checks"}:
        pairs["aria-required"] = "true"
    bare = format_html_join("", " {}", ((key,) for key, value in pairs.items() if value is True))
    valued = format_html_join(
        "", ' {}="{}"', ((key, value) for key, value in pairs.items() if value not in (True, False, None))
    )
    return format_html("{}{}", bare, valued)


def _control(context: dict[str, Any], bound: BoundField, *, within: str = "", as_: str = "") -> controls.Control:
    made = controls.control(bound, show_errors=context.get("show_errors", True), within=within)
    return replace(made, kind=as_) if as_ else made


def _render(context: dict[str, Any], name: str, control: controls.Control, **more: Any) -> SafeString:
    passed = {key: context[key] for key in _PASSED if key in context}
    return mark_safe(get_template(name).render(passed | {"c": control, "f": control.bound} | more))  # noqa: S308  a template's own output


@register.simple_tag
def choices(control: controls.Control, fits: str = "") -> picking.Table | None:
    """The table of choices of a Ref. `fits` names the field whose choice these must go with."""
    field: Any = control.bound.field
    if field.scope is None:
        return None
    match = ""
    if fits:
        other: Any = control.bound.form.fields[fits]
        item = controls.known(other, str(control.bound.form[fits].value() or ""))
        match = picking.matches(registry.resource(other.kind), item) if item else ""
    chosen = str(control.bound.value() or "")
    # What is chosen on a card beside the table is not chosen in the table too.
    chosen = "" if chosen in field.__dict__.get("_shelved", ()) else chosen
    return picking.table(field, field.scope.region, chosen=chosen, match=match)


@register.simple_tag
def newest(bound: BoundField, matches: str, *prefixes: str) -> list[dict[str, Any]]:
    """For each of the `matches` ("architecture=x86_64 architecture=arm64") the newest resource whose name starts with
    one of the prefixes, or None."""
    field: Any = bound.field
    kind, chosen = registry.resource(field.kind), str(bound.value() or "")
    found = {picking.matches(kind, item): item for item in picking.newest(controls.offered(field), kind, prefixes)}
    field.__dict__.setdefault("_shelved", set()).update(found[match].id for match in matches.split() if match in found)
    items = [(match, found.get(match)) for match in matches.split()]
    return [{"item": item, "match": match, "selected": bool(item and item.id == chosen)} for match, item in items]


@register.simple_tag
def costbar(parts: Iterable[CostPart]) -> SafeString:
    """A stacked bar of the parts of a cost."""
    return stack([part.amount for part in parts])
