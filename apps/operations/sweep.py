"""Carrying out a sweep: a step whose call is made for everything that a listing answers.

Each call has its intent and its outcome on the record, as any other. What was done so far, and where in the listing
that was, is journalled with each outcome, so whoever takes the operation up goes on from there. The calls of a sweep
may be repeated, hence a call whose outcome is not known is simply made again.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from apps.catalog import model, plans, sweeps
from apps.catalog.paths import getter
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations import waiting
from apps.operations.journal import Journal
from apps.operations.models import OperationStep
from apps.operations.pace import ATTEMPTS, Later, backoff
from apps.operations.swept import WIDE, Call, Progress, digest

TURN = 10.0  # seconds after which other operations have their turn
PASSES = 20  # times that a listing is gone through which ought to become empty
HOPELESS = 24  # refusals in a row after which no more are asked for


class Cancelled(Exception):
    """Somebody asked to stop."""


class Failed(Exception):
    """It can't be brought to its end."""

    def __init__(self, error: Explained) -> None:
        super().__init__(error.text)
        self.error = error


def carry_out(journal: Journal, row: OperationStep, spec: Mapping[str, Any], params: dict[str, Any]) -> None:
    """Works for a turn, or until the step is done, failed or cancelled. `params` are the step's, with earlier answers
    filled in. Raises Later when there is more to do."""
    try:
        with ThreadPoolExecutor(WIDE) as pool:
            _Sweep(journal, row, spec, params, pool).go()
    except Cancelled:
        _end(journal, row, spec, "skipped", None)
    except Failed as failed:
        _end(journal, row, spec, "failed", failed.error)
    except CallFailed as failed:  # the listing, or the account is gone
        if not failed.explained.retry or row.attempts >= ATTEMPTS:
            _end(journal, row, spec, "failed", failed.explained)
            return
        with journal.writing():
            journal.save(row, attempts=row.attempts + 1)
        raise backoff(row.attempts) from None
    else:
        _end(journal, row, spec, "done", None)


def _end(journal: Journal, row: OperationStep, spec: Mapping[str, Any], state: str, error: Explained | None) -> None:
    done = row.progress.get("done", 0)
    lasting = done or state == "done" or (error is not None and error.changed == "unknown")
    output = {"done": done} if lasting else None
    told = error.to_json() if error else None
    with journal.writing():
        journal.save(row, state=state, ended_at=Now(), output=output, error=told)
    waiting.refresh(journal, spec)


