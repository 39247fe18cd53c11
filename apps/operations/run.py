"""Carrying out an operation: claim it, do what is next, give it back. May be called any number of times, at any time.

Each step goes planned → started (its intent is recorded) → the AWS call → waiting or done. A worker that finds a step
`started` does not know what became of the call and settles that first (see `_settle`). A step that fails takes back
its group; other groups go on.
"""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from apps.catalog import model, plans
from apps.catalog.paths import getter
from apps.catalog.registry import UnknownKind
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations import claims, failing, hints, sweep, unchanged, waiting
from apps.operations.claims import Claim, LostClaim
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import ATTEMPTS, Later, backoff
from apps.tenancy.context import tenant_tx

log = logging.getLogger(__name__)

IN_FLIGHT = 40  # seconds after which an unanswered call can't take effect any more: connect 5 s, read 30 s, and some


class Stuck(Exception):
    """What became of a call can't be found out: a person must look."""

    def __init__(self, row: OperationStep, error: Explained) -> None:
        super().__init__(error.text)
        self.row, self.error = row, error


def run(tenant_id: UUID, operation_id: UUID) -> None:
    """Does what is to be done of an operation now. Returns at once when another worker has it, or it is not due."""
    held = claims.claim(tenant_id, operation_id)
    if held is None:
        return
    try:
        with claims.heartbeat(held):
            _Runner(Journal(held)).go()
    except Later as later:
        _give_back(held, later.seconds)
    except LostClaim:
        log.warning("operation %s went to another worker", operation_id)
    except Exception:
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
            _Runner(Journal(held)).give_up()
    except LostClaim:
        return
    except Exception:
        log.exception("operation %s: it can't be ended either", held.operation_id)
        failing.abandon(held)


