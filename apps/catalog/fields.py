"""The form fields that AWS input needs besides Django's own: references to resources, and rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from apps.catalog.hints import Hinted, Quick
from apps.catalog.items import Item
from apps.catalog.posted import Posted, RowsWidget
from apps.catalog.posted import is_row_number as is_row_number
from apps.catalog.scope import Scope


class Ref(forms.CharField):
    """The id of a resource of a kind, in the account and Region that the form is for.

    `same` names an attribute that must equal the target's (`AvailabilityZone`); `where` fixes attributes. The cleaned
    value is the id. `also` are further kinds, of any of which it may be. `forms.bind` gives it the scope that it looks
    in; `anywhere` looks in every account and Region that the asker may see, for ids that are unique in the world.
    """

    def __init__(
        self,
        kind: str,
        *,
        also: Sequence[str] = (),
        same: str = "",
        where: Mapping[str, Any] | None = None,
        picker: str = "",
        anywhere: bool = False,
        **kwargs: Any,
    ) -> None:
        self.kind, self.also, self.same, self.where, self.picker = kind, tuple(also), same, dict(where or {}), picker
        self.anywhere = anywhere
        self.scope: Scope | None = None
        self.items: Sequence[Item] = ()
        super().__init__(max_length=kwargs.pop("max_length", 255), **kwargs)

    def options(self) -> Sequence[Item]:
        """What can be chosen, by name."""
        if self.scope is None:
            return ()
        if self.anywhere:
            found = [item for kind in self.kinds for item in self.scope.everywhere(kind)]
        else:
            found = [item for kind in self.kinds for item in self.scope.find(kind, **self.where)]
        return [item for item in found if self._fits(item)]

    def chosen(self, value: str) -> Item | None:
        """The resource of that id, whichever of the kinds it is of."""
        if self.scope is None or not value:
            return None
        if self.anywhere:
            far = (item for kind in self.kinds for item in self.scope.everywhere(kind))
            return next((item for item in far if item.id == value), None)
        found = (self.scope.get(kind, value) for kind in self.kinds)
        return next((item for item in found if item), None)

    @property
    def kinds(self) -> tuple[str, ...]:
        return (self.kind, *self.also)

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value:
            self._check(value)
        return value

    def _check(self, value: str) -> None:
        if self.scope is None:
            return
        item = self.chosen(value)
        if item is None:
            raise forms.ValidationError(
                _("%(value)s is not known in this account and Region. Refresh the list if it is new."),
                params={"value": value},
                code="unknown",
            )
        if not self._fits(item):
            raise forms.ValidationError(
                _("%(value)s does not fit: %(attribute)s must be the same as the target's."),
                params={"value": value, "attribute": self.same or ", ".join(self.where)},
                code="unfit",
            )

    def _fits(self, item: Item) -> bool:
        if any(item.attrs.get(key) != wanted for key, wanted in self.where.items()):
            return False
        return not self.same or all(_attribute(item, self.same) == _attribute(to, self.same) for to in self.items)


def _attribute(item: Item, name: str) -> Any:
    return item.zone if name == "AvailabilityZone" else item.attrs.get(name)


class Refs(Ref):
    """Several ids of resources of a kind; the cleaned value is a list without doubles."""

    widget = forms.SelectMultiple

    def __init__(self, kind: str, *, most: int = 50, **kwargs: Any) -> None:
        self.most = most
        super().__init__(kind, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = [value]
        return list(dict.fromkeys(str(each).strip() for each in value or () if str(each).strip()))

    def clean(self, value: Any) -> Any:
        ids = self.to_python(value)
        if self.required and not ids:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(ids) > self.most:
            raise forms.ValidationError(
                _("Choose at most %(most)d, not %(count)d."), params={"most": self.most, "count": len(ids)}
            )
        for each in ids:
            self._check(each)
        return ids


class Region(forms.CharField):
    """A Region of the account that the form is for. `forms.bind` gives it the scope that it asks for them."""

    def __init__(self, **kwargs: Any) -> None:
        self.scope: Scope | None = None
        super().__init__(max_length=32, **kwargs)

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return [("", _("Choose")), *((code, code) for code in (self.scope.regions if self.scope else ()))]

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if value and self.scope is None:
            raise forms.ValidationError(_("They lie in several accounts or Regions: choose those of one at a time."))
        if value and self.scope and value not in self.scope.regions:
            raise forms.ValidationError(
                _("%(value)s is not among the account's Regions in the panel. Add it to the account first."),
                params={"value": value},
                code="unknown",
            )
        return value


ROW = "row"  # the code of a Rows field's errors that belong to one row; Rows.problems has them by row


def _row_error(by_row: Mapping[int, Mapping[str, list[str]]], labels: Mapping[str, str]) -> forms.ValidationError:
    """One message for each, as people read them above the table."""
    messages = [
        _("Row %(row)d, %(field)s: %(message)s") % {"row": n + 1, "field": labels.get(key, key), "message": message}
        if key != "__all__"
        else _("Row %(row)d: %(message)s") % {"row": n + 1, "message": message}
        for n, errors in by_row.items()
        for key, found in errors.items()
        for message in found
    ]
    return forms.ValidationError([forms.ValidationError(message, code=ROW) for message in messages])


class Rows(forms.Field):
    """Repeated input: in the browser a table with add and remove, in the API a list of objects, one validator. The
    cleaned value is a list of the row form's cleaned data. With `tags` the rows are tags (`key`, `value`): those that
    the account requires stand there from the start and need a value. `quick` are buttons that add a row. The fields
    that a row's form names as its `line` stand in one, the others below it where the form's `shows` says so.
    """

    def __init__(
        self,
        row: type[forms.Form],
        *,
        most: int = 50,
        add: Any = None,
        tags: bool = False,
        quick: Sequence[Quick] = (),
        **kwargs: Any,
    ) -> None:
        self.row, self.most, self.add_label, self.tags, self.quick = row, most, add or _("Add row"), tags, quick
        self.scope: Scope | None = None
        self.problems: Mapping[int, Mapping[str, list[str]]] = {}  # set by clean: row number, field, messages
        kwargs.setdefault("required", False)
        kwargs.setdefault("initial", list)
        super().__init__(widget=type("Widget", (RowsWidget,), {"row": row}), **kwargs)

    def clean(self, value: Any) -> list[dict[str, Any]]:
        from apps.catalog import forms as binding

        rows = self.completed(list(value or []))
        if self.required and not rows:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(rows) > self.most:
            raise forms.ValidationError(
                _("At most %(most)d rows, not %(count)d."), params={"most": self.most, "count": len(rows)}
            )
        cleaned, errors = [], {}
        for n, row in enumerate(rows):
            form = binding.bind(self.row, row.as_query() if isinstance(row, Posted) else row, scope=self.scope)
            if not form.is_valid():
                errors[n] = binding.json_errors(form)
            elif form.cleaned_data.get("key") in self.locked and not form.cleaned_data.get("value"):
                errors[n] = {"value": [str(_("The account requires this tag: give it a value."))]}
            else:
                cleaned.append(form.cleaned_data)
        if errors:
            labels = {key: str(field.label or key) for key, field in self.row.base_fields.items()}
            self.problems = errors
            raise _row_error(errors, labels)
        return cleaned

    @property
    def locked(self) -> Sequence[str]:
        """The keys of the rows that must be there."""
        return self.scope.required_tags if self.tags and self.scope else ()

    def completed(self, rows: list[Any]) -> list[Any]:
        """The rows with those in front that must be there and are missing."""
        there = [row.get("key") for row in rows if isinstance(row, Mapping)]  # in JSON it may be anything
        return [*({"key": key, "value": ""} for key in self.locked if key not in there), *rows]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(data or [])

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> BoundField:
        return BoundRows(form, self, field_name)


class BoundRows(BoundField):
    """A Rows field of a form, with the forms of its rows for the page."""

    field: Rows

    def rows(self) -> list[forms.Form]:
        """A form per row, named as the browser posts it, with the row's errors."""
        value = self.field.completed(list(self.value() or []))
        problems = self.field.problems if self.form.is_bound and self.form.errors else {}
        return [self._row(n, row, problems.get(n)) for n, row in enumerate(value) if isinstance(row, Mapping)]

    def blank(self) -> forms.Form:
        """The form that the page copies when a row is added."""
        return self._row("__n__", {}, None)

    def headings(self) -> Iterable[Any]:
        line = getattr(self.field.row, "line", ())
        fields = self.field.row.base_fields
        return [f.label for key, f in fields.items() if not f.widget.is_hidden and (not line or key in line)]

    def _row(self, n: int | str, row: Mapping[str, Any], problems: Mapping[str, list[str]] | None) -> forms.Form:
        from apps.catalog import forms as binding

        form = binding.bind(
            self.field.row, None, scope=self.field.scope, initial=dict(row), prefix=f"{self.html_name}-{n}"
        )
        form.row_errors = problems or {}  # type: ignore[attr-defined]
        for key in [key for key, field in form.fields.items() if isinstance(field, Hinted)]:
            form.fields[key].widget.attrs["list"] = f"l_{self.html_name}_{key}"
        if row.get("key") in self.field.locked and self.field.scope:
            form.locked = True  # type: ignore[attr-defined]
            form.fields["key"].widget.attrs["readonly"] = True
            form.fields["value"].required = True
            form.suggestions = self.field.scope.tag_values(str(row["key"]))  # type: ignore[attr-defined]
            form.fields["value"].widget.attrs["list"] = f"s_{form.prefix}"
        return form
