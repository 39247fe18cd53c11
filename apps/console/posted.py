"""What a browser would post for a form's values, and drafts of it: so that a page has one way to draw a form, bound."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from apps.catalog.fields import BoundRows, Ref, Refs, Rows, is_row_number
from apps.catalog.scope import Scope

_PRIVATE = re.compile(r"PRIVATE KEY-----|PuTTY-User-Key-File")  # somebody took it for the public one
MOST_FIELDS = 2000  # names in a draft
# In a wizard's address. Not the names that every page's pickers use: a wizard narrows itself, not what lists show.
IN_ACCOUNT, IN_REGION = "in-account", "in-region"


def of(form: forms.Form) -> QueryDict:
    """The values that an unbound form shows, as its page would post them."""
    data = QueryDict(mutable=True)
    for bound in form:
        _put(data, bound)
    return data


def _put(data: QueryDict, bound: BoundField) -> None:
    if isinstance(bound, BoundRows):
        for row in bound.rows():
            for each in row:
                _put(data, each)
        return
    value = bound.value()
    if isinstance(bound.field, Refs | forms.MultipleChoiceField):
        value = value or []
    if isinstance(bound.field, forms.BooleanField):
        if value:
            data[bound.html_name] = "on"
    elif isinstance(value, list | tuple):
        data.setlist(bound.html_name, [str(each) for each in value])
    else:
        choice = isinstance(bound.field, forms.ChoiceField)
        shown = value if choice else bound.field.widget.format_value(value)
        data[bound.html_name] = "" if shown is None else str(shown)


def filled(data: QueryDict, form_class: type[forms.Form], given: QueryDict) -> QueryDict:
    """The data with what the address that led here gives in its place, by the fields' names. Rows are added to those
    that are there: `routes-add-0-target` is a field of a new one."""
    for name in form_class.base_fields.keys() & given.keys():
        data.setlist(name, given.getlist(name))
    for name, field in form_class.base_fields.items():
        if not isinstance(field, Rows):
            continue
        numbers = [key[len(name) + 1 :].partition("-")[0] for key in data if key.startswith(f"{name}-")]
        first = max((int(number) for number in numbers if is_row_number(number)), default=-1) + 1
        for key in given:
            number, _dash, rest = key.removeprefix(f"{name}-add-").partition("-")
            if key.startswith(f"{name}-add-") and is_row_number(number) and rest in field.row.base_fields:
                data.setlist(f"{name}-{first + int(number)}-{rest}", given.getlist(key))
    return data


def to_draft(data: QueryDict, form_class: type[forms.Form], account: str, region: str) -> str:
    """The fields' names and values for keeping, url-encoded, with where they are for; no password, no private key."""
    kept = QueryDict(mutable=True)
    kept["_account"], kept["_region"] = account, region
    for name in list(data)[:MOST_FIELDS]:
        field = form_class.base_fields.get(name.partition("-")[0])
        secret = field is None or isinstance(field.widget, forms.PasswordInput) or _PRIVATE.search(str(data[name]))
        if not secret:
            kept.setlist(name, data.getlist(name))
    return kept.urlencode()


def from_draft(kept: str) -> tuple[QueryDict, dict[str, str]]:
    """The form's values, and the account and Region (`account`, `region`) that they were for."""
    data = QueryDict(kept, mutable=True)
    at = {name: str(data.pop(f"_{name}", [""])[-1]) for name in ("account", "region")}
    return data, at


def without_strangers(data: QueryDict, form_class: type[forms.Form], scope: Scope) -> tuple[QueryDict, list[str]]:
    """The data without references to what this account and Region do not have, and the labels of those fields."""
    kept, dropped = data.copy(), []
    for name, field in form_class.base_fields.items():
        if not isinstance(field, Ref) or field.anywhere:
            continue
        there = [id for id in kept.getlist(name) if id and any(scope.get(kind, id) for kind in field.kinds)]
        if len(there) < len([id for id in kept.getlist(name) if id]):
            dropped.append(str(field.label or name))
            if isinstance(field, Refs):
                kept.setlist(name, there)
            else:
                kept.pop(name, None)
    return kept, dropped


def edited(data: QueryDict) -> tuple[QueryDict, dict[str, dict[str, str]]] | None:
    """The data after the button for adding or removing a row, which posts the form where there are no scripts, and
    the rows to add (by the field's name, with their values). `_add` is a field's name, with values for the row
    (`rules?type=ssh`); `_remove` a row's prefix. None: no such button was used."""
    if "_add" not in data and "_remove" not in data:
        return None
    after, extra = data.copy(), {}
    for asked in after.pop("_add", []):
        name, _, values = str(asked).partition("?")
        extra[name] = dict(parse_qsl(values))
    for prefix in after.pop("_remove", []):
        for key in [key for key in after if key.startswith(f"{prefix}-")]:
            after.pop(key)
    return after, extra


def row_index(data: QueryDict, widget: forms.Widget, name: str, number: int) -> int:
    """Which of the rows that count the posted row `number` is: rows that were left empty are passed over."""

    def before(key: str) -> bool:
        part = key.removeprefix(f"{name}-").partition("-")[0] if key.startswith(f"{name}-") else ""
        return is_row_number(part) and int(part) < number

    earlier = _only(data, before)
    return len(widget.value_from_datadict(earlier, None, name) or ())  # type: ignore[arg-type]


def _only(data: QueryDict, wanted: Callable[[str], bool]) -> QueryDict:
    found = QueryDict(mutable=True)
    for key in data:
        if wanted(key):
            found.setlist(key, data.getlist(key))
    return found
