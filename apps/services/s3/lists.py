"""A list of short texts in one field: lines, blanks or commas between them."""

import re
from typing import Any

from django import forms

_BETWEEN = re.compile(r"[\s,]+")


class Words(forms.CharField):
    """The cleaned value is a list without doubles, in the order given."""

    def __init__(self, *, lines: int = 2, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": lines}), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return list(dict.fromkeys(each for each in _BETWEEN.split(text or "") if each))

    def run_validators(self, value: Any) -> None:
        """The limits of a text are of the whole, as it was given."""
        super().run_validators(joined(value))

    def validate(self, value: Any) -> None:
        super().validate(value or "")


def joined(words: Any) -> str:
    """The field's text for a list."""
    return "\n".join(words or ())
