"""Carrying out an operation: claim it, do what is next, give it back. May be called any number of times, at any time.

Each step goes planned → started (its intent is recorded) → the AWS call → waiting or done. A worker that finds a step
`started` does not know what became of the call and settles that first (see `_settle`). A step that fails takes back
its group; other groups go on.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.catalog import plans
from apps.catalog.paths import getter
from apps.cloud import factory, tries
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations import claims, closing, failing, fair, hints, sweep, unchanged, undoing, waiting
from apps.operations.claims import Claim, LostClaim
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import ATTEMPTS, THROTTLES, Later, Stuck, backoff
from apps.operations.params import params
from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)

# In a step's progress: the answer of a call was lost; and with what the last was refused, while that is looked into.
DOUBT, REFUSED = "doubt", "refused"
THROTTLED = "throttled"  # how often the call was
SLACK = 5  # seconds in which a call leaves after its intent, or not at all
IN_FLIGHT = factory.CONNECT + factory.READ + SLACK  # seconds after which an unanswered call can't take effect any more


def run(tenant_id: UUID, operation_id: UUID) -> None:
    """Does what is to be done of an operation now. Returns at once when another worker has it, or it is not due."""
    held = claims.claim(tenant_id, operation_id)
    if held is None:
        return
    try:
        with claims.heartbeat(held), tries.single():
            _Runner(Journal(held)).go()
    except Later as later:
        _give_back(held, later.seconds)
    except LostClaim:
        log.warning("operation %s went to another worker", operation_id)
    except Exception as error:
        if failing.unreachable(error):
            # Nothing can be written now. The lease runs out, and the dispatcher finds it.
            log.warning("operation %s: the database can't be reached", operation_id)
            return
        log.exception("operation %s: the worker failed", operation_id)
        _worker_failed(held)


def _worker_failed(held: Claim) -> None:
    """It is tried again, less and less soon. What fails each time would else be tried forever, and nobody told."""
    try:
        with tenant_tx(held.tenant_id):
            tries = failing.note(held)
        if tries < failing.TRIES:
            _give_back(held, failing.pause(tries))
        else:
            closing.give_up(Journal(held))
    except LostClaim:
        return
    except Exception as error:
        if failing.unreachable(error):
            return
        log.exception("operation %s: it can't be ended either", held.operation_id)
        failing.abandon(held)


def _give_back(held: Claim, seconds: float) -> None:
    try:
        with tenant_tx(held.tenant_id):
            claims.release(held, seconds)
            lane = fair.lane(fair.under_way(held.tenant_id) - 1)
    except LostClaim:
        return
    hints.run(held.tenant_id, held.operation_id, seconds, lane=lane)


class _Runner:
    """One worker's go at an operation."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def go(self) -> None:
        groups = sorted({row.group for row in self.journal.rows.values()})
        try:
            for group in groups:
                self._group([row for row in self.journal.rows.values() if row.group == group])
        except Stuck as stuck:
            closing.close_stuck(self.journal, stuck)
            return
        closing.close(self.journal)

    def _group(self, rows: Sequence[OperationStep]) -> None:
        """Brings a group to its end: all done, or all that was done taken back."""
        if self._fallen(rows):
            closing.skip(self.journal, rows)  # the worker may have died before it noted that
            undoing.take_back(self.journal, rows)
            return
        for row in rows:
            if row.state == "done":
                continue
            if row.state == "planned" and self.journal.cancel_asked():
                closing.skip(self.journal, rows)
                undoing.take_back(self.journal, rows)
                return
            if not self._step(row):
                closing.skip(self.journal, rows)
                undoing.take_back(self.journal, rows)
                return

    def _fallen(self, rows: Sequence[OperationStep]) -> bool:
        return any(row.state in {"failed", "skipped", "undoing", "unsettling", "undone"} for row in rows)

    # One step ──────────────────────────────────────────────────────────

    def _step(self, row: OperationStep) -> bool:
        """Whether the step is done. False when it failed; raises Later while it waits."""
        spec = self.journal.steps[row.key]
        if spec.get("same") and not unchanged.holds(self.journal, row, spec):
            return False
        if spec.get("over"):
            sweep.carry_out(self.journal, row, spec, params(self.journal, spec, row))
            return row.state == "done"
        if row.state == "started":
            self._settle(row, spec)
        if row.state == "planned":
            self._send(row, spec)
        if row.state == "waiting":
            waiting.wait(self.journal, row, spec, "done", "failed")
        return row.state == "done"

    def _send(self, row: OperationStep, spec: dict[str, Any]) -> None:
        sent, by = params(self.journal, spec, row), time.monotonic() + SLACK
        self.journal.intent(row, "started", spec["call"], sent)
        try:
            # botocore repeats at once a call whose answer did not come, while the first may still take effect.
            once = spec["repeat"] != "token"
            with tries.sent_by(by):
                answer = call(self.journal.account(spec), spec["region"], spec["call"], sent, once=once)
        except CallFailed as failed:
            self._failed(row, spec, failed.explained)
            return
        self._answered(row, spec, answer.data, [answer.request_id])

    def _answered(self, row: OperationStep, spec: dict[str, Any], output: Any, request_ids: Sequence[str]) -> None:
        state = "waiting" if spec["until"] else "done"
        self.journal.outcome(row, spec["call"], "ok", request_ids=request_ids, state=state, output=output, error=None)
        waiting.refresh(self.journal, spec)

    def _failed(self, row: OperationStep, spec: dict[str, Any], error: Explained) -> None:
        """Sorts a failed call: it is so already, it may pass, its outcome is unknown, or it is final."""
        ids = [error.request_id]
        if error.code in spec["already"]:
            self.journal.outcome(row, spec["call"], "ok", request_ids=ids, reason=error.code, state="done", output={})
        elif error.changed == "unknown":
            self.journal.outcome(
                row, spec["call"], "unknown", request_ids=ids, reason=error.text, error=error.to_json(), **doubtful(row)
            )
            self._again(row, spec, error)
        elif error.kind == "throttled" and row.progress.get(THROTTLED, 0) < THROTTLES:
            self._throttled(row, spec, error)
        elif error.retry and row.attempts < ATTEMPTS:
            # Nothing was changed, so the step is as good as not begun.
            self.journal.outcome(
                row, spec["call"], "failed", request_ids=ids, reason=error.text, state="planned", error=error.to_json()
            )
            self._again(row, spec, error)
        elif row.progress.get(DOUBT):
            # It is refused now, and an earlier try of it may have taken effect all the same.
            self.journal.outcome(row, spec["call"], "failed", request_ids=ids, reason=error.text, error=error.to_json())
            self._look_last(row, spec, error)
        else:
            self.journal.outcome(
                row, spec["call"], "failed", request_ids=ids, reason=error.text, state="failed", error=error.to_json()
            )

    def _throttled(self, row: OperationStep, spec: dict[str, Any], error: Explained) -> None:
        """AWS did nothing and has nothing against the call: it is no failed attempt."""
        times = row.progress.get(THROTTLED, 0) + 1
        self.journal.outcome(
            row,
            spec["call"],
            "failed",
            request_ids=[error.request_id],
            reason=error.text,
            state="planned",
            attempts=row.attempts - 1,
            progress={**row.progress, THROTTLED: times},
            error=error.to_json(),
        )
        raise fair.stand_back(self.journal.held, spec["account"], backoff(times).seconds)

    def _again(self, row: OperationStep, spec: dict[str, Any], error: Explained) -> None:
        if row.attempts >= ATTEMPTS:
            self._look_last(row, spec, error)
            return
        raise backoff(row.attempts)

    def _settle(self, row: OperationStep, spec: dict[str, Any]) -> None:
        """A call was sent and its answer is not known: the worker died, or the connection did."""
        if refused := row.progress.get(REFUSED):
            self._look_last(row, spec, Explained.from_json(refused))
            return
        if not row.progress.get(DOUBT):
            with self.journal.writing():
                self.journal.save(row, **doubtful(row))
        match spec["repeat"]:
            case "token":
                # AWS answers a known token with what it did then.
                self._resend(row, spec)
            case "safe":
                # A state that is set twice is set; but one that comes late would undo the next change of it.
                if not (row.error and row.error.get("http")):
                    self._wait_out(row)
                self._resend(row, spec)
            case "find":
                self._wait_out(row)
                if found := self._found(row, spec):
                    self._answered(row, spec, found, [])
                    return
                with self.journal.writing():
                    self.journal.save(row, progress={**row.progress, DOUBT: False})
                self._resend(row, spec)
            case _:
                raise Stuck(row, _unknown(spec))

    def _resend(self, row: OperationStep, spec: dict[str, Any]) -> None:
        if row.attempts >= ATTEMPTS:
            self._look_last(row, spec, Explained.from_json(row.error) if row.error else _unknown(spec))
            return
        self._send(row, spec)

    def _look_last(self, row: OperationStep, spec: dict[str, Any], error: Explained) -> None:
        """It is not tried again. What can be looked up is done or has failed, the rest is for a person to look at."""
        if not spec["find"]:
            raise Stuck(row, error)
        if not row.progress.get(REFUSED):
            with self.journal.writing():
                self.journal.save(row, attempts=0, progress={**row.progress, REFUSED: error.to_json()})
        self._wait_out(row)
        found = self._found(row, spec)
        rest = {key: value for key, value in row.progress.items() if key not in {DOUBT, REFUSED}}
        if found:
            with self.journal.writing():
                self.journal.save(row, progress=rest)
            self._answered(row, spec, found, [])
            return
        told = replace(error, changed="no").to_json()
        reason = error.text
        self.journal.outcome(row, spec["call"], "failed", reason=reason, state="failed", error=told, progress=rest)

    def _wait_out(self, row: OperationStep) -> None:
        """Until what was sent can't take effect any more, and is seen if it did."""
        if (age := self.journal.age(row)) < IN_FLIGHT:
            raise Later(IN_FLIGHT - age)

    def _found(self, row: OperationStep, spec: dict[str, Any]) -> Any:
        """What the call made, by the operation's tag; nothing when it made none."""
        find = spec["find"]
        wanted = plans.resolve(find["params"], self.journal.outputs, str(self.journal.held.operation_id))
        try:
            answer = call(self.journal.account(spec), spec["region"], find["call"], wanted)
        except CallFailed as failed:
            if failed.explained.kind == "not_found":
                return None
            with self.journal.writing():
                self.journal.save(row, attempts=row.attempts + 1)
            if row.attempts >= ATTEMPTS:
                rest = {key: value for key, value in row.progress.items() if key != REFUSED}
                with self.journal.writing():
                    self.journal.save(row, progress=rest)  # a retry settles it anew
                raise Stuck(row, failed.explained) from None
            raise backoff(row.attempts) from None
        return getter(find["path"])(answer.data)


def doubtful(row: OperationStep) -> dict[str, Any]:
    """The change of a step that a call may have taken effect of which nothing is known."""
    return {"progress": {**row.progress, DOUBT: True}}


def _unknown(spec: dict[str, Any]) -> Explained:
    return Explained(
        code="Unanswered",
        text=_("%(call)s was sent and not answered, and it can't be looked up whether it took effect.")
        % {"call": spec["call"]},
        changed="unknown",
        next=_("Look in the account whether it did, then retry or leave it."),
    )
