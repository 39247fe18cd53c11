"""The Monitoring tab: what CloudWatch measured of a resource over a range of time that is kept across pages."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.metrics import Metric
from apps.cloud import metrics
from apps.cloud.explain import CallFailed
from apps.cloud.metrics import Happened
from apps.cloud.models import Account
from apps.console import charts
from apps.console.details import Detail
from apps.tenancy.decorators import SignedRequest

RANGES = {
    "1h": (gettext_lazy("1 h"), timedelta(hours=1)),
    "3h": (gettext_lazy("3 h"), timedelta(hours=3)),
    "12h": (gettext_lazy("12 h"), timedelta(hours=12)),
    "1d": (gettext_lazy("1 day"), timedelta(days=1)),
    "1w": (gettext_lazy("1 week"), timedelta(weeks=1)),
}
Answer = tuple[str, dict[str, Any]]  # a template and its context
Points = tuple[tuple[datetime, float], ...]


def tab(request: SignedRequest, shown: Detail, account: Account) -> Answer:
    key, span, until = _range(request)
    context: dict[str, Any] = {
        "ranges": [(name, label, name == key) for name, (label, _span) in RANGES.items()],
        "zoomed": key == "",
    }
    try:
        series = metrics.series(account, shown.item.region, shown.item.id, shown.metrics, span=span, until=until)
    except CallFailed as failed:
        return "resource/tabs/monitoring.html", context | {"error": failed.explained}
    marks: Sequence[Happened] = ()
    if known := shown.resource.marks:
        try:
            marks = metrics.happened(account, shown.item, known, span=span, until=until)
        except CallFailed as failed:
            context["unmarked"] = failed.explained
    context["charts"] = [_chart(n, one.metric, one.points, marks) for n, one in enumerate(series)]
    return "resource/tabs/monitoring.html", context | {"marks": marks, "marked": known}


def glance(request: SignedRequest, shown: Detail, account: Account) -> Answer:
    metric = shown.metrics[0]
    context: dict[str, Any] = {"label": metric.label, "stat": _stat(metric), "bound": metric.bound}
    try:
        (series,) = metrics.series(account, shown.item.region, shown.item.id, [metric], span=timedelta(hours=3))
    except CallFailed as failed:
        return "resource/tabs/glance.html", context | {"error": failed.explained}
    context["chart"] = _drawn(metric, series.points)
    return "resource/tabs/glance.html", context


def _drawn(metric: Metric, points: Points) -> charts.Chart:
    times, values = [at for at, _v in points], [value for _at, value in points]
    bound = metric.bound[1] if metric.bound else None
    return charts.chart(str(metric.label), str(metric.unit), times, values, metric.top, bound)


def _chart(n: int, metric: Metric, points: Points, marks: Sequence[Happened]) -> dict[str, Any]:
    times, values = [at for at, _v in points], [value for _at, value in points]
    data = {
        "label": str(metric.label),
        "unit": str(metric.unit),
        "top": metric.top,
        "times": [int(at.timestamp()) for at in times],
        "values": values,
        "bound": {"label": str(metric.bound[0]), "value": metric.bound[1]} if metric.bound else None,
        "marks": [{"at": int(one.at.timestamp()), "tone": one.tone} for one in marks],
    }
    return {
        "chart": _drawn(metric, points),
        "bound": metric.bound,
        "data": json.dumps(data),
        "points": list(reversed(points)),
        "stat": _stat(metric),
        "id": f"chart-{n}",
    }


def _stat(metric: Metric) -> str:
    names = {"Average": _("Average"), "Maximum": _("Maximum"), "Minimum": _("Minimum"), "Sum": _("Sum")}
    return names.get(metric.stat, metric.stat)


KEPT = "metrics-range"  # in the session: what was chosen last, so that one range is kept across pages


def _range(request: SignedRequest) -> tuple[str, timedelta, datetime | None]:
    """The chosen range, or the part that was dragged over (`from` and `to` in seconds since 1970); else the one that
    the person chose last, wherever that was."""
    chosen = _chosen(request.GET)
    if chosen is None:
        kept = request.session.get(KEPT)
        return _chosen(kept if isinstance(kept, dict) else {}) or ("3h", RANGES["3h"][1], None)
    wanted = {key: request.GET[key] for key in (("range",) if chosen[0] else ("from", "to"))}
    if request.session.get(KEPT) != wanted:
        request.session[KEPT] = wanted
    return chosen


def _chosen(said: Mapping[str, str]) -> tuple[str, timedelta, datetime | None] | None:
    start, end = said.get("from", ""), said.get("to", "")
    plain = all(text.isdecimal() and len(text) < 11 for text in (start, end))
    if plain and 60 <= int(end) - int(start) <= 31 * 86400:
        return "", timedelta(seconds=int(end) - int(start)), datetime.fromtimestamp(int(end), UTC)
    key = said.get("range", "")
    return (key, RANGES[key][1], None) if key in RANGES else None
