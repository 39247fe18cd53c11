"""Carrying out a sweep: a step whose call is made for everything that a listing answers.

Each call has its intent and its outcome on the record, as any other. What was done so far, and where in the listing
that was, is journalled with each outcome, so whoever takes the operation up goes on from there. The calls of a sweep
may be repeated, hence a page whose outcome is not known is simply gone through again.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.catalog import model, plans, sweeps
from apps.catalog.paths import getter
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed, Explained
from apps.operations.journal import Journal
from apps.operations.models import OperationStep

TURN = 10.0  # seconds after which other operations have their turn
_NAMED = 5  # failures that are named


class NotYet(Exception):
    """Gone through for now: another turn goes on in `seconds`. `error` is what stood in the way, if anything."""

    def __init__(self, seconds: float = 0, error: Explained | None = None) -> None:
        super().__init__(seconds)
        self.seconds, self.error = seconds, error


class Cancelled(Exception):
    """Somebody asked to stop."""


class Failed(Exception):
    """It can't be brought to its end."""

    def __init__(self, error: Explained) -> None:
        super().__init__(error.text)
        self.error = error


@dataclass
class Progress:
    """How far a sweep is. `token` names the page that comes next; `passed` counts the failures of this pass."""

    done: int = 0
    token: dict[str, Any] = field(default_factory=dict)
    last: str = ""  # a digest of the last thing of that page which was dealt with
    passed: int = 0
    handled: int = 0  # in this pass
    first: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, row: OperationStep) -> "Progress":
        known = {name: value for name, value in (row.progress or {}).items() if name in cls.__dataclass_fields__}
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def go(journal: Journal, account: Any, row: OperationStep, spec: Mapping[str, Any], params: dict[str, Any]) -> None:
    """Works for a turn. Returns when everything was dealt with; raises NotYet, Cancelled, Failed.

    `params` are the step's, with earlier answers filled in. Raises CallFailed when the listing itself fails.
    """
    _Sweep(journal, account, row, spec, params).go()


