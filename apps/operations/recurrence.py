"""How often, as people say it: the choices of the form, and the cron expression and the words that follow from them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.operations.models import Schedule

WEEKDAYS = (
    ("1", gettext_lazy("Monday")),
    ("2", gettext_lazy("Tuesday")),
    ("3", gettext_lazy("Wednesday")),
    ("4", gettext_lazy("Thursday")),
    ("5", gettext_lazy("Friday")),
    ("6", gettext_lazy("Saturday")),
    ("0", gettext_lazy("Sunday")),
)
EVERY = (
    ("hours", gettext_lazy("Every few hours")),
    ("day", gettext_lazy("Every day")),
    ("week", gettext_lazy("On days of the week")),
    ("month", gettext_lazy("Every month")),
    ("cron", gettext_lazy("By a cron expression")),
)
MONTHDAYS = (*((str(day), str(day)) for day in range(1, 29)), ("L", gettext_lazy("Last day")))
TIMETABLE = ("every", "hours", "time", "weekdays", "day")


def cron_of(values: Mapping[str, Any]) -> str:
    """The cron expression of what was entered."""
    if values["every"] == "cron":
        return " ".join(values["cron"].split())
    hour, minute = (int(part) for part in values["time"].split(":"))
    match values["every"]:
        case "hours":
            return f"{minute} */{values['hours']} * * *"
        case "week":
            return f"{minute} {hour} * * {','.join(values['weekdays'])}"
        case "month":
            return f"{minute} {hour} {values['day']} * *"
    return f"{minute} {hour} * * *"


def words(schedule: Schedule) -> str:
    """The timetable as a person would say it."""
    said: Mapping[str, Any] = schedule.timetable or {"every": "cron"}
    time = said.get("time", "")
    match said["every"]:
        case "hours":
            count = int(said["hours"])
            return ngettext("Every hour", "Every %(count)d hours", count) % {"count": count}
        case "day":
            return _("Every day at %(time)s") % {"time": time}
        case "week":
            days = ", ".join(str(label) for key, label in WEEKDAYS if key in said["weekdays"])
            return _("%(days)s at %(time)s") % {"days": days, "time": time}
        case "month" if said["day"] == "L":
            return _("On the last day of each month at %(time)s") % {"time": time}
        case "month":
            return _("On day %(day)s of each month at %(time)s") % {"day": said["day"], "time": time}
    return schedule.cron