class _Sweep:
    def __init__(
        self,
        journal: Journal,
        row: OperationStep,
        spec: Mapping[str, Any],
        params: dict[str, Any],
        pool: ThreadPoolExecutor,
    ) -> None:
        self.journal, self.row, self.spec, self.params, self.pool = journal, row, spec, params, pool
        self.account = journal.account(spec)
        self.over: Mapping[str, Any] = spec["over"]
        self.at = Progress.of(row)
        self.until = time.monotonic() + TURN
        self.rounds = 0
        self.refused = 0  # in a row

    def go(self) -> None:
        while True:
            things, token = self._page()
            for batches in self._rounds(self._rest(things)):
                self._turn()
                self._do(batches)
            self.at.token, self.at.last = token, ""
            if not token and not self._again():
                return

    def _turn(self) -> None:
        if self.journal.cancel_asked():
            raise Cancelled
        # However long the listing took, something is done in each turn.
        if self.rounds and time.monotonic() > self.until:
            raise Later(0)
        self.rounds += 1

    def _again(self) -> bool:
        """At the listing's end: whether it is gone through once more."""
        at = self.at
        if at.failed:
            raise Failed(at.some_failed())
        if not self.over["drains"] or not (at.handled or at.later):
            return False
        at.passes += 1
        if at.passes >= PASSES:
            raise Failed(at.never_empty())
        at.handled = at.later = 0
        return True

    # The listing ───────────────────────────────────────────────────────

    def _page(self) -> tuple[Sequence[Any], dict[str, Any]]:
        """The things of the page that comes next, and the token of the one after it."""
        params = self._filled(self.over["params"]) | self.at.token
        answer = call(self.account, self.spec["region"], self.over["call"], params).data
        things = getter(self.over["path"])(answer) or []
        paging = model.paging(self.over["call"])
        if paging is None or (paging.more and not getter(paging.more)(answer)):
            return things, {}
        tokens = {given: getter(taken)(answer) for given, taken in zip(paging.given, paging.taken, strict=True)}
        return things, {name: value for name, value in tokens.items() if value}

    def _filled(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = plans.resolve(dict(params), self.journal.outputs, str(self.journal.held.operation_id))
        return found

    def _rest(self, things: Sequence[Any]) -> Sequence[Any]:
        """Without those that an earlier turn dealt with; all, where the last of these is listed no more."""
        found = [n for n, thing in enumerate(things) if digest(thing) == self.at.last] if self.at.last else []
        return things[found[-1] + 1 :] if found else things

    def _rounds(self, things: Sequence[Any]) -> Iterator[list[Sequence[Any]]]:
        """The batches whose calls are made at the same time."""
        start = 0
        while start < len(things):
            more = things[start : start + (self.over["at_once"] if self.over["into"] else self.at.wide)]
            start += len(more)
            yield [more] if self.over["into"] else [[thing] for thing in more]

    # Calls ─────────────────────────────────────────────────────────────

    def _do(self, batches: list[Sequence[Any]]) -> None:
        over = self.over
        calls = [self._call(self.spec, self.params, batch, over["into"], over["errors"]) for batch in batches]
        self._make(calls)
        if then := over.get("then"):
            self._settle(calls)
            params = self._filled(then["params"])
            follow = {n: self._call(then, params, one.things) for n, one in enumerate(calls) if one.fine}
            calls = [follow.get(n, one) for n, one in enumerate(calls)]
            self._make(list(follow.values()))
            later = self._count(calls)
            self._settle(list(follow.values()), progress=self.at.to_json())
        else:
            later = self._count(calls)
            self._settle(calls, progress=self.at.to_json())
        self._go_on(calls, later)

    def _call(
        self, spec: Mapping[str, Any], params: dict[str, Any], things: Sequence[Any], into: str = "", errors: str = ""
    ) -> Call:
        made = Call(spec["call"], things, into=into, errors=errors, already=spec["already"])
        try:
            made.params = sweeps.call_params(into, params, things)
        except ValueError as error:
            made.error = Explained(code="Unfit", text=str(error))
        return made

    def _make(self, calls: Sequence[Call]) -> None:
        """Makes them, after their intents are on the record."""
        fit = [one for one in calls if one.error is None]
        if fit:
            self.journal.intent(self.row, "started", fit[0].name, *(one.told for one in fit))
            list(map(self._send, fit) if len(fit) == 1 else self.pool.map(self._send_apart, fit))

    def _send(self, one: Call) -> None:
        try:
            one.answer = call(self.account, self.spec["region"], one.name, one.params)
        except CallFailed as failed:
            one.error = failed.explained

    def _send_apart(self, one: Call) -> None:
        try:
            self._send(one)
        finally:
            connection.close()  # the thread's own, should a credential have been read through it

    def _settle(self, calls: Sequence[Call], **changes: Any) -> None:
        """What came of them, in the journal and on the record."""
        if any(one.fine for one in calls):
            changes["attempts"] = 0
        came = [one.came for one in calls if one.params]
        self.journal.outcomes(self.row, calls[0].name if calls else self.spec["call"], came, **changes)

    def _count(self, calls: Sequence[Call]) -> int:
        """Says how far it is after these, and returns how many things AWS put off. What comes after a call that must be
        made again is not behind us, unless the listing has it no more."""
        at, behind, drains, later = self.at, True, self.over["drains"], 0
        for one in calls:
            behind = behind and not one.passing
            if one.passing or not (behind or drains):
                continue
            wrong = one.wrong
            final = [each for each in wrong if not (drains and one.fine and each[1].retry)]
            at.name(final)
            at.done += len(one.things) - len(wrong)
            at.handled += len(one.things) - len(wrong)
            at.failed += len(final)
            later += len(wrong) - len(final)
            if behind:
                at.last = digest(one.things[-1])
            self.refused = self.refused + 1 if len(final) == len(one.things) else 0
        at.later += later
        at.slow = at.slow + 1 if later else 0
        return later

    def _go_on(self, calls: Sequence[Call], later: int) -> None:
        """After a round: raises Later where it must be slower, Failed where it is of no use."""
        passing = next((one.error for one in calls if one.passing and one.error), None)
        if passing and self.row.attempts >= ATTEMPTS:
            raise Failed(passing)
        if passing:
            self.at.wide = max(1, self.at.wide // 2)
            with self.journal.writing():
                self.journal.save(self.row, progress=self.at.to_json())
            raise backoff(self.row.attempts)
        whole = next((one.error for one in calls if one.into and one.error and not one.fine), None)
        if whole:  # one refused batch means that all will be
            raise Failed(whole)
        if self.refused >= HOPELESS:
            raise Failed(self.at.some_failed())
        if later:
            raise backoff(self.at.slow)
        self.at.wide = min(WIDE, self.at.wide + 1)
