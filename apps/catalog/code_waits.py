"""As code: waiting for what a call brings about, where a later call counts on it.

botocore's own waiter where one waits for the same, else a loop.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore import xform_name

from apps.catalog import model, registry
from apps.catalog.code_words import command, option, python
from apps.catalog.reading import Call

_EVERY = 5  # seconds


@dataclass(frozen=True)
class _Wait:
    """What to call, for which ids, and what is then looked for. `waiter` is botocore's name of one, or nothing."""

    call: str
    read: Call
    ids: Any
    waiter: str
    path: str  # to the resources that are not there yet (JMESPath)

    @property
    def params(self) -> dict[str, Any]:
        return {**self.read.params, self.read.by_id: self.ids}


def cli(until: Mapping[str, Any], place: str) -> str:
    """A command that ends when it has come; nothing for kinds that can't be asked for by id."""
    found = _wait(until)
    if not found:
        return ""
    words = [place, *(option(key, value) for key, value in found.params.items())]
    service, _, name = command(found.call).partition(" ")
    if found.waiter:
        return " \\\n  ".join([f"aws {service} wait {found.waiter.replace('_', '-')}", *words])
    asked = " ".join([f"aws {service} {name}", *words])
    if found.path:
        query = shlex.quote(f"length({found.path})")
        return f'until [ "$({asked} --query {query} --output text)" = 0 ]; do sleep {_EVERY}; done'
    return f"while {asked} > /dev/null 2>&1; do sleep {_EVERY}; done"


def boto3(until: Mapping[str, Any], client: str) -> tuple[list[str], set[str]]:
    """The same as lines of Python, and the modules that they need besides."""
    found = _wait(until)
    if not found:
        return [], set()
    arguments = ", ".join(f"{key}={python(value, 0)}" for key, value in found.params.items())
    if found.waiter:
        return [f"{client}.get_waiter({found.waiter!r}).wait({arguments})"], set()
    asked = f"{client}.{found.call.partition('.')[2]}({arguments})"
    if found.path:
        return [f"while jmespath.search({found.path!r}, {asked}):", f"    time.sleep({_EVERY})"], {"jmespath", "time"}
    return [
        f"with contextlib.suppress({client}.exceptions.ClientError):",
        "    while True:",
        f"        {asked}",
        f"        time.sleep({_EVERY})",
    ], {"contextlib", "time"}


def _wait(until: Mapping[str, Any]) -> _Wait | None:
    resource = registry.resource(until["kind"])
    read = next((call for call in resource.reads if call.by_id), None)
    if read is None:
        return None
    ids = until["ids"]
    if isinstance(ids, str) or (isinstance(ids, Mapping) and "[]" not in ids["path"]):
        ids = [ids]
    call = f"{resource.client}.{read.operation}"
    states, gone = frozenset(until["states"]), bool(until["gone"])
    # A function's state is the panel's own word: AWS can't be asked for it.
    state = resource.state.path if resource.state and isinstance(resource.state.path, str) else ""
    waiter = _waiter(call, f"{read.path}.{state}", states, read.missing if gone else ())
    late = f"{read.path} | [?!contains({_literal(sorted(states))}, {state})]" if states and state else ""
    if has := until.get("has", ""):
        waiter, late = "", f"{late.removesuffix(']')} || !({has})]" if late else f"{read.path} | [?!({has})]"
    if states and not waiter and not late:
        return None
    return _Wait(call, read, ids, waiter, late)


def _literal(value: Any) -> str:
    return f"`{json.dumps(value)}`"


@cache
def _waiter(call: str, path: str, states: frozenset[str], missing: tuple[str, ...]) -> str:
    """botocore's waiter that ends well just when all at `path` are in these states, or AWS says they are missing."""
    for name, waiter in model.waiters(call.partition(".")[0]).items():
        if waiter["operation"] != model.operation(call).name:
            continue
        good = [each for each in waiter["acceptors"] if each["state"] == "success"]
        errors = {each["expected"] for each in good if each["matcher"] == "error"}
        values = {each["expected"] for each in good if each["matcher"] == "pathAll" and each["argument"] == path}
        same = (values == states if states else bool(errors)) and errors <= set(missing)
        if same and len(errors) + len(values) == len(good):
            return str(xform_name(name))
    return ""
