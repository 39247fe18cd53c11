"""What is known of a sweep: how far it is, its calls and what came of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.catalog import sweeps
from apps.cloud.calls import Answer
from apps.cloud.explain import Explained, explained
from apps.operations.models import OperationStep

WIDE = 8  # calls under way at the same time, where each is made for one thing
_NAMED = 5  # failures that are named


@dataclass
class Progress:
    """How far a sweep is. Over all: `done`. Of the listing: `token` names the page that comes next, `last` is a digest
    of the last thing of it that was dealt with. Of this pass through it: how many were `handled`, `failed` and put off
    (`later`), and the `first` that failed. `wide` is how many calls are made at the same time, `slow` how often in a
    row AWS put off some."""

    done: int = 0
    token: dict[str, Any] = field(default_factory=dict)
    last: str = ""
    handled: int = 0
    failed: int = 0
    later: int = 0
    passes: int = 0
    wide: int = WIDE
    slow: int = 0
    first: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, row: OperationStep) -> "Progress":
        known = {name: value for name, value in (row.progress or {}).items() if name in cls.__dataclass_fields__}
        return cls(**known)

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))

    def name(self, failures: Sequence[tuple[str, Explained]]) -> None:
        """Keeps the first few of them."""
        for key, error in failures[: _NAMED - len(self.first)]:
            self.first.append({"key": key[:200], "code": error.code, "message": error.text[:400]})

    def some_failed(self) -> Explained:
        named = "; ".join(f"{one['key']}: {one['message'] or one['code']}" for one in self.first)
        return Explained(
            code=self.first[0]["code"] if self.first else "SomeFailed",
            text=_("%(failed)s could not be dealt with, %(done)s were. First: %(named)s")
            % {"failed": f"{self.failed:,}", "done": f"{self.done:,}", "named": named},
            changed="yes" if self.done else "no",
            next=_("Mend what stands in the way, then retry: what is done stays done."),
        )

    def never_empty(self) -> Explained:
        said = {"done": f"{self.done:,}", "later": f"{self.later:,}"}
        if self.later:
            text, next = _("%(done)s were dealt with; AWS put off %(later)s again and again."), _("Retry in a while.")
        else:
            text = _("%(done)s were dealt with, and there were always more: something goes on adding them.")
            next = _("Stop what adds them, then retry.")
        return Explained(code="NeverEmpty", text=text % said, changed="yes" if self.done else "no", next=next)


@dataclass
class Call:
    """One call of a sweep, for these things. `error` is set where it failed, or could not be made at all."""

    name: str
    things: Sequence[Any]
    params: dict[str, Any] = field(default_factory=dict)
    into: str = ""
    errors: str = ""
    already: Sequence[str] = ()
    answer: Answer | None = None
    error: Explained | None = None

    @property
    def fine(self) -> bool:
        return self.error is None or self.error.code in self.already

    @property
    def passing(self) -> bool:
        """Whether it failed in a way that may pass."""
        return self.error is not None and not self.fine and (self.error.retry or self.error.changed == "unknown")

    @property
    def came(self) -> tuple[str, str, str]:
        """Result, request id and reason for the record."""
        if self.error is None:
            wrong = self.wrong
            reason = "" if not wrong else _("%(count)d failed, the first of them: %(key)s (%(code)s)")
            said = {"count": len(wrong), "key": wrong[0][0], "code": wrong[0][1].code} if wrong else {}
            return "failed" if wrong else "ok", self.answer.request_id if self.answer else "", reason % said
        if self.fine:
            return "ok", self.error.request_id, self.error.code
        return "unknown" if self.error.changed == "unknown" else "failed", self.error.request_id, self.error.text

    @property
    def told(self) -> dict[str, Any]:
        """The parameters as the record holds them: of a batch how many, the first, the last and a digest of all."""
        if not self.into:
            return self.params
        things = list(self.things)
        said = {"count": len(things), "first": things[0], "last": things[-1], "sha256": digest(things)}
        return sweeps.put(self.params, self.into, said)

    @property
    def wrong(self) -> list[tuple[str, Explained]]:
        """Which of its things failed, and why."""
        if self.error is not None:
            return [] if self.fine else [(_name(thing), self.error) for thing in self.things]
        return [_inside(each) for each in sweeps.errors(self.errors, self.answer.data if self.answer else {})]


def digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _inside(error: Mapping[str, Any]) -> tuple[str, Explained]:
    """What an answer says of one thing that failed."""
    return str(error.get("Key", "")), explained(str(error.get("Code") or "Unknown"), str(error.get("Message") or ""))


def _name(thing: Any) -> str:
    return str(thing.get("Key", thing) if isinstance(thing, Mapping) else thing)
