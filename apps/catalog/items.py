"""What a resource is to a declaration: plain data, wherever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of one account and Region. `attrs` is the object as AWS answered it; `account` is the id of the
    panel's account (a UUID as text); `zone` is empty where the kind has none."""

    kind: str
    id: str
    name: str = ""
    state: str = ""
    account: str = ""
    region: str = ""
    zone: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id
