"""A form's fields as the page draws them: which template, which words, which options. One template per type of field
stands in templates/fields/."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.text import capfirst

from apps.catalog import forms as binding
from apps.catalog import registry
from apps.catalog.fields import ROW, BoundRows, Ref, Refs, Region, Rows
from apps.catalog.hints import Hinted
from apps.catalog.items import Item
from apps.catalog.text import Text

MOST_OPTIONS = 100  # more are searched for on the server
_GROUPS = {"radio", "checks", "rows", "table", "seg"}  # several controls under one legend
_WIDE = {"radio", "checks", "rows", "table", "textarea", "refs"}


@dataclass(frozen=True)
class Option:
    """Something that can be chosen; `sub` stands small beside the label."""

    value: str
    label: str
    sub: str = ""
    selected: bool = False


@dataclass(frozen=True)
class Control:
    """One field, ready to draw. `kind` names the template; `within` are the words of the row that it is in, if any: its
    label is hidden then."""

    bound: BoundField
    kind: str
    errors: tuple[str, ...] = ()
    within: str = ""
    options: tuple[Option, ...] = ()
    more: bool = False  # there are more options than listed
    untold: str = ""  # why nothing could be suggested
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return self.kind if self.kind.endswith(".html") else f"fields/{self.kind}.html"

    @property
    def name(self) -> str:
        return self.bound.html_name

    @property
    def id(self) -> str:
        return self.bound.id_for_label or f"id_{self.name}"

    @property
    def label(self) -> str:
        return capfirst(str(self.bound.label))

    @property
    def help(self) -> str:
        return str(self.bound.help_text or "")

    @property
    def optional(self) -> bool:
        return not self.bound.field.required and self.kind not in {"checkbox", "rows"}

    @property
    def group(self) -> bool:
        return self.kind in _GROUPS or self.kind.endswith(".html")

    @property
    def wide(self) -> bool:
        return self.kind in _WIDE or self.kind.endswith(".html")

    @property
    def value(self) -> Any:
        """As the input's `value` wants it."""
        found = self.bound.value()
        shown = (
            self.bound.field.widget.format_value(found) if hasattr(self.bound.field.widget, "format_value") else found
        )
        return "" if shown is None else shown

    @property
    def checked(self) -> bool:
        return self.bound.value() not in (None, False, "", "false", "False")

    @property
    def described_by(self) -> str:
        return " ".join([f"e_{self.name}", *([f"h_{self.name}"] if self.help else [])])


def control(bound: BoundField, *, show_errors: bool = True, within: str = "") -> Control:
    """The field as it is drawn. Errors of an untouched form (a draft that was taken up again) are not shown."""
    kind = kind_of(bound)
    options, more = options_of(bound, kind)
    attrs = {key: value for key, value in bound.field.widget.attrs.items() if key != "class"}
    untold = ""
    if isinstance(bound.field, Hinted) and "list" not in attrs:  # those of rows have one list for all
        options, untold = tuple(Option(value, text) for value, text in bound.field.suggestions()), bound.field.untold()
        attrs["list"] = f"l_{bound.html_name}"
    return Control(bound, kind, _errors(bound) if show_errors else (), within, options, more, untold, attrs)


def rows_of(bound: BoundRows, added: Mapping[str, Any] | None) -> list[forms.Form]:
    """The forms of the rows, and one more with the values `added` where there is no script to add it."""
    rows = bound.rows()
    if added is not None:
        number = int(rows[-1].prefix.rpartition("-")[2]) + 1 if rows and rows[-1].prefix else 0
        more = binding.bind(
            bound.field.row, None, scope=bound.field.scope, initial=added, prefix=f"{bound.html_name}-{number}"
        )
        rows.append(more)
    return rows


@dataclass(frozen=True)
class Group:
    """Fields of a row under one heading, which stand open where one of them says something."""

    label: Text
    fields: Sequence[BoundField]
    open: bool


def groups_of(row: forms.Form) -> list[Group]:
    """A row's fields as its form's `groups` have them: pairs of a heading and the fields' names."""
    found = []
    for label, names in getattr(row, "groups", ()):
        fields = [row[name] for name in names]
        said = any(each.value() not in (None, "", False, []) or _errors(each) for each in fields)
        found.append(Group(label, fields, said))
    return found


