"""What is asked of a schedule, for both doors: a form of its own, and beside it the form of the act."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog import forms as binding
from apps.catalog import plans, registry
from apps.catalog.fields import Rows
from apps.catalog.resources import Routine
from apps.cloud.models import Account
from apps.operations import timetable
from apps.operations.models import Schedule
from apps.operations.recurrence import EVERY, MONTHDAYS, TIMETABLE, WEEKDAYS, cron_of
from apps.operations.schedules import Draft
from apps.tenancy import access
from apps.tenancy.access import Actor

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z", re.ASCII)


class Open(forms.MultipleChoiceField):
    """Several of a list that depends on who asks: the form's own `clean` holds the values against it."""

    widget = forms.CheckboxSelectMultiple

    def valid_value(self, value: str) -> bool:
        return True


class TagForm(forms.Form):
    """A tag that targets have. Several values, by commas, mean any of them."""

    key = forms.CharField(label=gettext_lazy("Key"), max_length=127)
    value = forms.CharField(label=gettext_lazy("Value"), max_length=256)


class ScheduleForm(forms.Form):
    """`offered` has the accounts that the asker may name, with their Regions."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    act = forms.ChoiceField(label=gettext_lazy("What is done"), required=False, widget=forms.RadioSelect)
    tags = Rows(
        TagForm,
        most=10,
        required=True,
        label=gettext_lazy("Tags"),
        add=gettext_lazy("Add tag"),
        help_text=gettext_lazy(
            "What has all of these is chosen anew at each run. Several values, by commas, mean any of them."
        ),
    )
    accounts = Open(
        label=gettext_lazy("Accounts"), required=False, help_text=gettext_lazy("None chosen: all, later ones too.")
    )
    regions = Open(
        label=gettext_lazy("Regions"),
        required=False,
        help_text=gettext_lazy("None chosen: all that an account is used in."),
    )
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=EVERY, initial="day")
    hours = forms.ChoiceField(
        label=gettext_lazy("Hours between two runs"),
        choices=[(n, n) for n in ("1", "2", "3", "4", "6", "8", "12")],
        initial="6",
        required=False,
    )
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=WEEKDAYS,
        initial=["0"],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.ChoiceField(label=gettext_lazy("Day of the month"), choices=MONTHDAYS, initial="1", required=False)
    time = forms.CharField(
        label=gettext_lazy("Time"),
        max_length=5,
        initial="03:00",
        required=False,
        help_text=gettext_lazy("Hours and minutes, such as 03:00. Every few hours: the minutes count."),
    )
    cron = forms.CharField(
        label=gettext_lazy("Cron expression"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Minute, hour, day of the month, month, day of the week, such as 30 2 * * 1-5."),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=lambda: [(name, name.replace("_", " ")) for name in timetable.zones()],
        initial="UTC",
        help_text=gettext_lazy("When clocks are set forward or back, each day still has its one run."),
    )
    grace = forms.IntegerField(
        label=gettext_lazy("May be late by, in minutes"),
        min_value=5,
        max_value=1440,
        initial=60,
        help_text=gettext_lazy("After that a run that nobody could begin counts as missed, and is not made up for."),
    )
    keep_count = forms.IntegerField(
        label=gettext_lazy("Keep the last"),
        min_value=1,
        max_value=1000,
        initial=7,
        required=False,
        help_text=gettext_lazy("So many of each target."),
    )
    keep_days = forms.IntegerField(
        label=gettext_lazy("Keep for days"),
        min_value=1,
        max_value=3650,
        required=False,
        help_text=gettext_lazy("With both, what either keeps stays. The newest complete one always stays."),
    )
    shows = {
        "hours": "every=hours",
        "weekdays": "every=week",
        "day": "every=month",
        "time": "every=hours,day,week,month",
        "cron": "every=cron",
    }
    needed = ("act", "hours", "weekdays", "day", "time", "cron")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered: Sequence[Account] | None = None
        acts = [(one.action.act, f"{one.action.label}\n{one.action.help}") for one in registry.routines()]
        self.fields["act"].choices = acts  # type: ignore[attr-defined]
        self.fields["act"].initial = acts[0][0]

    def clean_act(self) -> str:
        """There may be only one, of which no page makes a choice."""
        act: str = self.cleaned_data["act"] or self.fields["act"].initial
        return act

    def clean_time(self) -> str:
        time: str = self.cleaned_data["time"]
        if time and not _TIME.match(time):
            raise forms.ValidationError(_("Write hours and minutes, such as 03:00; this is %(time)s.") % {"time": time})
        return time

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        self._check_places(values)
        if not values.get("keep_count") and not values.get("keep_days") and not self.errors.keys() & {"keep_count"}:
            self.add_error("keep_count", _("Say how many are kept, or for how many days."))
        if not self.errors.keys() & {*TIMETABLE, "cron", "zone"}:
            self._check_timetable(values)
        return values

    def _check_places(self, values: Mapping[str, Any]) -> None:
        if self.offered is None:
            return
        known = {str(account.id) for account in self.offered}
        if strange := [id for id in values.get("accounts", ()) if id not in known]:
            self.add_error("accounts", _("There is no such account: %(ids)s.") % {"ids": ", ".join(strange)})
        there = {region for account in self.offered for region in account.regions}
        if strange := [code for code in values.get("regions", ()) if code not in there]:
            self.add_error("regions", _("No account is used in %(regions)s.") % {"regions": ", ".join(strange)})

    def _check_timetable(self, values: dict[str, Any]) -> None:
        every = values["every"]
        missing = {"week": "weekdays", "month": "day", "hours": "hours", "cron": "cron"}.get(every, "time")
        for name in {missing, "cron" if every == "cron" else "time"}:
            if not values.get(name):
                self.add_error(name, _("This field is required."))
                return
        values["cron"] = cron_of(values)
        try:
            timetable.check(values["cron"], values["zone"])
        except timetable.Unreadable as unreadable:
            self.add_error("cron" if every == "cron" else "every", str(unreadable))


@dataclass(frozen=True)
class Bound:
    """The two forms; `draft` where both are without errors. `acts` has the form of each act, for the page."""

    form: ScheduleForm
    acts: Mapping[str, forms.Form]
    draft: Draft | None = None

    @property
    def routine(self) -> Routine:
        """What is chosen, or the first."""
        return _chosen(self.form)

    @property
    def values(self) -> forms.Form:
        return self.acts[self.routine.action.act]


def offered(actor: Actor) -> list[Account]:
    """The accounts that the actor may name, by name. Inside tenant_tx."""
    rows = Account.objects.filter(tenant_id=actor.tenant_id).defer("secret").order_by("name")
    return [account for account in rows if access.sees(actor, account.id)]


def bind(actor: Actor, data: Mapping[str, Any] | None, *, schedule: Schedule | None = None) -> Bound:
    """The forms, unbound without data. `data` is a browser's QueryDict, in which the act's fields begin with its name,
    or JSON with an object `values`. What JSON leaves out stays as the schedule has it. Inside tenant_tx."""
    initial = _initial(schedule) if schedule else {}
    before: Mapping[str, Any] = schedule.values if schedule else {}
    given: Any = None
    if data is not None and not isinstance(data, QueryDict):
        given = data.get("values", before)
        data = {key: value for key, value in data.items() if key != "values"}
        initial |= _kept(data, new=schedule is None)
    form = binding.bind(ScheduleForm, data, initial=initial)
    assert isinstance(form, ScheduleForm)
    form.offered = offered(actor)
    form.fields["accounts"].choices = [  # type: ignore[attr-defined]
        (str(account.id), f"{account.name}\n{account.number}") for account in form.offered
    ]
    regions = sorted({region for account in form.offered for region in account.regions})
    form.fields["regions"].choices = [(code, code) for code in regions]  # type: ignore[attr-defined]
    chosen = _chosen(form).action.act
    acts = {
        one.action.act: _act_form(
            one, data, given, before if schedule and schedule.act == one.action.act else {}, chosen
        )
        for one in registry.routines()
    }
    bound = Bound(form, acts)
    if data is None or not form.is_valid() or not bound.values.is_valid():
        return bound
    return Bound(form, acts, _draft(form, bound.values))


def _kept(data: Mapping[str, Any], *, new: bool) -> dict[str, None]:
    """In JSON the rules that are null, and of a new one the rule that is left out beside the other, keep nothing."""
    rules = ("keep_count", "keep_days")
    given = [name for name in rules if data.get(name) is not None]
    return {name: None for name in rules if data.get(name) is None and (name in data or (new and given))}


def _chosen(form: forms.Form) -> Routine:
    known = {one.action.act: one for one in registry.routines()}
    return known.get(str(form["act"].value())) or next(iter(known.values()))


def _act_form(
    routine: Routine, data: Mapping[str, Any] | None, given: Any, before: Mapping[str, Any], chosen: str
) -> forms.Form:
    action = routine.action
    mine = action.act == chosen
    if given is not None:
        return binding.bind(action.form, given if mine else {})
    made = binding.bind(action.form, data if mine else None, initial=before, prefix=action.verb)
    if len(registry.routines()) > 1:
        made.shows = dict.fromkeys(made.fields, f"act={action.act}")  # type: ignore[attr-defined]
    return made


def _initial(schedule: Schedule) -> dict[str, Any]:
    names = ("name", "act", "tags", "accounts", "regions", "zone", "grace", "keep_count", "keep_days")
    entered = schedule.timetable or {"every": "cron"}
    return {name: getattr(schedule, name) for name in names} | dict(entered) | {"cron": schedule.cron}


def _draft(form: ScheduleForm, values: forms.Form) -> Draft:
    said = form.cleaned_data
    return Draft(
        name=said["name"],
        act=said["act"],
        values=plans.plain(values.cleaned_data),
        tags=[{"key": row["key"], "value": row["value"]} for row in said["tags"]],
        accounts=said["accounts"],
        regions=said["regions"],
        timetable={name: said[name] for name in TIMETABLE},
        cron=said["cron"],
        zone=said["zone"],
        keep_count=said["keep_count"],
        keep_days=said["keep_days"],
        grace=said["grace"],
    )
