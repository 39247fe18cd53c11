"""Taking back what a group of steps did, by the undo of each."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations import waiting
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import ATTEMPTS, THROTTLES, backoff
from apps.operations.params import params

BELIEVED = 3  # times that AWS says that there is nothing to take back


def take_back(journal: Journal, rows: Sequence[OperationStep]) -> None:
    """Runs the undo of each step that took effect, the last first."""
    for row in reversed(rows):
        undo = journal.steps[row.key]["undo"]
        effective = row.state in {"done", "undoing", "unsettling"} or (row.state == "failed" and row.output is not None)
        if not effective or undo is None:
            continue
        spec = undo | {key: journal.steps[row.key][key] for key in ("account", "region")}
        if row.state != "unsettling":
            _undo(journal, row, spec)
        if row.state == "unsettling":
            waiting.wait(journal, row, spec, "undone", "unknown")


def _undo(journal: Journal, row: OperationStep, spec: Mapping[str, Any]) -> None:
    if row.state != "undoing":
        with journal.writing():
            journal.save(row, attempts=0)
    sent = params(journal, spec, row)
    journal.intent(row, "undoing", spec["call"], sent)
    try:
        answer = call(journal.account(spec), spec["region"], spec["call"], sent)
    except CallFailed as failed:
        _undo_failed(journal, row, spec, failed.explained)
        return
    state = "unsettling" if spec["until"] else "undone"
    journal.outcome(row, spec["call"], "ok", request_ids=[answer.request_id], state=state)
    waiting.refresh(journal, spec)


def _undo_failed(journal: Journal, row: OperationStep, spec: Mapping[str, Any], error: Explained) -> None:
    """The step keeps its own error, which says why it is taken back, unless it can't be."""
    # What was just made may be hidden for a moment: that there is none is believed when AWS says so again and again.
    missing = error.kind == "not_found" and row.attempts >= BELIEVED
    gone = missing or error.code in spec["already"]
    again = not gone and row.attempts < (THROTTLES if error.kind == "throttled" else ATTEMPTS)
    changes: dict[str, Any] = {} if gone or again else {"error": error.to_json()}
    journal.outcome(
        row,
        spec["call"],
        "ok" if gone else "unknown" if error.changed == "unknown" else "failed",
        request_ids=[error.request_id],
        reason=error.text,
        state="undone" if gone else "undoing" if again else "unknown",
        **changes,
    )
    # What still depends on it goes away after a while: DependencyViolation is worth waiting for.
    if again:
        raise backoff(row.attempts)
