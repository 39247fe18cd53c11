"""When a schedule is due: a cron expression read in a time zone. Where clocks are set forward, what would be due in
the hour that is left out comes right after it; where they are set back, it comes once. All instants are UTC."""

import math
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise, takewhile

from cronsim import CronSim, CronSimError
from django.utils.translation import gettext as _

LEAST = timedelta(hours=1)  # between two moments: nobody backs up more often, and each costs AWS calls
LOOKED = 400  # moments over which that is held
BEYOND = timedelta(days=366 * 5)


class Unreadable(ValueError):
    """Not a timetable; the message says why, for who wrote it."""


@cache
def zones() -> tuple[str, ...]:
    """The names of the time zones, UTC first."""
    names = zoneinfo.available_timezones()
    return ("UTC", *sorted(name for name in names if "/" in name and not name.startswith(("Etc/", "SystemV/"))))


def check(cron: str, zone: str) -> None:
    """Raises Unreadable unless it is one, of five fields, that comes at all and not too often."""
    if len(cron.split()) != 5:
        raise Unreadable(_("Write five fields: minute, hour, day of the month, month, day of the week."))
    if zone not in zones():
        raise Unreadable(_("There is no time zone %(zone)s.") % {"zone": zone})
    try:
        found = list(islice(after(cron, zone, datetime(2026, 1, 1, tzinfo=UTC)), LOOKED))
    except CronSimError as error:
        raise Unreadable(_("%(cron)s is not a cron expression: %(why)s.") % {"cron": cron, "why": error}) from error
    if not found:
        raise Unreadable(_("It never comes."))
    pairs = pairwise(found)
    # Local times an hour apart come together on the day that the clocks are set forward: that is not too often.
    if sum(later - earlier < LEAST for earlier, later in pairs) > 4:
        raise Unreadable(_("It may come once an hour at most."))


def after(cron: str, zone: str, moment: datetime) -> Iterator[datetime]:
    """The moments after one, the next first; they end where none comes in years. Raises CronSimError."""
    end = moment + BEYOND
    for found in CronSim(cron, moment.astimezone(zoneinfo.ZoneInfo(zone))):
        if found > end:
            return
        yield found.astimezone(UTC)


def following(cron: str, zone: str, moment: datetime) -> datetime | None:
    """The next moment after one."""
    return next(after(cron, zone, moment), None)


def past(cron: str, zone: str, first: datetime, now: datetime, most: int) -> tuple[list[datetime], int]:
    """The moments from `first` (itself one) to now, the newest `most` of them, and how many came before these."""
    found, dropped = [first], 0
    for moment in after(cron, zone, first):
        if moment > now:
            break
        found.append(moment)
        if len(found) > most:
            found.pop(0)
            dropped += 1
    return found, dropped


def copies(cron: str, zone: str, count: int | None, days: int | None, now: datetime) -> int:
    """How many results of each target are kept at most, at any time: those that the rules keep, and the newest."""
    by_days = 0
    if days:
        span = timedelta(days=days)
        moments = list(takewhile(lambda moment: moment <= now + span, islice(after(cron, zone, now), LOOKED)))
        by_days = len(moments)
        if by_days == LOOKED:  # the rest as often as these
            by_days = math.ceil(span / (moments[-1] - now) * LOOKED)
    return max(count or 0, by_days) + 1