def kind_of(bound: BoundField) -> str:
    """The name of the field's template."""
    found, widget = bound.field, bound.field.widget
    if isinstance(found, Rows):
        return "rows"
    if isinstance(found, Ref):
        return "refs" if isinstance(found, Refs) else "table" if found.picker else "ref"
    if isinstance(found, Region):
        return "select"
    for type, kind in (
        (forms.HiddenInput, "hidden"),
        (forms.CheckboxInput, "checkbox"),
        (forms.CheckboxSelectMultiple, "checks"),
        (forms.RadioSelect, "radio"),
        (forms.Select, "select"),
        (forms.Textarea, "textarea"),
        (forms.PasswordInput, "password"),
        (forms.NumberInput, "number"),
    ):
        if isinstance(widget, type):
            return kind
    return "text"


def options_of(bound: BoundField, kind: str) -> tuple[tuple[Option, ...], bool]:
    """What can be chosen, what is chosen always among it, and whether there is more than that."""
    chosen = _chosen(bound.value())
    if isinstance(bound.field, Ref):
        if kind == "table":
            return (), False
        chosen = [each for each in chosen if each]
        items = offered(bound.field)
        listed = [item for n, item in enumerate(items) if n < MOST_OPTIONS or item.id in chosen]
        return tuple(with_chosen((option(item, bound.field.anywhere) for item in listed), chosen, bound.field)), len(
            items
        ) > len(listed)
    choices = getattr(bound.field, "choices", None)
    if choices is None or kind == "hidden":
        return (), False
    return tuple(_choices(choices, chosen)), False


def offered(found: Ref) -> Sequence[Item]:
    """The field's options, read once per form: a page asks for them more than once."""
    known: Sequence[Item] | None = found.__dict__.get("_offered")
    if known is None:
        known = found.__dict__["_offered"] = found.options()
    return known


def known(found: Ref, value: str) -> Item | None:
    """The resource of that id, from the options where these were read already."""
    if "_offered" in found.__dict__:
        item = next((item for item in offered(found) if item.id == value), None)
        if item is not None:
            return item
    return found.chosen(value)


def option(item: Item, far: bool = False) -> Option:
    """A resource to choose: its name, and beside it the id, the zone (the Region, where it may be `far`) and its first
    columns."""
    kind = registry.resource(item.kind)
    facts = [] if item.title == item.id else [item.id]
    facts += [item.region] if far else [item.zone] if item.zone else []
    for column in kind.columns:
        if len(facts) < 3 and not (column.ref or column.time or column.hidden or column.wide):
            value = column.value(item)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
                unit = column.unit or (column.label if column.number else "")
                facts.append(f"{value:g} {unit}".strip() if column.number else f"{value} {unit}".strip())
    return Option(item.id, item.title, " · ".join(facts))


def with_chosen(options: Iterable[Option], chosen: Sequence[str], found: Ref) -> Iterable[Option]:
    """The options with the chosen ones marked; a chosen value that is none of them stays, so that it isn't lost."""
    left = dict.fromkeys(chosen)
    for each in options:
        selected = each.value in chosen
        left.pop(each.value, None)
        yield Option(each.value, each.label, each.sub, selected)
    for value in left:
        item = known(found, value)
        shown = option(item, found.anywhere) if item else Option(value, value)
        yield Option(shown.value, shown.label, shown.sub, True)


def _choices(choices: Iterable[Any], chosen: Sequence[str]) -> Iterable[Option]:
    """Groups of choices are flattened; a label with a line break has its second line beside it."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _choices(label, chosen)
        else:
            first, _, second = str(label).partition("\n")
            yield Option(str(value), first, second, str(value) in chosen)


def _chosen(value: Any) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return ["" if each is None else str(each) for each in values if each not in (None, "") or len(values) == 1]


def _errors(bound: BoundField) -> tuple[str, ...]:
    in_row: Mapping[str, list[str]] = getattr(bound.form, "row_errors", {})
    if in_row:
        return tuple(in_row.get(bound.name, ()))
    if isinstance(bound, BoundRows):
        return tuple(whole_errors(bound))
    return tuple(str(each) for each in bound.errors) if bound.form.is_bound else ()


def whole_errors(bound: BoundField) -> list[str]:
    """The errors of a Rows field that belong to no one row; each other stands in its row."""
    found = bound.form.errors.as_data().get(bound.name, ()) if bound.form.is_bound else ()
    return [str(message) for error in found if error.code != ROW for message in error.messages]
