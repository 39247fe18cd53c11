"""What a card has to ask AWS for as somebody looks, beyond the resource itself: calls as plain data."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog.text import Text


@dataclass(frozen=True)
class Ask:
    """One reading call in the resource's account. Its answer is of `kind`: who may not see these gets none. `region` is
    `global` where the service has no other."""

    call: str
    params: Mapping[str, Any]
    kind: str
    region: str = "global"


@dataclass(frozen=True)
class Told:
    """The answer, or in a whole sentence why there is none, with AWS's error code where it was AWS that refused."""

    found: Mapping[str, Any] | None = None
    refused: Text = ""
    code: str = ""


Asking = Generator[Sequence[Ask], Sequence[Told], Any]  # asks, is told, may ask again; returns what the card is shown
