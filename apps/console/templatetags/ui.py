"""Template tags for the small repeated pieces, so that no page writes an icon, a status or a chart by hand."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog import registry
from apps.catalog.items import Item
from apps.catalog.text import within
from apps.console import charts, refs, rows
from apps.console.highlight import spans

register = template.Library()

GLYPHS = {
    "ok": "circle-check",
    "busy": "loader-circle",
    "idle": "circle-minus",
    "bad": "triangle-alert",
    "warn": "triangle-alert",
    "unknown": "circle-dashed",
}
ENVIRONMENTS = {"production": "prod", "staging": "stage", "development": "dev"}


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, css: str = "") -> SafeString:
    """A symbol of the vendored sprite; decorative, so the control beside it carries the words."""
    sprite = static("vendor/icons/icons.svg")
    return format_html('<svg class="i {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, sprite, name)


@register.simple_tag
def icon_at(name: str, x: int, y: int) -> SafeString:
    """The same within a drawing, at a place of its own scale."""
    sprite, mark = static("vendor/icons/icons.svg"), '<svg class="i" x="{}" y="{}" width="16" height="16">{}</svg>'
    return format_html(mark, x, y, format_html('<use href="{}#{}"/>', sprite, name))


@register.simple_tag
@lru_cache(maxsize=1024)
def status(tone: str, state: str, glyph: str = "") -> SafeString:
    """Icon, word and colour; the raw AWS word stays in the title."""
    glyph = glyph or ("circle-x" if state == "terminated" else GLYPHS.get(tone, GLYPHS["unknown"]))
    return format_html('<span class="st {}" title="{}">{}{}</span>', tone, state, icon(glyph), words(state))


@lru_cache(maxsize=1024)
def words(state: str) -> str:
    """`shutting-down` and `CREATE_COMPLETE` as a person would write them; `InService` and `in-use` likewise."""
    if not state:
        return "–"
    if state == "OK":
        return state
    spaced = "".join(f" {c}" if c.isupper() and n and state[n - 1].islower() else c for n, c in enumerate(state))
    text = spaced.replace("_", " ").replace("-", " ").lower()
    return text[:1].upper() + text[1:]


@register.filter
def page_of(item: Item) -> str:
    """The address of a resource's page."""
    return f"{rows.base_url(registry.resource(item.kind))}{quote(refs.of(item), safe='@:')}/"


register.filter("words", words)
register.filter("within", within)


@register.simple_tag
@lru_cache(maxsize=1024)
def account(name: str, environment: str) -> SafeString:
    """An account's name with its environment's colour beside it."""
    return format_html('<span class="env {}">{}</span>', ENVIRONMENTS.get(environment, ""), name)


@register.filter
def env(environment: str) -> str:
    """The CSS class of an environment."""
    return ENVIRONMENTS.get(environment, "")


@register.filter
def usd(amount: Decimal | float | None) -> str:
    """`$1,027.84`, or a dash when there is no price."""
    return "–" if amount is None else f"${amount:,.2f}"


@register.filter
def thousands(number: int) -> str:
    """`11,519`."""
    return f"{number:,}"


@register.filter
def bytesize(size: int | float | None) -> str:
    """`3.4 MiB`."""
    if size is None:
        return "–"
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(value) < 1024 or unit == "TiB":
            return f"{value:,.0f} {unit}" if unit == "B" or value >= 100 else f"{value:,.1f} {unit}"
        value /= 1024
    return ""


@register.simple_tag
def ago(moment: datetime | None, show: str = "ago") -> SafeString:
    """A `<time>` whose words the browser keeps current; `show` is `ago`, `clock` or `full`, in the reader's zone."""
    if moment is None:
        return mark_safe("–")
    text = since(moment) if show == "ago" else moment.strftime("%H:%M" if show == "clock" else "%Y-%m-%d %H:%M:%S UTC")
    stamp = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" data-show="{}" title="{}">{}</time>', stamp, show, stamp, text)


def since(moment: datetime) -> str:
    """`8s ago`, as the browser goes on counting it; also for moments to come."""
    seconds = round((now() - moment).total_seconds())
    size, unit = next(
        ((n, u) for n, u in ((86400, _("d")), (3600, _("h")), (60, _("m"))) if abs(seconds) >= n), (1, _("s"))
    )
    amount = f"{abs(seconds) // size}{unit}"
    if seconds < 0:
        return _("in %(time)s") % {"time": amount}
    return _("%(time)s ago") % {"time": amount}


@register.simple_tag
def plot(chart: charts.Chart) -> SafeString:
    """A chart with axis, 392 x 92, for panels."""
    grid = format_html_join(
        "",
        '<line x1="34" x2="392" y1="{}" y2="{}"/><text x="0" y="{}">{}</text>',
        ((y, y, y + 3.5, text) for y, text in chart.grid),
    )
    line = charts.points(chart.values, 358, 68, chart.top, left=34, above=6)
    start, middle, end = chart.ticks
    bound: str | SafeString = ""
    if chart.bound is not None and 0 <= chart.bound <= chart.top:
        y = f"{74 - chart.bound / chart.top * 68:.1f}"
        bound = format_html('<line class="bound" x1="34" x2="392" y1="{}" y2="{}"/>', y, y)
    return format_html(
        '<svg class="plot" viewBox="0 0 392 92" role="img" aria-label="{}">{}<polygon points="34,74 {} 392,74"/>'
        '<polyline class="a" points="{}"/>{}<text x="34" y="90">{}</text>'
        '<text x="213" y="90" text-anchor="middle">{}</text><text x="392" y="90" text-anchor="end">{}</text></svg>',
        chart.summary,
        grid,
        line,
        line,
        bound,
        start,
        middle,
        end,
    )


@register.simple_tag
def stack(parts: Iterable[Decimal | float | None]) -> SafeString:
    """One bar of parts, for a sum of costs."""
    values = [float(part or 0) for part in parts]
    total, x, bars = sum(values) or 1.0, 0.0, []
    for n, value in enumerate(values):
        width = value / total * 400
        gap = 1.5 if n + 1 < len(values) else 0
        bars.append((n % 3 + 1, f"{x:.1f}", f"{max(width - gap, 0):.1f}"))
        x += width
    return format_html(
        '<svg class="stack" viewBox="0 0 400 8" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="s{}" x="{}" width="{}" height="8"/>', bars),
    )


@register.filter
def series(n: int) -> int:
    """The number of the colour of the nth part (from 1) of a stack."""
    return (n - 1) % 3 + 1


@register.simple_tag
def highlight(source: str, lang: str) -> SafeString:
    """Code with four classes, highlighted on the server: no script and no inline style."""
    return format_html_join("", "{}", ((span,) for span in spans(source, lang)))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The page's own query with changes: None drops a key, a list repeats it."""
    params: QueryDict = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            params.pop(key, None)
        elif isinstance(value, (list, tuple)):
            params.setlist(key, [str(one) for one in value])
        else:
            params[key] = str(value)
    return f"?{params.urlencode()}" if params else "?"


@register.simple_tag
def plural(count: int, one: str, many: str) -> str:
    """The word that fits the count; both already translated."""
    return ngettext(one, many, count)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def initials(name: str) -> str:
    """Up to two letters for the avatar."""
    parts = name.replace("@", " ").replace(".", " ").split()
    return "".join(part[0] for part in parts[:2]).upper() or "?"
