"""Alarms as Terraform declares them."""

from collections.abc import Mapping
from typing import Any

from apps.catalog.resources import snake
from apps.services.cloudwatch import cloudwatch

Params = Mapping[str, Any]

# Where Terraform's name isn't AWS's.
_NAMES = {
    "OKActions": "ok_actions",
    "EvaluateLowSampleCountPercentile": "evaluate_low_sample_count_percentiles",
    "Metrics": "{metric_query}",
}


def _dimensions(found: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in found or ()}


def _query(query: Params) -> dict[str, Any]:
    measured: Params | None = query.get("MetricStat")
    metric: Params = (measured or {}).get("Metric") or {}
    return {
        **{snake(key): value for key, value in query.items() if key != "MetricStat"},
        "{metric}": measured
        and {
            "namespace": metric.get("Namespace"),
            "metric_name": metric.get("MetricName"),
            "dimensions": _dimensions(metric.get("Dimensions")),
            **{snake(key): value for key, value in measured.items() if key != "Metric"},
        },
    }


@cloudwatch.as_terraform("cloudwatch.put_metric_alarm", "aws_cloudwatch_metric_alarm")
def metric_alarm(params: Params) -> dict[str, Any]:
    special = {
        "Dimensions": _dimensions(params.get("Dimensions")),
        "Metrics": [*map(_query, params.get("Metrics") or ())],
    }
    return {_NAMES.get(key, snake(key)): special.get(key, value) for key, value in params.items() if key != "Tags"}


for _call, _on in (("enable", True), ("disable", False)):

    @cloudwatch.as_terraform(f"cloudwatch.{_call}_alarm_actions", "aws_cloudwatch_metric_alarm", part="AlarmNames")
    def actions(params: Params, on: bool = _on) -> dict[str, Any]:
        return {"actions_enabled": on}
