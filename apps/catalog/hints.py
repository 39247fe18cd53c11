"""What a row's form suggests: values for a text, and whole rows that are often wanted."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.catalog.scope import Scope
from apps.catalog.text import Text

HERE = "{address}"  # in a quick row's value: the block of the one address from which its reader reaches the panel


class Hinted(forms.CharField):
    """Text for which values are suggested: `fixed` are pairs of a value and what it is, of `kinds` the ids of
    what there is. With `here` the reader's own address is among them, as a CIDR block. Any other text may stand there,
    too. `forms.bind` gives it the scope that it looks in."""

    def __init__(
        self, *, fixed: Sequence[tuple[str, Text]] = (), kinds: Sequence[str] = (), here: bool = False, **kwargs: Any
    ) -> None:
        self.fixed, self.kinds, self.here = fixed, kinds, here
        self.scope: Scope | None = None
        super().__init__(**kwargs)

    def suggestions(self, address: str = "") -> list[tuple[str, str]]:
        """Pairs of a value and what it is; `address` is the reader's."""
        own = [(block(address), _("My address"))] if self.here and block(address) else []
        known = [item for kind in self.kinds for item in (self.scope.find(kind) if self.scope else ())]
        return own + [(value, str(text)) for value, text in self.fixed] + [(item.id, item.title) for item in known]

    def untold(self) -> str:
        """Why nothing can be suggested of a kind, in a whole sentence; any text may still be written."""
        return next(filter(None, (self.scope.untold(kind) for kind in self.kinds)), "") if self.scope else ""


@dataclass(frozen=True)
class Quick:
    """A button that adds a row with these values; HERE stands for the reader's own address, as in the label."""

    label: Text
    values: Mapping[str, str]

    def at(self, address: str) -> tuple[str, dict[str, str]] | None:
        """(label, values) for a reader at that address; None where it isn't known and the row needs it."""
        own = block(address)
        if HERE in self.values.values() and not own:
            return None
        values = {key: own if value == HERE else value for key, value in self.values.items()}
        return str(self.label).replace(HERE, address), values


def block(address: str) -> str:
    """The CIDR block of one address: `203.0.113.7/32`. Nothing of what is no address."""
    try:
        return str(ipaddress.ip_network(address))
    except ValueError:
        return ""
