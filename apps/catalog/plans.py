"""A plan: what a valid form compiles into. An ordered list of AWS calls as plain data; making one changes nothing.

An action's function yields steps and gets, for each, a reference to its answer-to-be:

    address = yield Step("ec2.allocate_address", Domain="vpc")
    yield Step("ec2.associate_address", AllocationId=address["AllocationId"], InstanceId=item.id)
"""

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation

from apps.catalog import model
from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Action
from apps.catalog.scope import Scope
from apps.catalog.sweeps import Each, Over
from apps.catalog.text import Text

# A plan is stored, hashed, approved and recorded: its words must not depend on who looks at it.
LANGUAGE = "en"

# Stands in a plan for the id of the operation that will run it: tags by which an unfinished call is found again.
OPERATION = {"$operation": "id"}
OPERATION_TAG = {"Key": "northgate:operation", "Value": OPERATION}


def minted(text: Text) -> dict[str, str]:
    """Stands in a plan for what a submission makes (a public key); `text` is shown in its place."""
    return {"$minted": str(text)}


# These set a state, so that a second time changes nothing more.
_REPEATABLE = ("start_", "stop_", "terminate_", "delete_", "modify_", "put_", "create_tags", "release_", "deregister_")


class Output:
    """A reference to something in the answer of an earlier step; `output["GroupId"]` goes deeper (JMESPath)."""

    def __init__(self, key: str, path: str = "") -> None:
        self.key, self.path = key, path

    def __getitem__(self, path: str) -> "Output":
        return Output(self.key, f"{self.path}.{path}" if self.path else path)

    def to_json(self) -> dict[str, str]:
        return {"$ref": self.key, "path": self.path}


@dataclass(frozen=True)
class Until:
    """What to wait for after a call: resources `ids` of a kind come to one of `states` (`bad` ends the wait as failed;
    `gone` accepts that they are no longer there). `timeout` in seconds."""

    kind: str
    ids: Any
    states: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    gone: bool = False
    timeout: int = 900


def reaches(
    kind: str, ids: Any, *states: str, bad: Iterable[str] = (), gone: bool = False, timeout: int = 900
) -> Until:
    """Wait until the resources `ids` (a list, or an Output of one) are in one of the states."""
    return Until(kind, ids, frozenset(states), frozenset(bad), gone, timeout)


@dataclass(frozen=True)
class Find:
    """How to look up what a call without a client token may have made: a describing call and the path to the object,
    which must be of the shape of the making call's answer as far as later steps refer to it."""

    call: str
    path: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Same:
    """What a plan was made from and must still be so when its step begins: what stands at `path` of a reading call's
    answer, all of it without one. `absent` are the error codes that mean None. `what` is what it is called, for who is
    told that it was changed meanwhile."""

    call: str
    params: Mapping[str, Any]
    path: str = ""
    value: Any = None
    absent: tuple[str, ...] = ()
    what: Text = ""


class Step:
    """One AWS call. AWS's parameters are capitalized keywords, ours are not:

    `title` is shown while it runs; `until` says what to wait for; `undo` is the Step that takes it back (or a function
    of the Output); `find` looks up what an unanswered call did; `already` are error codes that mean "it is so
    already"; `repeat="safe"` says that calling twice changes nothing more; `touches` are (kind, ids) to refresh;
    `covered` says that the undo of an earlier step takes this one back too; `over` makes the call again and again, for
    all that a listing answers. With `same`, the call is made only while what was read for the plan is still so.
    """

    def __init__(
        self,
        call: str,
        *,
        title: Text = "",
        until: Until | Callable[[Output], Until] | None = None,
        undo: "Step | Callable[[Output], Step] | None" = None,
        find: Find | None = None,
        already: Sequence[str] = (),
        repeat: str = "",
        touches: Sequence[tuple[str, Any]] | Callable[[Output], Sequence[tuple[str, Any]]] = (),
        covered: bool = False,
        over: Over | None = None,
        same: Same | None = None,
        **params: Any,
    ) -> None:
        self.call, self.title, self.until, self.undo, self.find = call, title, until, undo, find
        self.already, self.repeat, self.touches, self.params = tuple(already), repeat, touches, params
        self.covered, self.over, self.same = covered, over, same

    @property
    def repeatable(self) -> str:
        """How a call whose outcome is unknown is made again: `token`, `find`, `safe` or `never`."""
        if model.token_member(self.call):
            return "token"
        if self.find:
            return "find"
        if self.repeat or self.already or self.call.partition(".")[2].startswith(_REPEATABLE):
            return self.repeat or "safe"
        return "never"


