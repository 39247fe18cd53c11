"""The processes of a group: what it does by itself, and holding some of that still."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.catalog.among import Among
from apps.catalog.cards import Shown
from apps.catalog.items import Item
from apps.catalog.plans import Step, Steps
from apps.catalog.scope import Scope
from apps.catalog.text import Text
from apps.services.autoscaling.capacity import ACTIVITY
from apps.services.autoscaling.groups import STEADY, UPDATING, group, suspended

# What does not happen while a process is suspended. Amazon EC2 Auto Scaling User Guide, "Suspend and resume processes".
PROCESSES: Mapping[str, Text] = {
    "Launch": _("No instance is launched, not even in place of one that fails."),
    "Terminate": _("No instance is ended, not even an unhealthy one."),
    "HealthCheck": _("Nobody looks whether instances are healthy."),
    "ReplaceUnhealthy": _("Unhealthy instances stay."),
    "AZRebalance": _("Instances are not spread over the zones anew."),
    "AlarmNotification": _("Scaling policies change nothing."),
    "ScheduledActions": _("Scheduled actions change nothing."),
    "AddToLoadBalancer": _("New instances get no requests: they are not registered, later neither."),
    "InstanceRefresh": _("Instance refreshes stand still."),
}


class SuspendForm(forms.Form):
    processes = forms.MultipleChoiceField(
        label=_("Processes"),
        choices=[(name, format_lazy("{}\n{}", name, said)) for name, said in PROCESSES.items()],
        widget=forms.CheckboxSelectMultiple,
    )


@group.action(
    _("Suspend processes"),
    verb="suspend",
    icon="pause",
    when={STEADY, UPDATING},
    form=SuspendForm,
    facts=("SuspendedProcesses",),
    means=lambda item, values: [f"{name}: {PROCESSES[name]}" for name in values["processes"]],
    iam="autoscaling:SuspendProcesses",
    example={"processes": ["ReplaceUnhealthy"]},
)
def suspend(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = [name for name in values["processes"] if name not in suspended(item)]
    if wanted:
        yield _processes(item, "suspend", wanted, undo=_processes(item, "resume", wanted))


def _suspended(item: Item, scope: Scope | None) -> Iterable[tuple[str, Text]]:
    return [(name, f"{name}\n{PROCESSES.get(name, '')}") for name in suspended(item)]


class ResumeForm(forms.Form):
    processes = Among(_suspended, label=_("Suspended processes"))


@group.action(
    _("Resume processes"),
    verb="resume",
    icon="play",
    when={STEADY, UPDATING},
    form=ResumeForm,
    facts=("SuspendedProcesses",),
    unless=lambda item: "" if suspended(item) else _now("%(name)s has no suspended process.") % {"name": item.title},
    iam="autoscaling:ResumeProcesses",
    example={"processes": ["AZRebalance"]},
)
def resume(item: Item, values: Mapping[str, Any]) -> Steps:
    wanted = [name for name in values["processes"] if name in suspended(item)]
    if wanted:
        yield _processes(item, "resume", wanted, undo=_processes(item, "suspend", wanted))


def _processes(item: Item, verb: str, names: list[str], undo: Step | None = None) -> Step:
    title = _("Suspend %(processes)s of %(name)s") if verb == "suspend" else _("Resume %(processes)s of %(name)s")
    return Step(
        f"autoscaling.{verb}_processes",
        title=title % {"processes": ", ".join(names), "name": item.title},
        repeat="safe",
        undo=undo,
        touches=[(item.kind, [item.id])],
        AutoScalingGroupName=item.id,
        ScalingProcesses=names,
    )


@group.card(
    ACTIVITY, _("Suspended processes"), verbs=("suspend",), removes=("resume",), empty=_("Everything runs."), rank=30
)
def suspended_card(item: Item) -> Shown:
    rows = [(name, str(PROCESSES.get(name, ""))) for name in suspended(item)]
    return Shown(heads=[_now("Process"), _now("What doesn't happen")], rows=rows)
