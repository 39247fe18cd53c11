"""CloudWatch metrics of one resource as plain series, for its Monitoring tab."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.catalog.resources import Metric
from apps.cloud.calls import call
from apps.cloud.models import Account

_POINTS = 1440  # what CloudWatch answers at once for one series


@dataclass(frozen=True, slots=True)
class Series:
    """`points` are (time, value) in order; empty when CloudWatch has none for the time."""

    metric: Metric
    points: tuple[tuple[datetime, float], ...]

    @property
    def last(self) -> float | None:
        return self.points[-1][1] if self.points else None


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
    period = period_for(span)
    params = {
        "MetricDataQueries": [_query(n, metric, resource_id, period) for n, metric in enumerate(metrics)],
        "StartTime": end - span,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
        "MaxDatapoints": _POINTS * len(metrics),
    }
    answered = call(account, region, "cloudwatch.get_metric_data", params, timeout=15).data
    found = {result["Id"]: result for result in answered.get("MetricDataResults", ())}
    return [Series(metric, _points(found.get(f"m{n}", {}))) for n, metric in enumerate(metrics)]


def _query(n: int, metric: Metric, resource_id: str, period: int) -> dict[str, Any]:
    return {
        "Id": f"m{n}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": metric.dimension, "Value": resource_id}],
            },
            "Period": period,
            "Stat": metric.stat,
        },
    }


def _points(result: dict[str, Any]) -> tuple[tuple[datetime, float], ...]:
    times = [datetime.fromisoformat(time) for time in result.get("Timestamps", ())]
    # Sorted here as well: not every endpoint honours ScanBy.
    return tuple(sorted(zip(times, (float(value) for value in result.get("Values", ())), strict=True)))
