"""How an operation and its steps are shown: tone, symbol, word, how far it is, how long it took."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.cloud.explain import Explained
from apps.console import scope
from apps.operations import query
from apps.operations.models import Operation, OperationStep, State
from apps.tenancy.decorators import SignedRequest

TONES = {
    "awaiting": ("warn", "user-check"),
    "queued": ("busy", "hourglass"),
    "running": ("busy", "loader-circle"),
    "succeeded": ("ok", "circle-check"),
    "failed": ("bad", "circle-x"),
    "cancelled": ("idle", "ban"),
    "declined": ("idle", "circle-x"),
    "attention": ("warn", "triangle-alert"),
}
STEP_TONES = {
    "planned": ("idle", "circle-dashed"),
    "started": ("busy", "loader-circle"),
    "waiting": ("busy", "loader-circle"),
    "done": ("ok", "circle-check"),
    "failed": ("bad", "circle-x"),
    "undoing": ("busy", "loader-circle"),
    "unsettling": ("busy", "loader-circle"),
    "undone": ("idle", "undo-2"),
    "skipped": ("idle", "circle-minus"),
    "unknown": ("warn", "triangle-alert"),
}


@dataclass(frozen=True)
class Line:
    """An operation in a list or in the dock, with how far it is."""

    operation: Operation
    total: int
    done: int
    now: str
    swept: int  # of the current step, where it is a sweep
    accounts: tuple[scope.Place, ...]

    @property
    def tone(self) -> str:
        return TONES[self.operation.state][0]

    @property
    def glyph(self) -> str:
        return TONES[self.operation.state][1]

    @property
    def word(self) -> str:
        return str(State(self.operation.state).label)

    @property
    def far(self) -> str:
        """How far the current step is, where it is a sweep."""
        return _("%(done)s done") % {"done": f"{self.swept:,}"} if self.swept else ""

    @property
    def segments(self) -> list[str]:
        """A class for each piece of the bar; twelve at most."""
        pieces = min(self.total, 12) or 1
        full = round(self.done / (self.total or 1) * pieces)
        going = not self.operation.ended
        # What was done of one that failed was taken back, as a rule: that is no progress.
        css = "back" if self.operation.state in {State.FAILED, State.CANCELLED} else "done"
        return [css if n < full else "now" if going and n == full else "" for n in range(pieces)]


@dataclass(frozen=True)
class StepLine:
    """A step of an operation's page."""

    row: OperationStep
    error: Explained | None
    region: str
    account: scope.Place | None
    noun: str = ""  # what a sweep goes over

    @property
    def sweep(self) -> str:
        """How far a sweep is."""
        done, failed = self.row.progress.get("done", 0), self.row.progress.get("failed", 0)
        if not self.noun or not (done or failed):
            return ""
        said = {"done": f"{done:,}", "failed": f"{failed:,}", "noun": self.noun}
        if failed:
            return _("%(done)s %(noun)s dealt with, %(failed)s could not be") % said
        return _("%(done)s %(noun)s dealt with") % said

    @property
    def tone(self) -> str:
        return STEP_TONES[self.row.state][0]

    @property
    def glyph(self) -> str:
        return STEP_TONES[self.row.state][1]

    @property
    def word(self) -> str:
        if self.row.state == "skipped" and self.sweep:
            return _("Stopped")
        return str(self.row.get_state_display())

    @property
    def segment(self) -> str:
        """The class of its piece of the bar."""
        return {"ok": "done", "busy": "now", "bad": "bad", "warn": "bad"}.get(self.tone, "")

    @property
    def took(self) -> str:
        return duration(self.row.started_at, self.row.ended_at)


def duration(start: datetime | None, end: datetime | None) -> str:
    """`850 ms`, `12 s`, `3 min 20 s`; empty while one of them is missing."""
    if start is None or end is None:
        return ""
    seconds = (end - start).total_seconds()
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def lines(request: SignedRequest, found: list[Operation]) -> list[Line]:
    counts = query.step_counts(found)
    places = {place.id: place for place in scope.accounts(request)}
    return [
        Line(
            one,
            counts[one.id]["total"],
            counts[one.id]["done"],
            counts[one.id]["now"],
            counts[one.id]["swept"],
            tuple(places[id] for id in one.accounts if id in places),
        )
        for one in found
    ]
