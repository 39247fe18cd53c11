"""Whether what a plan was made from is still so: looked at before the first call of a step that says so (`same`).

Between that look and the call somebody may still change it; AWS has no call that does both for most settings.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps.catalog import plans
from apps.catalog.paths import getter, ordered
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import ATTEMPTS, backoff

_SENT = "sent"  # in a step's progress: a call was sent whose answer was lost, so a difference may be its own doing


def holds(journal: Journal, row: OperationStep, spec: Mapping[str, Any]) -> bool:
    """Whether the step may go on. If not, it has failed. Raises Later where AWS has to be asked again."""
    if row.state == "started" and not row.progress.get(_SENT):
        with journal.writing():
            journal.save(row, progress={**row.progress, _SENT: True})
    if row.state != "planned" or row.progress.get(_SENT):
        return True
    same = spec["same"]
    try:
        there = _now(journal, spec)
    except CallFailed as failed:
        error = failed.explained
        if error.retry and row.attempts < ATTEMPTS:
            with journal.writing():
                journal.save(row, attempts=row.attempts + 1, error=error.to_json())
            raise backoff(row.attempts) from None
        # It only read: whatever came of that, nothing was changed.
        _fail(journal, row, same["call"], replace(error, changed="no"))
        return False
    alike = ordered if same.get("unordered") else _as_it_is
    if plans.canonical(alike(there)) == plans.canonical(alike(same.get("value"))):
        return True
    _fail(journal, row, same["call"], _changed(same))
    return False


def _now(journal: Journal, spec: Mapping[str, Any]) -> Any:
    """What stands there now, None where there is none."""
    same = spec["same"]
    params = plans.resolve(same["params"], journal.outputs, str(journal.held.operation_id))
    try:
        answer = call(journal.account(spec), spec["region"], same["call"], params).data
    except CallFailed as failed:
        if failed.explained.code in same["absent"]:
            return None
        raise
    return plans.plain(getter(same["path"])(answer) if same["path"] else answer)


def _as_it_is(value: Any) -> Any:
    return value


def _changed(same: Mapping[str, Any]) -> Explained:
    what = same["what"] or same["call"]
    return Explained(
        code="ChangedMeanwhile",
        text=_("%(what)s changed since this was planned. Nothing was written.") % {"what": what},
        next=_("Open the form again."),
        kind="conflict",
    )


def _fail(journal: Journal, row: OperationStep, name: str, error: Explained) -> None:
    ids = [error.request_id] if error.request_id else []
    told = error.to_json()
    journal.outcome(row, name, "failed", request_ids=ids, reason=error.text, state="failed", error=told)
