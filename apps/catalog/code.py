"""A plan as the AWS CLI, boto3 and Terraform would say it: the same calls with the same parameters."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog import code_same, code_sweeps, code_terraform, code_waits, shares
from apps.catalog.code_words import cli_params, command, is_ref, option, python, variable
from apps.catalog.plans import OPERATION_TAG, Plan
from apps.catalog.resources import snake

Names = Callable[[str], str]  # an account's id to a profile's name


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of code: `id` and `lang` are stable, `label` is shown."""

    id: str
    label: str
    lang: str
    text: str


def render(plan: Plan, profile: Names) -> tuple[Snippet, ...]:
    """The three of them. Terraform declares and does not act: what it has nothing for is named in it."""
    steps = [step | {"params": without_marks(step["params"])} for step in plan.steps]
    return (
        Snippet("cli", "AWS CLI", "bash", _cli(steps, profile)),
        Snippet("boto3", "boto3", "python", _boto3(steps, profile)),
        Snippet("terraform", "Terraform", "hcl", code_terraform.text(steps, profile)),
    )


_TAGS = {"TagSpecifications", "Tags"}


def _is_mark(tag: Any) -> bool:
    return isinstance(tag, Mapping) and {**tag, **OPERATION_TAG} == tag


def without_marks(value: Any) -> Any:
    """The parameters without the tag by which the panel finds its own unfinished calls again."""
    if isinstance(value, Mapping):
        if "$minted" in value:
            return f"({value['$minted']})"
        cleaned = {key: without_marks(each) for key, each in value.items()}
        return {key: each for key, each in cleaned.items() if each or not (key in _TAGS and value[key])}
    if isinstance(value, list):
        kept = [without_marks(each) for each in value if not _is_mark(each)]
        return [each for each in kept if not (isinstance(each, dict) and each.keys() == {"ResourceType"})]
    return value


def _referred(steps: Sequence[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The paths that later steps want of each step's answer."""
    wanted: dict[str, set[str]] = {}

    def look(value: Any) -> None:
        if is_ref(value):
            wanted.setdefault(value["$ref"], set()).add(value["path"])
        elif isinstance(value, Mapping):
            for each in value.values():
                look(each)
        elif isinstance(value, list):
            for each in value:
                look(each)

    for step in steps:
        look(step["params"])
        look(_awaited(step, steps) or {})
    return wanted


def _awaited(step: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What has to be waited for, since a later step goes on from there."""
    later = any(each["group"] == step["group"] for each in steps[steps.index(step) + 1 :])
    until: Mapping[str, Any] | None = step.get("until")
    return until if later else None


# AWS CLI ────────────────────────────────────────────────────────────────


def _cli(steps: Sequence[Mapping[str, Any]], profile: Names) -> str:
    wanted = _referred(steps)
    commands = [shares.SHELL] if any(any(shares.shared(step["params"])) for step in steps) else []
    for step in steps:
        place = f"--profile {shlex.quote(profile(step['account']))}" + _region(step)
        if step.get("same"):
            commands.append(code_same.cli(step["same"], place))
        if step.get("over"):
            commands.append(code_sweeps.cli(step, place))
            continue
        parts = [
            f"aws {command(step['call'])}",
            place,
            *(option(key, value) for key, value in cli_params(step).items()),
        ]
        paths = sorted(wanted.get(step["key"], ()))
        commands.append(_answered(parts, step["key"], paths))
        if until := _awaited(step, steps):
            commands.append(code_waits.cli(until, place))
    return "\n\n".join(filter(None, commands)) + "\n"


def _answered(parts: list[str], key: str, paths: Sequence[str]) -> str:
    """The command, with what later ones want of its answer in variables."""
    if not paths:
        return " \\\n  ".join(parts)
    one = len(paths) == 1
    # As text, a list within a list would begin a line of its own.
    each = [path if one or "[]" not in path else f"join(' ', {path})" for path in paths]
    query = each[0] if one else f"[{', '.join(each)}]"
    whole = " \\\n  ".join([*parts, f"--query {shlex.quote(query)} --output text"])
    names = " ".join(variable(key, path) for path in paths)
    return f"{names}=$({whole})" if one else f"IFS=$'\\t' read -r {names} <<< \"$({whole})\""


def _region(step: Mapping[str, Any]) -> str:
    return "" if step["region"] == "global" else f" --region {step['region']}"


# boto3 ──────────────────────────────────────────────────────────────────


def _boto3(steps: Sequence[Mapping[str, Any]], profile: Names) -> str:
    wanted = _referred(steps)
    lines, clients, modules = list[str](), dict[tuple[str, str, str], str](), {"boto3"}
    if any("[]" in path for paths in wanted.values() for path in paths) or any(step.get("over") for step in steps):
        modules.add("jmespath")
    if any(any(shares.shared(step["params"])) for step in steps):
        modules.add("ipaddress")
    for step in steps:
        service, _, name = step["call"].partition(".")
        place = (service, step["account"], step["region"])
        if place not in clients:
            clients[place] = snake(service) if not clients else f"{snake(service)}_{len(clients) + 1}"
            region = "" if step["region"] == "global" else f", region_name={step['region']!r}"
            lines += [
                "",
                f"session = boto3.Session(profile_name={profile(step['account'])!r}{region})",
                f"{clients[place]} = session.client({service!r})",
            ]
        if step.get("same"):
            looking, more = code_same.boto3(step["same"], clients[place])
            lines, modules = [*lines, "", *looking], modules | more
        if step.get("over"):
            lines += ["", code_sweeps.boto3(step, clients[place], python)]
            continue
        arguments = "".join(f"    {key}={python(value, 4)},\n" for key, value in step["params"].items())
        answer = f"{step['key']} = " if step["key"] in wanted else ""
        lines += ["", f"{answer}{clients[place]}.{name}(\n{arguments})"]
        if until := _awaited(step, steps):
            waiting, more = code_waits.boto3(until, clients[place])
            lines, modules = lines + waiting, modules | more
    return "\n".join([*_imports(modules), *lines]) + "\n"


def _imports(modules: set[str]) -> list[str]:
    """The standard library's first."""
    return [f"import {name}" for name in sorted(modules, key=lambda name: (name in {"boto3", "jmespath"}, name))]