Steps = Generator[Step, Output, Any]


@dataclass(frozen=True)
class Plan:
    """What will be done: `steps` and `targets` are JSON-able dictionaries; see `compile_create` and DESIGN's §1.

    Steps of one `group` run in order and are rolled back together; groups do not depend on each other.
    """

    act: str
    title: str
    steps: tuple[dict[str, Any], ...]
    targets: tuple[dict[str, str], ...] = ()
    result: Any = None
    note: dict[str, Any] = field(default_factory=dict)
    also: tuple[dict[str, Any], ...] = ()  # permissions besides the act's own, each with its place
    risks: tuple[str, ...] = ()  # what the values put at risk, as the action says

    def to_json(self) -> dict[str, Any]:
        data = {
            "act": self.act,
            "title": self.title,
            "targets": list(self.targets),
            "steps": list(self.steps),
            "result": self.result,
        }
        more = {"also": list(self.also), "risks": list(self.risks)}
        return data | {key: value for key, value in more.items() if value}

    @property
    def hash(self) -> str:
        """SHA-256 of the plan as canonical JSON: what an approval and the audit refer to."""
        return hashlib.sha256(canonical(self.to_json()).encode()).hexdigest()

    @property
    def places(self) -> list[tuple[str, str]]:
        """The (account, Region) pairs that it works in."""
        return list(dict.fromkeys((step["account"], step["region"]) for step in self.steps))


def canonical(value: Any) -> str:
    """JSON that is the same text whenever it is the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def from_json(data: Mapping[str, Any]) -> Plan:
    """The plan that `to_json` wrote."""
    targets, also, risks = tuple(data["targets"]), tuple(data.get("also", ())), tuple(data.get("risks", ()))
    return Plan(data["act"], data["title"], tuple(data["steps"]), targets, data.get("result"), also=also, risks=risks)


def compile_create(action: Action, scope: Scope, values: Mapping[str, Any]) -> Plan:
    """The plan of a wizard in one account and Region. `values` are the form's cleaned data."""
    with translation.override(LANGUAGE):
        steps, result = _run(action.run(scope, values), 0, scope.account, scope.region, 1)
        title = action.title(values) if action.title else action.label
        return Plan(action.act, str(title), tuple(steps), (), plain(result))


def compile_targets(
    action: Action, items: Sequence[Item], values: Mapping[str, Any], scope: Scope | None = None
) -> Plan:
    """The plan of an action on existing resources, a group of steps for each. `scope` is theirs, where it is one."""
    with translation.override(LANGUAGE):
        steps: list[dict[str, Any]] = []
        for group, item in enumerate(items):
            more, _result = _run(action.run(item, values), group, item.account, item.region, len(steps) + 1)
            steps += more
        targets = tuple(
            {"kind": item.kind, "id": item.id, "name": item.name, "account": item.account, "region": item.region}
            | ({"within": item.within} if item.within else {})
            for item in items
        )
        name = items[0].title if len(items) == 1 else f"{len(items)} {str(action.resource.plural).lower()}"
        also = _also(action, items, values, scope) if action.also else ()
        risks = dict.fromkeys(
            str(text) for item in items for text in (action.risks(item, values) if action.risks else ())
        )
        return Plan(action.act, f"{action.label}: {name}", tuple(steps), targets, also=also, risks=tuple(risks))


