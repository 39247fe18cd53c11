"""Rows as they are posted: what a browser's form and JSON say of repeated input."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict


class Posted(dict[str, Any]):
    """A row as a browser posted it: text, of which the row's form makes numbers and truths. JSON has these already."""

    def as_query(self) -> QueryDict:
        data = QueryDict(mutable=True)
        for key, value in self.items():
            if isinstance(value, list | tuple):
                data.setlist(key, list(value))
            elif value not in (None, False):
                data[key] = "on" if value is True else value
        return data


def is_row_number(text: str) -> bool:
    """Whether it is the number of a row, as a page writes them."""
    return text.isascii() and text.isdecimal() and len(text) < 6


class RowsWidget(forms.Widget):
    """Reads `name-0-key`, `name-1-key` … from a browser's form, or a list of objects from JSON."""

    row: type[forms.Form]
    template_name = "fields/rows.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        if not isinstance(data, QueryDict):
            return data.get(name)
        parts = (key[len(name) + 1 :].partition("-")[0] for key in data if key.startswith(f"{name}-"))
        numbers = {int(part) for part in parts if is_row_number(part)}
        rows = []
        for n in sorted(numbers):
            row = Posted(
                (key, field.widget.value_from_datadict(data, files, f"{name}-{n}-{key}"))
                for key, field in self.row.base_fields.items()
            )
            if any(value not in (None, "", [], False) for key, value in row.items() if key not in self.quiet):
                rows.append(row)
        return rows

    @property
    def quiet(self) -> set[str]:
        """Fields with a choice or a default say nothing about whether somebody filled in the row; unless its form says
        that a choice is all that some rows have (`chosen`)."""
        if getattr(self.row, "chosen", False):
            return set()
        return (
            {
                key
                for key, field in self.row.base_fields.items()
                if field.initial not in (None, "") or isinstance(field, forms.ChoiceField | forms.BooleanField)
            }
            if any(field.initial in (None, "") for field in self.row.base_fields.values())
            else set()
        )

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(key == name or key.startswith(f"{name}-") for key in data)
