"""A field that chooses among what the target itself has: a group's instances, a load balancer's listeners."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django import forms

from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text

Offer = Callable[[Item, Scope | None], Iterable[tuple[str, Text]]]


class Among(forms.MultipleChoiceField):
    """Some of what a target has. `of(item, scope)` answers (value, label) pairs; of several targets all are offered
    together. `forms.bind` gives it the targets and where they are, so that labels may name what lies there. The
    cleaned value is a list without doubles."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, of: Offer, **kwargs: Any) -> None:
        self.of = of
        super().__init__(**kwargs)

    def offer(self, items: Sequence[Item], scope: Scope | None = None) -> None:
        """What can be chosen of these targets."""
        self.choices = list({value: (value, label) for item in items for value, label in self.of(item, scope)}.values())

    def clean(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().clean(value)))
