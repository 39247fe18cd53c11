"""A drawing of what lies in a resource and what leads where: boxes in tiers, with lines between them. A declaration
says what is there; the page lays it out, and says the same in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.catalog.cards import Named, Sheet
from apps.catalog.items import Item
from apps.catalog.scope import Scope
from apps.catalog.text import Text


@dataclass(frozen=True)
class Box:
    """A thing. `key` is what lines call it, `of` the resource that it stands for, `lines` are facts in a few words.
    `tone` (open, shut, bad) says how it is drawn, `mark` the same in words; `icon` stands before its name."""

    key: str
    label: Text
    of: Named | None = None
    lines: Sequence[Text] = ()
    tone: str = ""
    mark: Text = ""
    icon: str = "box"


@dataclass(frozen=True)
class Frame:
    """Boxes side by side with a name around them, such as those of one Availability Zone."""

    label: Text
    boxes: Sequence[Box]


@dataclass(frozen=True)
class Line:
    """What leads from one box to another in a lower tier. `text` says when, such as the destinations of routes."""

    start: str
    end: str
    text: Text = ""
    bad: bool = False


@dataclass(frozen=True)
class Tier:
    """What stands side by side; `label` says what these are."""

    label: Text
    frames: Sequence[Frame] = ()
    boxes: Sequence[Box] = ()

    @property
    def all(self) -> list[Box]:
        return [*(box for frame in self.frames for box in frame.boxes), *self.boxes]


@dataclass(frozen=True)
class Drawing:
    """Tiers from top to bottom, and what leads between them."""

    tiers: Sequence[Tier]
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Map:
    """A tab with a drawing. `draw(item, scope)` is pure: `scope` is the resource's account and Region as the asker may
    see them. It says `empty` where there is nothing to draw."""

    sheet: Sheet
    draw: Callable[[Item, Scope], Drawing]
    help: Text = ""
    empty: Text = ""
