"""Geometry of the server-side charts: numbers in, points out. The tags that draw them stand in templatetags/ui.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, log10

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric, ready to draw. `grid` pairs a y with its words; `ticks` are the words under start, middle and end."""

    label: str
    unit: str
    values: Sequence[float | None]
    times: Sequence[datetime]
    top: float
    grid: tuple[tuple[float, str], ...]
    ticks: tuple[str, str, str]
    summary: str
    bound: float | None = None  # a level to be drawn across

    @property
    def empty(self) -> bool:
        return not any(value is not None for value in self.values)


def chart(
    label: str,
    unit: str,
    times: Sequence[datetime],
    values: Sequence[float | None],
    top: float | None = None,
    bound: float | None = None,
) -> Chart:
    """A chart of values at times (UTC, ascending, of one length); `top` fixes the scale, else it is a round number that
    has room for all values and for the `bound`."""
    known = [value for value in values if value is not None]
    highest = max([*known, *([bound] if bound is not None else [])], default=1)
    scale = top or nice(highest if highest > 0 else 1)
    words = (
        tuple(moment.strftime("%H:%M") for moment in (times[0], times[len(times) // 2], times[-1]))
        if times
        else ("", "", "")
    )
    summary = (
        _("%(label)s: average %(average)s %(unit)s, peak %(peak)s %(unit)s")
        % {"label": label, "unit": unit, "average": short(sum(known) / len(known)), "peak": short(max(known))}
        if known
        else _("%(label)s: no data") % {"label": label}
    )
    return Chart(
        label=label,
        unit=unit,
        values=values,
        times=times,
        top=scale,
        grid=((6.0, short(scale)), (40.0, short(scale / 2)), (74.0, "0")),
        ticks=(words[0], words[1], words[2]),
        summary=summary,
        bound=bound,
    )


def points(
    values: Sequence[float | None], width: float, height: float, top: float, *, left: float = 0, above: float = 0
) -> str:
    """The SVG points of a line; gaps are bridged. A single value draws a level line."""
    if len(values) == 1:
        values = [values[0], values[0]]
    step = width / max(len(values) - 1, 1)
    known = [(n, value) for n, value in enumerate(values) if value is not None]
    return " ".join(f"{left + n * step:.1f},{above + height - min(value / top, 1) * height:.1f}" for n, value in known)


def nice(value: float) -> float:
    """The next round number: 1, 2, 5 or 10 times a power of ten."""
    power = 10.0 ** (ceil(log10(value)) - 1)
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * 0.999))


def short(value: float) -> str:
    """`1.2k`, `3.4M`; three digits at most."""
    for size, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
