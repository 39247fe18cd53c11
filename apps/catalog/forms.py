"""Binding a form to a scope, and what the REST door needs of it: strict JSON, schemas, errors by field."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core import validators
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.catalog.among import Among
from apps.catalog.fields import ROW, Ref, Refs, Region, Rows
from apps.catalog.hints import Hinted
from apps.catalog.items import Item
from apps.catalog.scope import Scope


def bind(
    form_class: type[forms.Form],
    data: Mapping[str, Any] | None = None,
    *,
    scope: Scope | None = None,
    initial: Mapping[str, Any] | None = None,
    items: Sequence[Item] = (),
    prefix: str | None = None,
) -> forms.Form:
    """A form whose references look in `scope`, for the targets `items`.

    `data` is a browser's QueryDict, or JSON: a field that JSON leaves out is as it was, or takes its default (the
    field's own where the form names it in `stated`: what a page fills in there is no answer of somebody's who never saw
    it); null empties it, as a page does; a field that the form does not have and a value of the wrong JSON type are
    errors.
    """
    wrong: dict[str, str] = {}
    if data is not None and not isinstance(data, QueryDict):
        data, wrong = _from_json(form_class, data, dict(initial or {}))
    form = form_class(data, initial=dict(initial or {}), prefix=prefix)
    form.scope, form.items = scope, items  # type: ignore[attr-defined]
    for field in form.fields.values():
        if isinstance(field, Ref):
            field.scope, field.items = scope, items
        elif isinstance(field, Rows | Region | Hinted):
            field.scope = scope
        elif isinstance(field, Among):
            field.offer(items, scope)
    if wrong:
        form.full_clean()
        for key, message in wrong.items():
            if key in form.fields:
                form._errors.pop(key, None)  # type: ignore[attr-defined]
            form.add_error(key if key in form.fields else None, message)
    return form


def _from_json(
    form_class: type[forms.Form], data: Any, initial: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    fields = form_class.base_fields
    if not isinstance(data, Mapping):
        return {}, {"__all__": _("Send an object, not %(type)s.") % {"type": _json_type(data)}}
    wrong = {key: _("There is no field %(name)s.") % {"name": key} for key in data if key not in fields}
    stated = getattr(form_class, "stated", ())
    full: dict[str, Any] = {}
    for key, field in fields.items():
        if key in data:
            full[key] = data[key]
            if problem := _wrong_type(field, data[key]):
                wrong[key] = problem
                full[key] = None
        else:
            default = field.initial if key in stated else initial.get(key, field.initial)
            full[key] = _without_nulls(default() if callable(default) else default)
    return full, wrong


def _without_nulls(default: Any) -> Any:
    """In the rows that a form begins with None is nothing that anybody said: it is the row's own default."""
    if not isinstance(default, list | tuple):
        return default
    return [
        {key: value for key, value in row.items() if value is not None} if isinstance(row, Mapping) else row
        for row in default
    ]


def _wrong_type(field: forms.Field, value: Any) -> str:
    """Why a JSON value can't be one of the field's; nothing when it can."""
    expected = json_type(field)
    actual = _json_type(value)
    if value is None and expected != "boolean":
        return ""  # whether it may be empty, the field says itself
    if (expected == "number" and actual == "integer") or expected == actual:
        if expected == "array" and not isinstance(field, Rows) and any(not isinstance(each, str) for each in value):
            return _("Each value is text.")
        if isinstance(value, str) and "\x00" in value:
            return _("A null character is not allowed.")
        return ""
    return _("The value is of type %(expected)s, not %(actual)s.") % {"expected": expected, "actual": actual}


def _json_type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case None:
            return "null"
    return "object"


def json_type(field: forms.Field) -> str:
    """The JSON type of a field's value."""
    if isinstance(field, Rows | Refs | forms.MultipleChoiceField):
        return "array"
    if isinstance(field, forms.BooleanField):
        return "boolean"
    if isinstance(field, forms.DecimalField | forms.FloatField):
        return "number"
    if isinstance(field, forms.IntegerField):
        return "integer"
    return "string"


def json_errors(form: forms.BaseForm) -> dict[str, list[str]]:
    """Messages by field; those of rows as `tags[1].key`, those of the whole form as `__all__`."""
    found: dict[str, list[str]] = {}
    for name, errors in form.errors.as_data().items():
        field = form.fields.get(name)
        for n, row in field.problems.items() if isinstance(field, Rows) else ():
            for key, messages in row.items():
                path = f"{name}[{n}]" if key == "__all__" else f"{name}[{n}].{key}"
                found.setdefault(path, []).extend(messages)
        for error in errors:
            if error.code != ROW:
                found.setdefault(name, []).extend(str(message) for message in error.messages)
    return found


def schema(form_class: type[forms.Form]) -> dict[str, Any]:
    """The JSON Schema (OpenAPI 3.1) of a form's input. Null empties what may be empty."""
    fields = form_class.base_fields
    out: dict[str, Any] = {
        "type": "object",
        "properties": {key: _property(field) for key, field in fields.items()},
        "additionalProperties": False,
    }
    if required := [key for key, field in fields.items() if field.required and field.initial in (None, "")]:
        out["required"] = required
    return out


def _property(field: forms.Field) -> dict[str, Any]:
    out: dict[str, Any] = {"type": json_type(field)}
    if isinstance(field, Rows):
        out |= {"items": schema(field.row), "maxItems": field.most}
    elif isinstance(field, Refs):
        out |= {"items": {"type": "string"}, "maxItems": field.most, "description": f"Ids: {', '.join(field.kinds)}"}
    elif isinstance(field, Among):
        out["items"] = {"type": "string"}
    elif isinstance(field, forms.MultipleChoiceField):
        out["items"] = {"type": "string", "enum": _values(field)}
    elif isinstance(field, forms.ChoiceField):
        out["enum"] = _values(field) + ([] if field.required else ["", None])
    out |= _bounds(field)
    if not field.required and out["type"] != "boolean":
        out["type"] = [out["type"], "null"]
    if field.label:
        out["title"] = str(field.label)
    if field.help_text:
        out["description"] = str(field.help_text)
    elif isinstance(field, Ref) and "description" not in out:
        out["description"] = f"Id: {', '.join(field.kinds)}"
    if field.initial not in (None, "") and not callable(field.initial):
        out["default"] = field.initial
    return out


def _values(field: forms.ChoiceField) -> list[str]:
    values: list[str] = []
    for value, label in field.choices:  # type: ignore[misc,union-attr]
        if isinstance(label, list | tuple):
            values += [str(inner) for inner, _label in label]
        else:
            values.append(str(value))
    return list(dict.fromkeys(values))


def _bounds(field: forms.Field) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if isinstance(field, Refs | Rows | forms.ChoiceField):
        return out
    if isinstance(field, forms.UUIDField):
        out["format"] = "uuid"
    for validator in field.validators:
        if isinstance(validator, validators.MaxLengthValidator):
            out["maxLength"] = validator.limit_value
        elif isinstance(validator, validators.MinLengthValidator):
            out["minLength"] = validator.limit_value
        elif isinstance(validator, validators.MaxValueValidator):
            out["maximum"] = _number(validator.limit_value)
        elif isinstance(validator, validators.MinValueValidator):
            out["minimum"] = _number(validator.limit_value)
    if field.required and json_type(field) == "string":
        out.setdefault("minLength", 1)
    return out


def _number(value: Any) -> Any:
    return value if isinstance(value, int) else float(value)
