"""A plan: what a valid form compiles into. An ordered list of AWS calls as plain data; making one changes nothing.

An action's function yields steps and gets, for each, a reference to its answer-to-be:

    address = yield Step("ec2.allocate_address", Domain="vpc")
    yield Step("ec2.associate_address", AllocationId=address["AllocationId"], InstanceId=item.id)
"""

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation

from apps.catalog.items import Item
from apps.catalog.paths import getter
from apps.catalog.resources import Action
from apps.catalog.scope import Scope
from apps.catalog.shares import Share as Share
from apps.catalog.shares import share_of
from apps.catalog.steps import OPERATION as OPERATION
from apps.catalog.steps import OPERATION_TAG as OPERATION_TAG
from apps.catalog.steps import Find as Find
from apps.catalog.steps import Output as Output
from apps.catalog.steps import Same as Same
from apps.catalog.steps import Step as Step
from apps.catalog.steps import Steps as Steps
from apps.catalog.steps import Until as Until
from apps.catalog.steps import minted as minted
from apps.catalog.steps import reaches as reaches
from apps.catalog.sweeps import Each
from apps.catalog.text import within

# A plan is stored, hashed, approved and recorded: its words must not depend on who looks at it.
LANGUAGE = "en"


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
        also = _elsewhere(action, steps, Item(action.resource.kind, "", account=scope.account, region=scope.region))
        risks = dict.fromkeys(str(text) for text in (action.risks(scope, values) if action.risks else ()))
        return Plan(action.act, str(title), tuple(steps), (), plain(result), also=also, risks=tuple(risks))


def compile_targets(
    action: Action, items: Sequence[Item], values: Mapping[str, Any], scope: Scope | None = None
) -> Plan:
    """The plan of an action on existing resources, a group of steps for each. `scope` is theirs, where it is one."""
    with translation.override(LANGUAGE):
        steps: list[dict[str, Any]] = []
        also: tuple[dict[str, Any], ...] = ()
        for group, item in enumerate(items):
            more, _result = _run(action.run(item, values), group, item.account, item.region, len(steps) + 1)
            steps += more
            also += _elsewhere(action, more, item)
        targets = tuple(
            {"kind": item.kind, "id": item.id, "name": item.name, "account": item.account, "region": item.region}
            | ({"within": item.within} if item.within else {})
            for item in items
        )
        name = items[0].title if len(items) == 1 else f"{len(items)} {within(action.resource.plural)}"
        also += _also(action, items, values, scope) if action.also else ()
        risks = dict.fromkeys(
            str(text) for item in items for text in (action.risks(item, values) if action.risks else ())
        )
        return Plan(action.act, f"{action.label}: {name}", tuple(steps), targets, also=also, risks=tuple(risks))


def _elsewhere(action: Action, steps: Sequence[Mapping[str, Any]], on: Item) -> tuple[dict[str, Any], ...]:
    """The act's own permission in each other place that its steps work in. What a target is tagged with counts in its
    own account alone."""
    places = dict.fromkeys((step["account"], step["region"]) for step in steps)
    own, bare = {"path": on.path, "tags": dict(on.tags)}, {"path": "", "tags": {}}
    return tuple(
        {"permission": action.permission, "account": account, "region": region}
        | (own if account == on.account else bare)
        for account, region in places
        if (account, region) != (on.account, on.region)
    )


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
    out |= {"key": answer.key, "group": group, "account": step.account or account, "region": step.region or region}
    out["undo"] = _bare(undo, answer) if undo else None
    if step.over:
        then = step.over.then
        out["over"] = plain(vars(step.over) | {"then": _bare(then, answer) if then else None})
    if step.same:
        out["same"] = plain(vars(step.same) | {"unordered": step.same.unordered or None})
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
            **({"has": until.has} if until.has else {}),
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
            found = getter(value["path"])(answer) if value["path"] else answer
            return share_of(found, value["share"]) if "share" in value else found
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
