"""What CloudWatch measured, in a cell: a line with the last value beside it, drawn on the server; or why none is."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.catalog.items import Item, Measured
from apps.catalog.metrics import Measure
from apps.catalog.resources import Column
from apps.cloud import metrics
from apps.cloud.explain import Explained
from apps.console import charts, rows
from apps.console.pieces import piece
from apps.console.scope import Unmeasured
from apps.console.templatetags.ui import bytesize

# The drawing in tenths of a pixel: the line has HEIGHT below TOP, the view is WIDTH by DEPTH.
WIDTH, DEPTH, HEIGHT, TOP, BEYOND = 680, 220, 200, 10, 20
CURRENT, STALE = SafeString("measure"), SafeString("measure stale")


def drawn(column: Column, item: Item, unmeasured: Unmeasured) -> SafeString:
    """The cell of a measure's column."""
    measure, label = column.measure, str(column.label)
    found = item.measured.get(column.key)
    why = _why(measure, item, unmeasured) if measure else ""
    if measure is None or found is None:
        return piece("resource/pieces/unmeasured.html")(label=label, why=why) if why else SafeString(rows.DASH)
    return _drawn(measure, label, found, why, datetime.now(UTC).date())


@lru_cache(maxsize=500)  # a list is shown more often than its values change
def _drawn(measure: Measure, label: str, found: Measured, why: str, today: date) -> SafeString:
    said = told(measure, found, today) if measure.curve else _last(measure, found, today)
    said, css = (f"{said} {why}", STALE) if why else (said, CURRENT)
    if not measure.curve:
        value = exact(measure, found.last)
        return piece("resource/pieces/measured.html")(css=css, label=label, told=said, value=value)
    path, value = _path(found.points, measure.metric.top), words(measure, found.last)
    return piece("resource/pieces/spark.html")(css=css, label=label, told=said, path=path, value=value)


def words(measure: Measure, value: float) -> str:
    """`12.3%`, `3.4 GiB`, `1.2k`: short, for beside a line."""
    unit = str(measure.metric.unit)
    if unit == "bytes":
        return bytesize(value)
    if unit == "%":
        return f"{value:.1f}%" if value >= 1 or not value else f"{value:.2g}%"
    return f"{charts.short(value)} {unit}".strip()


def exact(measure: Measure, value: float) -> str:
    """`1,234,567`; bytes and per cent as `words`."""
    unit = str(measure.metric.unit)
    return words(measure, value) if unit in {"bytes", "%"} else rows.words(value, unit)


def told(measure: Measure, found: Measured, today: date) -> str:
    """The line in words."""
    known = [value for value in found.points if value is not None]
    return _("%(label)s: last %(last)s at %(time)s, lowest %(lowest)s, highest %(highest)s.") % {
        "label": measure.metric.label,
        "last": words(measure, found.last),
        "time": _moment(measure, found.at, today),
        "lowest": words(measure, min(known)),
        "highest": words(measure, max(known)),
    }


def _last(measure: Measure, found: Measured, today: date) -> str:
    return _("Measured at %(time)s.") % {"time": _moment(measure, found.at, today)}


def _moment(measure: Measure, at: datetime, today: date) -> str:
    if measure.period >= 86400:
        return at.strftime("%Y-%m-%d")
    return at.strftime("%H:%M UTC" if at.date() == today else "%Y-%m-%d %H:%M UTC")


def _path(points: tuple[float | None, ...], top: float | None) -> SafeString:
    """The line as an SVG path that goes round its area: what of it lies outside the view is not drawn. Gaps are
    bridged, a single value is a level line."""
    scale = (top or max((value for value in points if value is not None), default=0) or 1) / HEIGHT
    across = _across(len(points))
    spots = [
        across[n] + _DOWN[max(min(round(value / scale), HEIGHT), 0)]
        for n, value in enumerate(points)
        if value is not None
    ]
    first = next(n for n, value in enumerate(points) if value is not None)
    if len(spots) == 1 and first:
        first -= 1
    start, height = across[first] if first else f"-{BEYOND} ", spots[0].partition(" ")[2]
    return SafeString(f"M{start}{DEPTH + BEYOND}V{height}L{' '.join(spots)}H{WIDTH + BEYOND}V{DEPTH + BEYOND}")


# Made once: a page draws hundreds of points.
_DOWN = tuple(str(TOP + HEIGHT - n) for n in range(HEIGHT + 1))


@cache
def _across(count: int) -> tuple[str, ...]:
    return tuple(f"{round(n * WIDTH / max(count - 1, 1))} " for n in range(count))


def _why(measure: Measure, item: Item, unmeasured: Unmeasured) -> str:
    """Why nothing, or nothing new, is known of something that could be measured; empty where nothing went wrong."""
    error = unmeasured.get((item.kind, measure.key, item.account, item.region))
    if error is None or (measure.when is not None and item.state not in measure.when):
        return ""
    return reason(error)


def reason(error: Mapping[str, str]) -> str:
    """A failed reading of CloudWatch in words."""
    found = Explained.from_json(error)
    if found.kind == "denied":
        return _("CloudWatch can't be read. It takes the permission %(permission)s. %(text)s") % {
            "permission": metrics.PERMISSION,
            "text": found.text,
        }
    return _("CloudWatch can't be read. %(text)s") % {"text": found.text}
