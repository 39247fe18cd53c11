"""Laying out a drawing: boxes in tiers to places in an SVG. All numbers are whole pixels of its own scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog.cards import Named
from apps.catalog.items import Item
from apps.catalog.maps import Box, Drawing, Map, Tier
from apps.catalog.text import one_line
from apps.console import cards
from apps.console.cards import Link
from apps.inventory.scope import InventoryScope
from apps.tenancy.access import Actor

WIDE, GAP, PAD, HEAD = 176, 16, 12, 26  # a box, between boxes, within a frame, a frame's and a tier's name
TOP, ROW = 34, 17  # a box's name, each of its lines
BETWEEN = 76  # tiers, where the lines run
MOST = 26  # characters of a name


@dataclass(frozen=True, slots=True)
class Placed:
    """A box at its place. `text` is its name as far as it fits."""

    x: int
    y: int
    wide: int
    tall: int
    box: Box
    text: str
    url: str
    lines: Sequence[tuple[int, str]]  # y and words

    @property
    def middle(self) -> int:
        return self.x + self.wide // 2

    @property
    def text_x(self) -> int:
        return self.x + 34

    @property
    def line_x(self) -> int:
        return self.x + 12

    @property
    def name_y(self) -> int:
        return self.y + 22

    @property
    def icon_x(self) -> int:
        return self.x + 12

    @property
    def icon_y(self) -> int:
        return self.y + 9

    @property
    def mark_x(self) -> int:
        return self.x + self.wide - 12

    @property
    def mark_y(self) -> int:
        return self.y + self.tall - 10


@dataclass(frozen=True, slots=True)
class Framed:
    x: int
    y: int
    wide: int
    tall: int
    label: str

    @property
    def text_x(self) -> int:
        return self.x + PAD

    @property
    def text_y(self) -> int:
        return self.y + 18


def context(actor: Actor, found: Map, item: Item) -> dict[str, Any]:
    """What the map's tab shows: the drawing, and the same in words."""
    drawing = found.draw(item, InventoryScope(actor, item.account, item.region))
    boxes = [box for tier in drawing.tiers for box in tier.all]
    if not boxes:
        return {"map": found, "nothing": True}
    links = cards.named(actor, [box.of for box in boxes if box.of], item)
    placed, frames, labels, size = lay_out(drawing, links)
    by_key = {one.box.key: one for one in placed}
    paths = [
        {"d": _path(by_key[line.start], by_key[line.end]), "bad": line.bad, "text": one_line(str(line.text))}
        for line in drawing.lines
        if line.start in by_key and line.end in by_key
    ]
    return {
        "map": found,
        "boxes": placed,
        "frames": frames,
        "labels": labels,
        "paths": paths,
        "wide": size[0],
        "tall": size[1],
        "told": told(drawing, by_key),
    }


def lay_out(
    drawing: Drawing, links: Mapping[Named, Link]
) -> tuple[list[Placed], list[Framed], list[tuple[int, str]], tuple[int, int]]:
    """Boxes, frames and the tiers' names at their places; width and height."""
    wide = max(_width(tier) for tier in drawing.tiers)
    placed: list[Placed] = []
    frames: list[Framed] = []
    labels: list[tuple[int, str]] = []
    y = 0
    for tier in drawing.tiers:
        if not tier.all:
            continue
        labels.append((y + 16, one_line(str(tier.label))))
        y += HEAD
        tall = max(_tall(box) for box in tier.all)
        top = y + (HEAD + PAD if tier.frames else 0)
        order = tier.all if tier.frames else _ordered(tier, drawing, placed)
        spots = _framed(tier, y, tall, frames, wide) if tier.frames else _spread(order, drawing, placed, wide)
        for box, x in zip(order, spots, strict=True):
            placed.append(_place(box, x, top, tall, links))
        y = top + tall + (PAD if tier.frames else 0) + BETWEEN
    return placed, frames, labels, (wide, y - BETWEEN + 2)


