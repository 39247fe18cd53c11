"""CloudWatch metrics as plain series: of one resource for its Monitoring tab, of many for what lists keep."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.catalog.items import Item
from apps.catalog.metrics import Marks, Metric
from apps.catalog.paths import getter
from apps.catalog.text import Text
from apps.cloud.calls import call
from apps.cloud.models import Account

AT_ONCE = 500  # queries that CloudWatch takes in one call
PERMISSION = "cloudwatch:GetMetricData"
_POINTS = 1440  # what CloudWatch answers at once for one series
_PAGES = 50  # of one call's answer; more means that an endpoint repeats itself

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True)
class Series:
    """`points` are (time, value) in order; empty when CloudWatch has none for the time."""

    metric: Metric
    points: tuple[Point, ...]

    @property
    def last(self) -> float | None:
        return self.points[-1][1] if self.points else None


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened: `tone` is ok, bad or idle."""

    at: datetime
    tone: str
    text: Text


def period_for(span: timedelta) -> int:
    """Seconds between points such that a chart of the span has at most 300, in steps that CloudWatch allows."""
    wanted = span.total_seconds() / 300
    return next((step for step in (60, 300, 900, 3600, 21600) if step >= wanted), 86400)


def series(
    account: Account,
    region: str,
    resource_id: str,
    metrics: Sequence[Metric],
    *,
    span: timedelta = timedelta(hours=3),
    until: datetime | None = None,
) -> list[Series]:
    """The metrics of one resource over the span that ends at `until` (now), one call for all. Raises CallFailed."""
    if not metrics:
        return []
    end = (until or datetime.now(UTC)).replace(second=0, microsecond=0) + timedelta(minutes=1)
    wanted = [(metric, resource_id) for metric in metrics]
    period = max(period_for(span), *(metric.period for metric in metrics))
    found = many(account, region, wanted, start=end - span, end=end, period=period)
    return [Series(metric, points) for metric, points in zip(metrics, found, strict=True)]


def happened(
    account: Account, item: Item, marks: Marks, *, span: timedelta, until: datetime | None = None
) -> list[Happened]:
    """What happened to a resource in the span that ends at `until` (now), the newest first. Raises CallFailed."""
    end = until or datetime.now(UTC)
    answer = call(account, item.region, marks.call, marks.params(item, end - span, end), timeout=15).data
    found = getter(marks.path)(answer) or ()
    said = ((datetime.fromisoformat(str(one[marks.at])), *marks.said(one)) for one in found if one.get(marks.at))
    return sorted((Happened(*one) for one in said), key=lambda one: one.at, reverse=True)


def many(
    account: Account,
    region: str,
    wanted: Sequence[tuple[Metric, str]],
    *,
    start: datetime,
    end: datetime,
    period: int,
) -> list[tuple[Point, ...]]:
    """The points of each metric and resource id, in the order asked; 500 queries a call. Raises CallFailed."""
    found: list[defaultdict[datetime, float]] = [defaultdict(float) for _ in wanted]
    queries = [(n, fixed) for n, (metric, _id) in enumerate(wanted) for fixed in metric.fixed]
    for first in range(0, len(queries), AT_ONCE):
        batch = queries[first : first + AT_ONCE]
        params = {
            "MetricDataQueries": [_query(m, *wanted[n], fixed, period) for m, (n, fixed) in enumerate(batch)],
            "StartTime": start,
            "EndTime": end,
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": min(_POINTS * len(batch), 100_800),
        }
        for result in _results(account, region, params):
            total = found[batch[int(result["Id"][1:])][0]]
            for at, value in _points(result):
                total[at] += value
    # Sorted here as well: not every endpoint honours ScanBy.
    return [tuple(sorted(points.items())) for points in found]


def _results(account: Account, region: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    token = None
    for _ in range(_PAGES):
        asked = {**params, "NextToken": token} if token else params
        answer = call(account, region, "cloudwatch.get_metric_data", asked, timeout=15).data
        yield from answer.get("MetricDataResults", ())
        token = answer.get("NextToken")
        if not token:
            return


def _query(n: int, metric: Metric, resource_id: str, fixed: Mapping[str, str], period: int) -> dict[str, Any]:
    dimensions = ({metric.dimension: metric.said(resource_id)} if metric.dimension else {}) | dict(fixed)
    return {
        "Id": f"m{n}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Period": period,
            "Stat": metric.stat,
        },
    }


def _points(result: Mapping[str, Any]) -> Iterable[Point]:
    times = (datetime.fromisoformat(time) for time in result.get("Timestamps", ()))
    return zip(times, (float(value) for value in result.get("Values", ())), strict=True)