def _give_back(held: Claim, seconds: float) -> None:
    try:
        with tenant_tx(held.tenant_id):
            claims.release(held, seconds)
    except LostClaim:
        return
    hints.run(held.tenant_id, held.operation_id, seconds)


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
            self._close_stuck(stuck)
            return
        self._close()

    def _group(self, rows: Sequence[OperationStep]) -> None:
        """Brings a group to its end: all done, or all that was done taken back."""
        if self._fallen(rows):
            self._skip(rows)  # the worker may have died before it noted that
            self._take_back(rows)
            return
        for row in rows:
            if row.state == "done":
                continue
            if row.state == "planned" and self.journal.cancel_asked():
                self._skip(rows)
                self._take_back(rows)
                return
            if not self._step(row):
                self._skip(rows)
                self._take_back(rows)
                return

    def _fallen(self, rows: Sequence[OperationStep]) -> bool:
        return any(row.state in {"failed", "skipped", "undoing", "unsettling", "undone"} for row in rows)

    def _skip(self, rows: Sequence[OperationStep]) -> None:
        with self.journal.writing():
            for row in rows:
                if row.state == "planned":
                    self.journal.save(row, state="skipped")

    # One step ──────────────────────────────────────────────────────────

    def _step(self, row: OperationStep) -> bool:
        """Whether the step is done. False when it failed; raises Later while it waits."""
        spec = self.journal.steps[row.key]
        if spec.get("same") and not unchanged.holds(self.journal, row, spec):
            return False
        if spec.get("over"):
            sweep.carry_out(self.journal, row, spec, self._params(spec, row))
            return row.state == "done"
        if row.state == "started":
            self._settle(row, spec)
        if row.state == "planned":
            self._send(row, spec)
        if row.state == "waiting":
            self._wait(row, spec, "done", "failed")
        return row.state == "done"

    def _send(self, row: OperationStep, spec: dict[str, Any]) -> None:
        params = self._params(spec, row)
        self.journal.intent(row, "started", spec["call"], params)
        self._call(row, spec, params)

    def _call(self, row: OperationStep, spec: dict[str, Any], params: dict[str, Any]) -> None:
        try:
            # botocore's own retry of a lost answer would do twice what has no token: that is looked up instead.
            once = spec["repeat"] in {"find", "never"}
            answer = call(self.journal.account(spec), spec["region"], spec["call"], params, once=once)
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
                row, spec["call"], "unknown", request_ids=ids, reason=error.text, error=error.to_json()
            )
            self._again(row, error)
        elif error.retry and row.attempts < ATTEMPTS:
            # Nothing was changed, so the step is as good as not begun.
            self.journal.outcome(
                row, spec["call"], "failed", request_ids=ids, reason=error.text, state="planned", error=error.to_json()
            )
            self._again(row, error)
        else:
            self.journal.outcome(
                row, spec["call"], "failed", request_ids=ids, reason=error.text, state="failed", error=error.to_json()
            )

    def _again(self, row: OperationStep, error: Explained) -> None:
        if row.attempts >= ATTEMPTS:
            raise Stuck(row, error)
        raise backoff(row.attempts)

    def _settle(self, row: OperationStep, spec: dict[str, Any]) -> None:
        """A call was sent and its answer is not known: the worker died, or the connection did."""
        match spec["repeat"]:
            case "token" | "safe":
                # AWS answers a known token with what it did then; a state that is set twice is set.
                self._resend(row, spec)
            case "find":
                self._look_up(row, spec)
            case _:
                raise Stuck(row, _unknown(spec))

    def _resend(self, row: OperationStep, spec: dict[str, Any]) -> None:
        if row.attempts >= ATTEMPTS:
            raise Stuck(row, Explained.from_json(row.error) if row.error else _unknown(spec))
        self._send(row, spec)

    def _look_up(self, row: OperationStep, spec: dict[str, Any]) -> None:
        """Finds what the call made, by the operation's tag, once the call can't take effect any more."""
        if (age := self.journal.age(row)) < IN_FLIGHT:
            raise Later(IN_FLIGHT - age)
        find = spec["find"]
        params = plans.resolve(find["params"], self.journal.outputs, str(self.journal.held.operation_id))
        try:
            answer = call(self.journal.account(spec), spec["region"], find["call"], params)
        except CallFailed as failed:
            if failed.explained.kind != "not_found":
                with self.journal.writing():
                    self.journal.save(row, attempts=row.attempts + 1)
                self._again(row, failed.explained)
            found = None
        else:
            found = getter(find["path"])(answer.data)
        if found:
            self._answered(row, spec, found, [])
        else:
            self._resend(row, spec)

    # Waiting ───────────────────────────────────────────────────────────

    def _wait(self, row: OperationStep, spec: dict[str, Any], done: str, failed: str) -> None:
        """Looks whether what the step waits for has come. Raises Later while it has not."""
        until = spec["until"]
        ids = plans.resolve(until["ids"], self.journal.outputs)
        try:
            seen = waiting.look(self.journal, spec, until, ids)
        except UnknownKind:
            text = _("What it waits for, %(kind)s, is not known to the panel any more.") % {"kind": until["kind"]}
            raise Stuck(row, Explained(code="UnknownKind", text=text, changed="yes")) from None
        age = self.journal.age(row)
        if seen.reached:
            self.journal.outcome(row, spec["call"], "ok", state=done, reason=seen.text)
        elif seen.bad or age > until["timeout"]:
            error = seen.error or waiting.too_long(until)
            self.journal.outcome(row, spec["call"], "failed", state=failed, reason=error.text, error=error.to_json())
        else:
            raise Later(waiting.pause(age))

    # Taking back ───────────────────────────────────────────────────────

    def _take_back(self, rows: Sequence[OperationStep]) -> None:
        """Runs the undo of each step that took effect, the last first."""
        for row in reversed(rows):
            undo = self.journal.steps[row.key]["undo"]
            effective = row.state in {"done", "undoing", "unsettling"} or (row.state == "failed" and row.output)
            if not effective or undo is None:
                continue
            spec = undo | {key: self.journal.steps[row.key][key] for key in ("account", "region")}
            if row.state != "unsettling":
                self._undo(row, spec)
            if row.state == "unsettling":
                self._wait(row, spec, "undone", "unknown")

    def _undo(self, row: OperationStep, spec: dict[str, Any]) -> None:
        if row.state != "undoing":
            with self.journal.writing():
                self.journal.save(row, attempts=0)
        params = self._params(spec, row)
        self.journal.intent(row, "undoing", spec["call"], params)
        try:
            answer = call(self.journal.account(spec), spec["region"], spec["call"], params)
        except CallFailed as failed:
            self._undo_failed(row, spec, failed.explained)
            return
        state = "unsettling" if spec["until"] else "undone"
        self.journal.outcome(row, spec["call"], "ok", request_ids=[answer.request_id], state=state)
        waiting.refresh(self.journal, spec)

    def _undo_failed(self, row: OperationStep, spec: dict[str, Any], error: Explained) -> None:
        gone = error.kind == "not_found" or error.code in spec["already"]
        state = "undone" if gone else "undoing"
        self.journal.outcome(
            row,
            spec["call"],
            "ok" if gone else "failed",
            request_ids=[error.request_id],
            reason=error.text,
            state=state,
            error=None if gone else error.to_json(),
        )
        # What still depends on it goes away after a while: DependencyViolation is worth waiting for.
        if not gone and row.attempts < ATTEMPTS:
            raise backoff(row.attempts)
        if not gone:
            with self.journal.writing():
                self.journal.save(row, state="unknown")

    # The end ───────────────────────────────────────────────────────────

    def _close(self) -> None:
        rows = list(self.journal.rows.values())
        left = self._left(rows)
        failed = [row for row in rows if row.state in {"failed", "unknown"} or row.error]
        error = next((row.error for row in failed if row.error), None)
        if all(row.state == "done" for row in rows):
            self.journal.close("succeeded", result=self._result())
        elif left:
            self.journal.close("attention", error=error, left=left)
        elif any(row.state == "skipped" for row in rows) and self.journal.cancel_asked() and not error:
            # What a sweep did before it was cancelled stays done.
            swept = [self._leftover(row, self.journal.steps[row.key]) for row in rows if row.output]
            self.journal.close("cancelled", left=swept)
        else:
            self.journal.close("failed", error=error)

    def give_up(self) -> None:
        """The worker fails each time: what became of whatever is under way is not known."""
        rows, error = list(self.journal.rows.values()), failing.explained().to_json()
        with self.journal.writing():
            for row in rows:
                if row.state in failing.UNDER_WAY:
                    self.journal.save(row, state="unknown", error=error)
        self._skip(rows)
        left = self._left(rows)
        done = all(row.state == "done" for row in rows)
        if done:
            self.journal.close("succeeded")
        else:
            self.journal.close("attention" if left else "failed", error=error, left=left)

    def _close_stuck(self, stuck: Stuck) -> None:
        with self.journal.writing():
            self.journal.save(stuck.row, state="unknown", error=stuck.error.to_json())
            for row in self.journal.rows.values():
                if row.state == "planned":
                    self.journal.save(row, state="skipped")
        rows = list(self.journal.rows.values())
        self.journal.close("attention", error=stuck.error.to_json(), left=self._left(rows))

    def _left(self, rows: Sequence[OperationStep]) -> list[dict[str, str]]:
        """What stays of groups that did not come to their end: steps that took effect and were not taken back."""
        left = []
        for group in sorted({row.group for row in rows}):
            members = [row for row in rows if row.group == group]
            if all(row.state == "done" for row in members):
                continue
            for row in members:
                spec = self.journal.steps[row.key]
                lasting = row.state == "done" and not (spec["undo"] is None and spec["covered"])
                if lasting or row.state == "unknown" or (row.state == "failed" and row.output and not spec["undo"]):
                    left.append(self._leftover(row, spec))
        return left

    def _leftover(self, row: OperationStep, spec: dict[str, Any]) -> dict[str, str]:
        ids = waiting.touched(spec, self.journal.outputs) or self._on(row, spec)
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

    def _on(self, row: OperationStep, spec: dict[str, Any]) -> list[tuple[str, str]]:
        """The target that a sweep was made on, which has no ids of its own to name."""
        targets = self.journal.operation.plan["targets"] if spec.get("over") else []
        return [(targets[row.group]["kind"], targets[row.group]["id"])] if targets else []

    def _result(self) -> Any:
        wanted = self.journal.operation.plan.get("result")
        if not wanted:
            return None
        found = plans.resolve(wanted["ids"], self.journal.outputs)
        return {"kind": wanted["kind"], "ids": found if isinstance(found, list) else [found]}

    # Parameters ────────────────────────────────────────────────────────

    def _params(self, spec: dict[str, Any], row: OperationStep) -> dict[str, Any]:
        """The call's parameters: references resolved, and the token that makes a repetition harmless."""
        held = self.journal.held
        params: dict[str, Any] = plans.resolve(spec["params"], self.journal.outputs, str(held.operation_id))
        if member := model.token_member(spec["call"]):
            text = f"{held.operation_id}/{row.key}/{row.round}/{spec['call']}"
            params.setdefault(member, "ng-" + hashlib.sha256(text.encode()).hexdigest()[:48])
        return params


def _unknown(spec: dict[str, Any]) -> Explained:
    return Explained(
        code="Unanswered",
        text=_("%(call)s was sent and not answered, and it can't be looked up whether it took effect.")
        % {"call": spec["call"]},
        changed="unknown",
        next=_("Look in the account whether it did, then retry or leave it."),
    )
