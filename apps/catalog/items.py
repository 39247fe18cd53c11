"""What a resource is to a declaration: plain data, wherever it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of a Measure: `points` up to `at`, which is when the last of them begins; None where there is a gap."""

    last: float
    points: tuple[float | None, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of one account and Region. `attrs` is the object as AWS answered it; `account` is the id of the
    panel's account (a UUID as text); `zone` is empty where the kind has none. `within` is the id of the resource that
    holds it, where the kind lies within another. `measured` has what a list or a page
    shows of the kind's measures, by key."""

    kind: str
    id: str
    name: str = ""
    state: str = ""
    account: str = ""
    region: str = ""
    zone: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    measured: Mapping[str, Measured] = field(default_factory=dict)
    within: str = ""

    @property
    def path(self) -> str:
        """What a role's path is held against: `holder/id` of what lies within another, else nothing."""
        return f"{self.within}/{self.id}" if self.within else ""

    @property
    def title(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id
