"""The one table."""

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("what", "ours", "floor", "ratio", "goal", "met")


@dataclass(frozen=True)
class Line:
    """`met` None: there is no goal, or none that this run can judge."""

    what: str
    ours: str
    floor: str = "–"
    ratio: str = "–"
    goal: str = "–"
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        verdict = "–" if self.met is None else "yes" if self.met else "NO"
        return self.what, self.ours, self.floor, self.ratio, self.goal, verdict


def table(lines: Sequence[Line]) -> str:
    cells = [HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(HEAD))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)
