"""The panel's record against AWS's: each change that AWS made has its row, each row that says so has its change.

Rows are matched by AWS's request id, where the answer never came by the client token, and where there is none by the
call and what it was made with. Shares no code with what writes either side.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import Any

import botocore.serialize
import botocore.session
import psycopg
from psycopg.rows import dict_row

from tests.effects import Effect

Row = Mapping[str, Any]


@dataclass
class Attempt:
    """A call that the record says was to be made, and what it says came of it. `effect` is what AWS did."""

    intent: Row
    outcome: Row | None = None
    effect: Effect | None = None

    @property
    def call(self) -> str:
        return str(self.intent["step"].rpartition(" ")[2])


@dataclass
class Group:
    """All attempts at one call of a step. `settled` are outcomes that were found out later, by looking, with how many
    attempts there were until then."""

    attempts: list[Attempt] = field(default_factory=list)
    settled: list[tuple[Row, int]] = field(default_factory=list)


def rows(dsn: str, tenant: str) -> list[dict[str, Any]]:
    """The record of an organization's calls, oldest first."""
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return connection.execute(
            """SELECT id, extract(epoch FROM at)::float AS at, result, operation::text, step, params, request_ids,
                      reason
               FROM audit_event WHERE tenant_id = %s AND step <> '' ORDER BY id""",
            [tenant],
        ).fetchall()


def discrepancies(record: Iterable[Row], effects: Sequence[Effect], refused: Mapping[str, str]) -> list[str]:
    """A sentence for each. `refused` are the calls that AWS did not carry out: error codes by request id."""
    groups = _groups(record)
    attempts = [attempt for group in groups for attempt in group.attempts]
    by_id = {id: effect for effect in effects for id in effect.ids}
    said: list[str] = []
    for attempt in attempts:
        for id in attempt.outcome["request_ids"] if attempt.outcome else ():
            attempt.effect = by_id.get(id)
            if id not in by_id and id not in refused:
                said.append(f"{_named(attempt.outcome)}: AWS answered no call with {id}")
    said += _unanswered(attempts, effects, refused)
    for attempt in attempts:
        said += _contradictions(attempt, refused)
    for group in groups:
        for row, until in group.settled:
            made = next((attempt for attempt in group.attempts[:until] if attempt.effect), None)
            if row["result"] == "ok" and made is None:
                said.append(f"{_named(row)}: nothing was made")
            # What fails after its call was answered is what was waited for.
            elif row["result"] == "failed" and made and not (made.outcome and made.outcome["result"] == "ok"):
                said.append(f"{_named(row)} with “{row['reason']}”: it took effect")
    return said


def _groups(record: Iterable[Row]) -> list[Group]:
    """By operation and call; outcomes belong to the last intents before them, of several in their order."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in record:
        found[row["operation"], row["step"]].append(row)
    return [_group(of) for of in found.values()]


def _group(record: Sequence[Row]) -> Group:
    made, waiting = Group(), list[Attempt]()
    for intents, run in groupby(record, key=lambda row: row["result"] == "intent"):
        came = list(run)
        if intents:
            waiting = [Attempt(row) for row in came]
            made.attempts += waiting
            continue
        # What was found by looking has no request id.
        answers = [row for row in came if row["result"] != "ok" or row["request_ids"]]
        for attempt, row in zip(waiting[-len(answers) :] if answers else [], answers, strict=False):
            attempt.outcome = row
        looked = [*answers[len(waiting) :], *(row for row in came if row not in answers)]
        made.settled += [(row, len(made.attempts)) for row in looked]
        waiting = []
    return made


def _unanswered(attempts: Sequence[Attempt], effects: Sequence[Effect], refused: Mapping[str, str]) -> Iterator[str]:
    """Finds the row of each change whose answer the panel never got."""
    told = {id(attempt.effect) for attempt in attempts if attempt.effect}
    open: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        if attempt.effect is None and not (attempt.outcome and attempt.outcome["request_ids"]):
            open[attempt.call].append(attempt)
    for effect in sorted(effects, key=lambda one: one.at):
        if id(effect) in told:
            continue
        fit = [each for each in open[effect.call] if each.intent["at"] <= effect.at and _same(effect, each.intent)]
        if fit:
            # The latest: an earlier one may never have left.
            fit[-1].effect = effect
            open[effect.call].remove(fit[-1])
        else:
            yield f"AWS made {effect.call} {_short(effect.params)} ({', '.join(effect.ids)}), of which no row tells"


def _contradictions(attempt: Attempt, refused: Mapping[str, str]) -> Iterator[str]:
    """Where the record says something else than what AWS did."""
    row, effect = attempt.outcome, attempt.effect
    if effect and effect.call != attempt.call:
        yield f"{_named(attempt.intent)}: AWS made {effect.call}"
    elif effect and not _same(effect, attempt.intent):
        yield f"{_named(attempt.intent)} {_short(attempt.intent['params'])}: AWS got {_short(effect.params)}"
    if row is None or row["result"] == "unknown":
        return
    if row["result"] == "failed" and effect and not (effect.partial and row["reason"]):
        yield f"{_named(row)} with “{row['reason']}”: it took effect"
    if row["result"] == "ok" and effect is None:
        codes = [refused[id] for id in row["request_ids"] if id in refused]
        if not row["reason"] or any(_passing(code) for code in codes):
            yield f"{_named(row)}: AWS refused it with {', '.join(codes)}"


def _passing(code: str) -> bool:
    return code in {"InternalError", "ServiceUnavailable", "RequestLimitExceeded", "SlowDown"}


# What a row says a call was made with, and what came over the wire ─────


def _same(effect: Effect, intent: Row) -> bool:
    params, service = intent["params"], effect.call.partition(".")[0]
    if service != "s3":
        wire = _flat(effect.call, json.dumps(_shown(params)))
        return all(effect.params.get(name) == value for name, value in wire)
    if (effect.params.get("Bucket"), effect.params.get("Key")) != (params.get("Bucket"), params.get("Key")):
        return False
    if "Objects" not in effect.params:
        return True
    batch, told = effect.params["Objects"], params["Delete"]["Objects"]
    if isinstance(told, list):
        return [one["Key"] for one in told] == [one["Key"] for one in batch]
    text = json.dumps(batch, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return told["count"] == len(batch) and told["sha256"] == hashlib.sha256(text.encode()).hexdigest()


def _shown(value: Any) -> Any:
    """Without what the record keeps to itself."""
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items() if not _hidden(inner)}
    return [_shown(inner) for inner in value] if isinstance(value, list) else value


def _hidden(value: Any) -> bool:
    return isinstance(value, dict) and "redacted" in value


@cache
def _flat(call: str, params: str) -> tuple[tuple[str, str], ...]:
    """As botocore writes them into a query."""
    serializer, operation = _serializer(call)
    body = serializer.serialize_to_request(json.loads(params), operation)["body"]
    return tuple((key, str(value)) for key, value in body.items() if key not in {"Action", "Version"})


@cache
def _serializer(call: str) -> tuple[Any, Any]:
    service, _dot, name = call.partition(".")
    model = _model(service)
    operation = next(one for one in model.operation_names if botocore.xform_name(one) == name)
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"], include_validation=False)
    return serializer, model.operation_model(operation)


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _named(row: Row) -> str:
    return f"row {row['id']} ({row['step']} {row['result']} of {row['operation']})"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"