def _also(
    action: Action, items: Sequence[Item], values: Mapping[str, Any], scope: Scope | None
) -> tuple[dict[str, Any], ...]:
    assert action.also is not None
    found = []
    for item in items:
        for word, on in action.also(item, values, scope):
            place = {"account": on.account, "region": on.region, "path": on.path, "tags": dict(on.tags)}
            found.append({"permission": f"{on.kind}.{word}", **place})
    return tuple({repr(each): each for each in found}.values())


def _run(made: Any, group: int, account: str, region: str, first: int) -> tuple[list[dict[str, Any]], Any]:
    """Runs the generator, handing back an Output for each step."""
    steps: list[dict[str, Any]] = []
    if not isinstance(made, Generator):
        made = (step for step in made or ())
    answer: Output | None = None
    try:
        while True:
            step = made.send(answer)  # the first is None, as a generator wants it
            answer = Output(f"s{first + len(steps)}")
            steps.append(_encode(step, answer, group, account, region))
    except StopIteration as stop:
        return steps, stop.value


def _encode(step: Step, answer: Output, group: int, account: str, region: str) -> dict[str, Any]:
    out = _bare(step, answer)
    undo = step.undo(answer) if callable(step.undo) else step.undo
    out |= {"key": answer.key, "group": group, "account": account, "region": region}
    out["undo"] = _bare(undo, answer) if undo else None
    if step.over:
        then = step.over.then
        out["over"] = plain(vars(step.over) | {"then": _bare(then, answer) if then else None})
    if step.same:
        out["same"] = plain(vars(step.same))
    return out


def _bare(step: Step, answer: Output) -> dict[str, Any]:
    until = step.until(answer) if callable(step.until) else step.until
    touches = step.touches(answer) if callable(step.touches) else step.touches
    return {
        "call": step.call,
        "title": str(step.title) or step.call,
        "params": plain(step.params),
        "repeat": step.repeatable,
        "already": list(step.already),
        "find": {"call": step.find.call, "path": step.find.path, "params": plain(step.find.params)}
        if step.find
        else None,
        "until": until
        and {
            "kind": until.kind,
            "ids": plain(until.ids),
            "states": sorted(until.states),
            "bad": sorted(until.bad),
            "gone": until.gone,
            "timeout": until.timeout,
        },
        "touches": [[kind, plain(ids)] for kind, ids in touches],
        "covered": step.covered,
    }


def plain(value: Any) -> Any:
    """JSON-able data; parameters that are None are left out, Outputs become references."""
    if isinstance(value, Output | Each):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def resolve(value: Any, outputs: Mapping[str, Any], operation: str = "") -> Any:
    """The value with each reference replaced by what the earlier answer holds. Raises KeyError when a step that it
    refers to has no answer yet."""
    if isinstance(value, dict):
        if "$ref" in value:
            answer = outputs[value["$ref"]]
            return getter(value["path"])(answer) if value["path"] else answer
        if "$operation" in value:
            return operation
        return {key: resolve(each, outputs, operation) for key, each in value.items()}
    if isinstance(value, list):
        resolved: list[Any] = []
        for each in value:
            found = resolve(each, outputs, operation)
            # A reference to a list inside a list (InstanceIds=[output["Instances[].InstanceId"]]) is spliced in.
            spliced = isinstance(each, dict) and "$ref" in each and isinstance(found, list)
            resolved.extend(found) if spliced else resolved.append(found)
        return resolved
    return value


def refers(value: Any) -> bool:
    """Whether something in it is not known yet: an earlier answer, or what a submission makes."""
    if isinstance(value, dict):
        return "$ref" in value or "$minted" in value or any(refers(each) for each in value.values())
    return isinstance(value, list) and any(refers(each) for each in value)
