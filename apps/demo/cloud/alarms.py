"""Topics of the demo company, and alarms that tell them. The emulator looks at the metrics itself."""

from collections.abc import Callable, Sequence
from typing import Any

from .machines import Launched

TOPICS = ("ops-alerts", "on-call")


def build(client: Callable[[str], Any], launched: Sequence[Launched]) -> None:
    """`client(service)` is one of a site's account and Region. Its first two instances are watched."""
    ops, on_call = (client("sns").create_topic(Name=name)["TopicArn"] for name in TOPICS)
    running = [one for one in launched if one.machine.state == "running"]
    for one, threshold, told in zip(running, (45, 90), (ops, on_call), strict=False):
        client("cloudwatch").put_metric_alarm(
            AlarmName=f"{one.machine.name} is busy",
            AlarmDescription="Look at what it does before it is made larger.",
            Namespace="AWS/EC2",
            MetricName="CPUUtilization",
            Dimensions=[{"Name": "InstanceId", "Value": one.id}],
            Statistic="Average",
            Unit="Percent",
            Period=300,
            EvaluationPeriods=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[told],
            OKActions=[told],
        )
