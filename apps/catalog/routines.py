"""What may be done by a timetable: the act, what it makes of each target, and how the old of that goes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.catalog.actions import Action
from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text

# What a schedule makes carries its id, and the id of what it was made from.
SCHEDULE, SOURCE, OPERATION = "northgate:schedule", "northgate:source", "northgate:operation"
TURN = "turn"  # the key among an action's values under which a schedule puts its Turn; no field has that name


@dataclass(frozen=True, slots=True)
class Turn:
    """One go of a schedule: whose it is, and the moment that it was due, in the schedule's time zone."""

    schedule: str
    due: datetime

    def tags(self, item: Item) -> list[dict[str, str]]:
        """What has to stand on everything that is made of the target, beside the operation's own tag."""
        return [{"Key": SCHEDULE, "Value": self.schedule}, {"Key": SOURCE, "Value": item.id}]


@dataclass(frozen=True, slots=True)
class Kept:
    """Things of a kind that a routine makes. `made` says where their ids stand in the answers of the calls that make
    them; `verb` with `values` is the action that deletes them."""

    kind: str
    made: Mapping[str, str]
    verb: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def act(self) -> str:
        return f"{self.kind}.{self.verb}"


@dataclass(frozen=True)
class Routine:
    """An action that no button has: a schedule asks for it. Its function finds a Turn under TURN among its values.
    `cost(item, values, copies, scope, book)` is the most that so many kept copies of a target cost a month.
    `unfit(item, values)` says why a target is left out, or nothing."""

    action: Action
    kept: tuple[Kept, ...]
    cost: Callable[[Item, Mapping[str, Any], int, Scope, Book], Iterable[CostPart]]
    unfit: Callable[[Item, Mapping[str, Any]], Text]