def _width(tier: Tier) -> int:
    count = len(tier.all)
    return count * WIDE + max(count - 1, 0) * GAP + 2 * PAD * len(tier.frames) + 2


def _tall(box: Box) -> int:
    return TOP + ROW * (len(box.lines) + bool(box.mark)) + 8


def _framed(tier: Tier, y: int, tall: int, frames: list[Framed], wide: int) -> list[int]:
    """The boxes' places side by side, each frame around its own."""
    spots: list[int] = []
    x = (wide - _width(tier)) // 2 + 1
    for frame in tier.frames:
        inner = len(frame.boxes) * WIDE + (len(frame.boxes) - 1) * GAP
        frames.append(Framed(x, y, inner + 2 * PAD, HEAD + tall + 2 * PAD, one_line(str(frame.label))))
        spots += [x + PAD + n * (WIDE + GAP) for n in range(len(frame.boxes))]
        x += inner + 2 * PAD + GAP
    return spots


def _wish(box: Box, drawing: Drawing, placed: Sequence[Placed]) -> int:
    """Below the middle of what leads to it."""
    above = {one.box.key: one.middle for one in placed}
    found = [above[line.start] for line in drawing.lines if line.end == box.key and line.start in above]
    return sum(found) // len(found) if found else max(above.values(), default=0)


def _ordered(tier: Tier, drawing: Drawing, placed: Sequence[Placed]) -> list[Box]:
    """So that few lines cross."""
    return sorted(tier.boxes, key=lambda box: (_wish(box, drawing, placed), str(box.label)))


def _spread(order: Sequence[Box], drawing: Drawing, placed: Sequence[Placed], wide: int) -> list[int]:
    """Each as near to its wish as its neighbours and the edges allow."""
    spots: list[int] = []
    for n, box in enumerate(order):
        rest = (len(order) - n) * (WIDE + GAP) - GAP
        least = spots[-1] + WIDE + GAP if spots else 1
        spots.append(max(least, min(_wish(box, drawing, placed) - WIDE // 2, wide - rest - 1)))
    return spots


def _place(box: Box, x: int, y: int, tall: int, links: Mapping[Named, Link]) -> Placed:
    name = one_line(str(box.label))
    text = name if len(name) <= MOST - 8 else f"{name[: MOST - 9]}…"
    link = links.get(box.of) if box.of else None
    lines = [(y + TOP + ROW * n + 10, _short(one_line(str(line)))) for n, line in enumerate(box.lines)]
    return Placed(x, y, WIDE, tall, box, text, link.url if link else "", lines)


def _short(text: str) -> str:
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def _path(start: Placed, end: Placed) -> str:
    """A curve from the foot of one box to the head of the other."""
    x1, y1, x2, y2 = start.middle, start.y + start.tall, end.middle, end.y
    half = (y2 - y1) // 2
    return f"M{x1} {y1}C{x1} {y1 + half} {x2} {y2 - half} {x2} {y2}"


def told(drawing: Drawing, by_key: Mapping[str, Placed]) -> list[dict[str, Any]]:
    """The drawing in words: by tier, each box with its facts and where it leads."""
    said = []
    for tier in drawing.tiers:
        groups = [(one_line(str(frame.label)), frame.boxes) for frame in tier.frames] or [("", tier.boxes)]
        found = [{"label": label, "boxes": [_said(box, drawing, by_key) for box in boxes]} for label, boxes in groups]
        if tier.all:
            said.append({"label": one_line(str(tier.label)), "groups": found})
    return said


def _said(box: Box, drawing: Drawing, by_key: Mapping[str, Placed]) -> dict[str, Any]:
    leads = [
        {"to": one_line(str(by_key[line.end].box.label)), "text": one_line(str(line.text))}
        for line in drawing.lines
        if line.start == box.key and line.end in by_key
    ]
    facts = [one_line(str(text)) for text in (box.mark, *box.lines) if text]
    return {"label": one_line(str(box.label)), "url": by_key[box.key].url, "facts": ", ".join(facts), "leads": leads}
