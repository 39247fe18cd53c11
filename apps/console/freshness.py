"""How old a list is and which of its sources failed, from the scans in view."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.catalog.resources import Resource
from apps.console.rows import when
from apps.console.scope import Place, Seen, View
from apps.inventory.places import GLOBAL


@dataclass(frozen=True, slots=True)
class Failed:
    """A source (account and Region) that could not be read. `at` is when it last could. In `told`, `others` failed in
    the same way, and `key` is empty: all are read again at once."""

    key: str
    source: str
    text: str
    next: str
    code: str
    request_id: str
    denied: bool
    at: datetime | None
    others: tuple["Failed", ...] = ()

    @property
    def details(self) -> str:
        own = " ".join(part for part in (self.source, self.code, self.request_id, self.text) if part)
        return "\n".join([own, *(other.details for other in self.others)])


@dataclass(frozen=True, slots=True)
class Freshness:
    """`at`: when the oldest of the sources was read; `live`: all are as fresh as the kind asks; `running`: one is being
    read; `waiting`: sources that were never read; `stale` gives failed sources' (account, Region) their clock."""

    at: datetime | None = None
    live: bool = False
    running: bool = False
    waiting: int = 0
    failed: Sequence[Failed] = ()
    stale: dict[tuple[str, str], str] = field(default_factory=dict)
    total: int = 0
    sources: int = 0

    @property
    def told(self) -> list[Failed]:
        """What failed; what did in the same way in more than two places, once."""
        ways: dict[tuple[Any, ...], list[Failed]] = {}
        for one in self.failed:
            ways.setdefault((one.text, one.next, one.code, one.denied), []).append(one)
        return [
            one
            for same in ways.values()
            for one in (same if len(same) < 3 else [replace(same[0], key="", others=tuple(same[1:]))])
        ]


def judge(resource: Resource, seen: Sequence[Seen], places: Sequence[Place], view: View) -> Freshness:
    """The freshness of a kind over the places in view."""
    names = {place.id: place.name for place in places}
    mine = [one for one in seen if one.kind == resource.kind and view.holds(one.account, one.region)]
    known = {(one.account, one.region) for one in mine if one.finished_at}
    expected = {
        (place.id, region)
        for place in places
        for region in ((GLOBAL,) if resource.scope == GLOBAL else place.regions)
        if view.holds(place.id, region)
    }
    good = [moment for one in mine if not one.error and (moment := when(one.ok_at))]
    oldest = min(good, default=None)
    broken = [failed(one, names.get(one.account, "")) for one in mine if one.error]
    now = datetime.now(UTC)
    return Freshness(
        at=oldest,
        live=oldest is not None and now - oldest < timedelta(seconds=resource.fresh * 2 + 60),
        running=any(_running(one, now) for one in mine),
        waiting=len(expected - known),
        failed=broken,
        stale={(one.account, one.region): _clock(one) for one in mine if one.error and one.ok_at},
        total=sum(one.count for one in mine),
        sources=len(expected),
    )


def _running(one: Seen, now: datetime) -> bool:
    started, finished = when(one.started_at), when(one.finished_at)
    if started is None or now - started > timedelta(minutes=15):
        return False
    return finished is None or finished < started


def failed(one: Seen, account: str) -> Failed:
    """A failed scan in words; `account` is the account's name."""
    error: dict[str, Any] = one.error or {}
    return Failed(
        key=f"{one.account}:{one.region}",
        source=account if one.region == GLOBAL else f"{account} / {one.region}",
        text=str(error.get("text", "")),
        next=str(error.get("next", "")),
        code=str(error.get("code", "")),
        request_id=str(error.get("request_id", "")),
        denied=error.get("kind") == "denied",
        at=when(one.ok_at),
    )


def _clock(one: Seen) -> str:
    moment = when(one.ok_at)
    return moment.strftime("%H:%M") if moment else ""
