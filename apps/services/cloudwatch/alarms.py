"""Alarms: a metric, the bound that it shall keep to, and what is done when it doesn't."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.cards import Named, Sheet, Shown
from apps.catalog.costs import Book, CostPart
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.resources import Call, Column, Marks, Metric, Related, Resource, Risk, State
from apps.catalog.text import Text
from apps.services.cloudwatch import ALARMS

RULE = Sheet("rule", _("Rule"), rank=5)
SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}

MISSING = (
    ("missing", _("Tell nothing")),
    ("notBreaching", _("Count as within the threshold")),
    ("breaching", _("Count as breaking the threshold")),
    ("ignore", _("Keep the state")),
)

ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")


def span(seconds: int) -> str:
    """Such as `5 min`."""
    for size, unit in ((86400, _now("d")), (3600, _now("h")), (60, _now("min"))):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} {_now('s')}"


def condition(item: Item) -> str:
    """The rule in one line: metric, bound, and how many periods out of how many."""
    attrs = item.attrs
    sign = SIGNS.get(attrs.get("ComparisonOperator", ""), attrs.get("ComparisonOperator") or "")
    of = attrs.get("EvaluationPeriods") or 1
    count = attrs.get("DatapointsToAlarm") or of
    metric = attrs.get("MetricName") or _now("An expression")
    bound = f"{attrs['Threshold']:g}" if attrs.get("Threshold") is not None else ""
    return f"{metric} {sign} {bound}, {count} / {of} × {span(attrs.get('Period') or 60)}"


def instance_of(item: Item) -> str:
    found = (each["Value"] for each in item.attrs.get("Dimensions") or () if each["Name"] == "InstanceId")
    return next(found, "")


def cost(item: Item, book: Book) -> tuple[CostPart, ...]:
    """By the metrics that it looks at; those of less than a minute cost three times as much."""
    fine = (item.attrs.get("Period") or 60) < 60
    each = book.entry("alarm", "fine" if fine else "standard")
    count = len([one for one in item.attrs.get("Metrics") or () if one.get("MetricStat")]) or 1
    return (CostPart(_("Alarm"), None if each is None else each * count),)


def metric_of(item: Item) -> tuple[Metric, ...]:
    """What it watches, with its threshold; nothing of an expression of several metrics."""
    attrs = item.attrs
    if not attrs.get("MetricName"):
        return ()
    bound = attrs.get("Threshold")
    return (
        Metric(
            attrs["MetricName"],
            attrs["MetricName"],
            attrs.get("Namespace") or "",
            "",
            attrs.get("Statistic") or attrs.get("ExtendedStatistic") or "Average",
            unit={"Percent": "%"}.get(attrs.get("Unit") or "", ""),
            fixed=({each["Name"]: each["Value"] for each in attrs.get("Dimensions") or ()},),
            bound=None if bound is None else (_now("Threshold"), float(bound)),
            period=attrs.get("Period") or 60,
        ),
    )


def _turned(one: Mapping[str, Any]) -> tuple[str, Text]:
    """Of a line of its history: the state that it came to."""
    words = {"OK": _now("OK"), "ALARM": _now("in alarm"), "INSUFFICIENT_DATA": _now("too few values")}
    try:
        told = json.loads(one.get("HistoryData") or "{}")
        old, new = (str(told[key]["stateValue"]) for key in ("oldState", "newState"))
    except (ValueError, KeyError, TypeError):
        return "idle", str(one.get("HistorySummary") or "")
    said = _now("From %(old)s to %(new)s") % {"old": words.get(old, old), "new": words.get(new, new)}
    if old == new:  # as it was made
        said = capfirst(words.get(new, new))
    return {"OK": "ok", "ALARM": "bad"}.get(new, "idle"), said


alarm = Resource(
    kind="cloudwatch.alarm",
    label=_("Alarm"),
    plural=_("Alarms"),
    group=ALARMS,
    icon="bell",
    rank=0,
    fresh=60,
    about=_("An alarm watches a metric and tells or acts when it goes out of bounds."),
    read=Call("describe_alarms", "MetricAlarms[]", by_id="AlarmNames", params={"AlarmTypes": ["MetricAlarm"]}),
    id="AlarmName",
    name="AlarmName",
    created="AlarmConfigurationUpdatedTimestamp",
    arn="AlarmArn",
    tags="",
    state=State("StateValue", ok={"OK"}, bad={"ALARM"}, idle={"INSUFFICIENT_DATA"}),
    columns=(
        Column(_("Condition"), condition, key="condition"),
        Column(_("Instance"), instance_of, key="instance", ref="ec2.instance"),
        Column(_("Actions on"), "ActionsEnabled", key="actions", facet=True),
        Column(_("State since"), "StateTransitionedTimestamp", key="since", time=True, wide=True),
        Column(_("Namespace"), "Namespace", facet=True, hidden=True),
        Column(_("Metric"), "MetricName", key="metric", facet=True, hidden=True),
        Column(_("Reason"), "StateReason", key="reason", hidden=True),
        Column(_("Description"), "AlarmDescription", key="description", hidden=True),
        Column(_("Changed"), "AlarmConfigurationUpdatedTimestamp", key="changed", time=True, hidden=True),
    ),
    monthly_cost=cost,
    metrics=metric_of,
    marks=Marks(
        _("State changes"),
        "cloudwatch.describe_alarm_history",
        lambda item, start, end: {
            "AlarmName": item.id,
            "HistoryItemType": "StateUpdate",
            "StartDate": start,
            "EndDate": end,
            "MaxRecords": 100,
        },
        "AlarmHistoryItems",
        "Timestamp",
        _turned,
    ),
    related=(
        Related("ec2.instance", "Dimensions[?Name=='InstanceId'].Value"),
        *(Related("sns.topic", f"{key}[?contains(@, ':sns:')]") for key in ACTIONS),
    ),
    example={
        "AlarmName": "api-1 CPU",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:api-1 CPU",
        "StateValue": "OK",
        "ActionsEnabled": True,
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "Dimensions": [{"Name": "InstanceId", "Value": "i-0b1f4c2e9d7a63f10"}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
    },
)


@alarm.card(RULE, _("Now"), rank=10)
def now_card(item: Item) -> Shown:
    said = {
        "OK": (_now("The metric keeps to its bounds."), "ok"),
        "ALARM": (_now("The metric is out of bounds."), "bad"),
        "INSUFFICIENT_DATA": (_now("CloudWatch has too few values to tell."), "idle"),
    }
    words, tone = said.get(item.state, ("", ""))
    reason = item.attrs.get("StateReason")
    return Shown(words=[text for text in (words, reason) if text], tone=tone)


@alarm.card(RULE, _("Rule"), verbs=("edit",), rank=20)
def rule_card(item: Item) -> Shown:
    attrs = item.attrs
    others = [each for each in attrs.get("Dimensions") or () if each["Name"] != "InstanceId"]
    dimensions = ", ".join(f"{each['Name']} = {each['Value']}" for each in others)
    missing = attrs.get("TreatMissingData") or "missing"
    facts = [
        (_now("Condition"), condition(item)),
        (_now("Statistic"), attrs.get("Statistic") or attrs.get("ExtendedStatistic")),
        (_now("Namespace"), attrs.get("Namespace")),
        *([(_now("Instance"), Named("ec2.instance", instance_of(item)))] if instance_of(item) else []),
        *([(_now("Dimensions"), dimensions)] if dimensions else []),
        (_now("Missing data"), dict(MISSING).get(missing, missing)),
    ]
    return Shown(facts=facts)


@alarm.card(RULE, _("Actions"), verbs=("edit", "enable-actions", "disable-actions"), rank=30)
def actions_card(item: Item) -> Shown:
    on = item.attrs.get("ActionsEnabled")
    words = _now("On: AWS does these as the state changes.") if on else _now("Off: AWS does none of these.")
    states = (
        (_now("When out of bounds"), "AlarmActions"),
        (_now("When it is in order again"), "OKActions"),
        (_now("When there are too few values"), "InsufficientDataActions"),
    )
    facts = [(label, item.attrs.get(key)) for label, key in states]
    return Shown(words=[words], tone="ok" if on else "warn", facts=facts)


def _switch(item: Item, on: bool) -> Step:
    said = {True: _("Turn on the actions of %(name)s"), False: _("Turn off the actions of %(name)s")}
    calls = {True: "cloudwatch.enable_alarm_actions", False: "cloudwatch.disable_alarm_actions"}
    undo = Step(calls[not on], title=said[not on] % {"name": item.id}, repeat="safe", AlarmNames=[item.id])
    touches = [(item.kind, [item.id])]
    title = said[on] % {"name": item.id}
    return Step(calls[on], title=title, repeat="safe", touches=touches, undo=undo, AlarmNames=[item.id])


def _is_on(item: Item) -> Text:
    return _("Its actions are on.") if item.attrs.get("ActionsEnabled") else ""


def _is_off(item: Item) -> Text:
    return "" if item.attrs.get("ActionsEnabled") else _("Its actions are off.")


@alarm.action(
    _("Turn actions on"),
    verb="enable-actions",
    icon="bell",
    unless=_is_on,
    on={"ActionsEnabled": False},
    iam="cloudwatch:EnableAlarmActions",
)
def enable_actions(item: Item, values: dict[str, Any]) -> Steps:
    yield _switch(item, True)


@alarm.action(
    _("Turn actions off"),
    verb="disable-actions",
    icon="ban",
    unless=_is_off,
    risk=Risk.INTERRUPTS,
    iam="cloudwatch:DisableAlarmActions",
    warn=lambda item: [_now("Nobody is told and nothing is done when %(name)s goes off.") % {"name": item.id}],
)
def disable_actions(item: Item, values: dict[str, Any]) -> Steps:
    yield _switch(item, False)


@alarm.action(_("Delete"), icon="trash-2", risk=Risk.DESTROYS, iam="cloudwatch:DeleteAlarms")
def delete(item: Item, values: dict[str, Any]) -> Steps:
    yield Step(
        "cloudwatch.delete_alarms",
        title=_("Delete %(name)s") % {"name": item.id},
        touches=[(item.kind, [item.id])],
        AlarmNames=[item.id],
    )
