"""The end of an operation: what became of it, and what it leaves behind."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog import plans
from apps.operations import failing, waiting
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import Stuck


def skip(journal: Journal, rows: Sequence[OperationStep]) -> None:
    """What has not begun won't."""
    with journal.writing():
        for row in rows:
            if row.state == "planned":
                journal.save(row, state="skipped")


def close(journal: Journal) -> None:
    """Ends an operation whose groups have all come to their end."""
    rows = list(journal.rows.values())
    left = _left(journal, rows)
    failed = [row for row in rows if row.state in {"failed", "unknown"} or row.error]
    error = next((row.error for row in failed if row.error), None)
    if all(row.state == "done" for row in rows):
        result = _result(journal)
        if result:
            # The worker that made it may have died before it read it.
            waiting.known(journal, result["kind"], result["ids"])
        journal.close("succeeded", result=result)
    elif left:
        journal.close("attention", error=error, left=left)
    elif any(row.state == "skipped" for row in rows) and journal.cancel_asked() and not error:
        # What a sweep did before it was cancelled stays done.
        swept = [_leftover(journal, row, journal.steps[row.key]) for row in rows if row.output]
        journal.close("cancelled", left=swept)
    else:
        journal.close("failed", error=error)


def give_up(journal: Journal) -> None:
    """The worker fails each time: what became of whatever is under way is not known."""
    rows, error = list(journal.rows.values()), failing.explained().to_json()
    with journal.writing():
        for row in rows:
            if row.state in failing.UNDER_WAY:
                journal.save(row, state="unknown", error=error)
    skip(journal, rows)
    left = _left(journal, rows)
    done = all(row.state == "done" for row in rows)
    if done:
        journal.close("succeeded")
    else:
        journal.close("attention" if left else "failed", error=error, left=left)


def close_stuck(journal: Journal, stuck: Stuck) -> None:
    """Ends an operation of which a person must look at a step."""
    with journal.writing():
        journal.save(stuck.row, state="unknown", error=stuck.error.to_json())
        for row in journal.rows.values():
            if row.state == "planned":
                journal.save(row, state="skipped")
    rows = list(journal.rows.values())
    journal.close("attention", error=stuck.error.to_json(), left=_left(journal, rows))


def _left(journal: Journal, rows: Sequence[OperationStep]) -> list[dict[str, str]]:
    """What stays of groups that did not come to their end: steps that took effect and were not taken back."""
    left = []
    for group in sorted({row.group for row in rows}):
        members = [row for row in rows if row.group == group]
        if all(row.state == "done" for row in members):
            continue
        for row in members:
            spec = journal.steps[row.key]
            lasting = row.state == "done" and not (spec["undo"] is None and spec["covered"])
            waited = row.state == "failed" and row.output is not None  # many a call answers nothing: {}
            if lasting or row.state == "unknown" or (waited and not spec["undo"]):
                left.append(_leftover(journal, row, spec))
    return left


def _leftover(journal: Journal, row: OperationStep, spec: Mapping[str, Any]) -> dict[str, str]:
    ids = waiting.touched(spec, journal.outputs) or _on(journal, row, spec)
    kind, id = ids[0] if ids else ("", "")
    doubt = row.state == "unknown"
    text = _("%(title)s: what became of it is not known.") if doubt else _("%(title)s: done, and not taken back.")
    if spec.get("over") and row.state != "done":
        text = _("%(title)s: %(done)s were dealt with before it ended.")
    return {
        "kind": kind,
        "id": id,
        "account": spec["account"],
        "region": spec["region"],
        "text": text % {"title": row.title, "done": f"{row.progress.get('done', 0):,}"},
    }


def _on(journal: Journal, row: OperationStep, spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The target that a sweep was made on, which has no ids of its own to name."""
    targets = journal.operation.plan["targets"] if spec.get("over") else []
    return [(targets[row.group]["kind"], targets[row.group]["id"])] if targets else []


def _result(journal: Journal) -> Any:
    wanted = journal.operation.plan.get("result")
    if not wanted:
        return None
    found = plans.resolve(wanted["ids"], journal.outputs)
    return {"kind": wanted["kind"], "ids": found if isinstance(found, list) else [found]}