class _Sweep:
    def __init__(
        self, journal: Journal, account: Any, row: OperationStep, spec: Mapping[str, Any], params: dict[str, Any]
    ) -> None:
        self.journal, self.account, self.row, self.spec, self.params = journal, account, row, spec, params
        self.over: Mapping[str, Any] = spec["over"]
        self.at = Progress.of(row)
        self.until = time.monotonic() + TURN

    def go(self) -> None:
        while True:
            things, token = self._page()
            for batch in self._batches(self._rest(things)):
                self._turn()
                self._do(batch)
            self.at.token, self.at.last = token, ""
            if token:
                continue
            if self.at.passed:
                raise Failed(self._some_failed())
            if not self.over["drains"] or not self.at.handled:
                return
            self.at.handled = 0

    def _turn(self) -> None:
        if self.journal.cancel_asked():
            raise Cancelled
        if time.monotonic() > self.until:
            raise NotYet

    def _page(self) -> tuple[Sequence[Any], dict[str, Any]]:
        """The things of the page that comes next, and the token of the one after it."""
        outputs = self.journal.outputs
        params = plans.resolve(dict(self.over["params"]), outputs, str(self.journal.held.operation_id)) | self.at.token
        answer = call(self.account, self.spec["region"], self.over["call"], params).data
        things = getter(self.over["path"])(answer) or []
        paging = model.paging(self.over["call"])
        if paging is None or (paging.more and not getter(paging.more)(answer)):
            return things, {}
        tokens = {given: getter(taken)(answer) for given, taken in zip(paging.given, paging.taken, strict=True)}
        return things, {name: value for name, value in tokens.items() if value}

    def _rest(self, things: Sequence[Any]) -> Sequence[Any]:
        """Without those that an earlier turn dealt with; all, where the last of these is listed no more."""
        found = [n for n, thing in enumerate(things) if _digest(thing) == self.at.last] if self.at.last else []
        return things[found[-1] + 1 :] if found else things

    def _batches(self, things: Sequence[Any]) -> Iterator[Sequence[Any]]:
        size = self.over["at_once"] if self.over["into"] else 1
        for start in range(0, len(things), size):
            yield things[start : start + size]

    def _do(self, batch: Sequence[Any]) -> None:
        if self.over["into"]:
            params = sweeps.put(self.params, self.over["into"], list(batch))
            told = sweeps.put(self.params, self.over["into"], _summary(batch))
        else:
            params = told = sweeps.each(self.params, batch[0])
        self.journal.intent(self.row, "started", self.spec["call"], told)
        last = _digest(batch[-1])
        try:
            answer = call(self.account, self.spec["region"], self.spec["call"], params)
        except CallFailed as failed:
            self._call_failed(batch, failed.explained, last)
            return
        self.at.last = last
        wrong = getter(self.over["errors"])(answer.data) or [] if self.over["errors"] else []
        self._count(len(batch) - len(wrong), wrong)
        self._outcome("ok" if not wrong else "failed", answer.request_id, _told(wrong))

    def _call_failed(self, batch: Sequence[Any], error: Explained, last: str) -> None:
        if error.code in self.spec["already"]:
            self.at.last = last
            self._count(len(batch), ())
            self._outcome("ok", error.request_id, error.code)
            return
        if error.retry or error.changed == "unknown":
            result = "unknown" if error.changed == "unknown" else "failed"
            self._outcome(result, error.request_id, error.text, attempts=self.row.attempts)
            raise NotYet(1, error)
        if self.over["into"]:  # one refused batch means that all will be
            self._outcome("failed", error.request_id, error.text)
            raise Failed(error)
        self.at.last = last
        name = str(batch[0].get("Key", batch[0]) if isinstance(batch[0], Mapping) else batch[0])
        self._count(0, [{"Key": name, "Code": error.code, "Message": error.text}])
        self._outcome("failed", error.request_id, error.text)
        if not self.at.done and self.at.passed >= _NAMED:
            raise Failed(error)  # nothing works: a hundred thousand refusals would tell no more

    def _count(self, done: int, wrong: Sequence[Mapping[str, Any]]) -> None:
        self.at.done += done
        self.at.handled += done
        self.at.passed += len(wrong)
        room = _NAMED - len(self.at.first)
        self.at.first += [
            {name.lower(): str(one.get(name, ""))[:200] for name in ("Key", "Code", "Message")} for one in wrong[:room]
        ]

    def _outcome(self, result: str, request_id: str, reason: str, attempts: int = 0) -> None:
        self.journal.outcome(
            self.row,
            self.spec["call"],
            result,
            request_ids=(),
            reason=f"{reason} ({request_id})" if reason and request_id else reason or request_id,
            progress=self.at.to_json(),
            attempts=attempts,
        )

    def _some_failed(self) -> Explained:
        named = "; ".join(f"{one['key']}: {one['message'] or one['code']}" for one in self.at.first)
        return Explained(
            code=self.at.first[0]["code"] or "SomeFailed" if self.at.first else "SomeFailed",
            text=_("%(failed)d could not be dealt with, %(done)d were. First: %(named)s")
            % {"failed": self.at.passed, "done": self.at.done, "named": named},
            changed="yes" if self.at.done else "no",
            next=_("Mend what stands in the way, then retry: what is done stays done."),
        )


def _told(wrong: Sequence[Mapping[str, Any]]) -> str:
    if not wrong:
        return ""
    first = wrong[0]
    return _("%(count)d failed, the first with %(code)s: %(key)s") % {
        "count": len(wrong),
        "code": first.get("Code", ""),
        "key": first.get("Key", ""),
    }


def _summary(batch: Sequence[Any]) -> dict[str, Any]:
    """What the record holds of a batch: how many, the first, the last, and a digest of all."""
    return {"count": len(batch), "first": batch[0], "last": batch[-1], "sha256": _digest(list(batch))}


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
