"""A sweep as code: loops of the AWS CLI and of boto3 that do what the panel does, page by page."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from apps.catalog import model, sweeps
from apps.catalog.code_words import cli_params, command, option

Python = Callable[[Any, int], str]
_BATCH = "every thing of the batch"

# AWS CLI ────────────────────────────────────────────────────────────────


def cli(step: Mapping[str, Any], place: str) -> str:
    """A loop in the shell, where jq turns what the listing answers into the input of each call. Every key goes through:
    none becomes a word of the shell's, and no batch is too long for a command line. `place` are the options that name
    profile and Region."""
    over = step["over"]
    listing = [f"aws {command(over['call'])} {place}", *(option(key, value) for key, value in over["params"].items())]
    inputs, calls = _batches(step, place) if over["into"] else _things(step, place)
    return (
        " ".join(listing) + f" \\\n    --query {shlex.quote(over['path'])} --output json |\n"
        f"  jq -c {shlex.quote(inputs)} |\n"
        f"  while IFS= read -r input; do\n    {calls}\n  done"
    )


def _batches(step: Mapping[str, Any], place: str) -> tuple[str, str]:
    """The jq expression, a line of which is the parameter that holds a batch, and the call."""
    over, params = step["over"], cli_params(step)
    size, name = over["at_once"], over["into"].partition(".")[0]
    batch = _jq(sweeps.put(params, over["into"], _BATCH)[name]).replace(json.dumps(_BATCH), f".[$at:$at + {size}]")
    others = [option(key, value) for key, value in params.items() if key != name]
    words = " ".join([f"aws {command(step['call'])} {place}", *others, option(name, "file:///dev/stdin")])
    return f"(. // []) | range(0; length; {size}) as $at | {batch}", f"printf '%s' \"$input\" | {words}"


def _things(step: Mapping[str, Any], place: str) -> tuple[str, str]:
    """The jq expression, a line of which are the parameters for one thing, and the call, or both calls."""
    then = step["over"].get("then")
    if not then:
        return f"(. // [])[] | {_jq(cli_params(step))}", _with_input(step, place, '"$input"')
    both = [_with_input(each, place, f'"$(jq \'.[{n}]\' <<< "$input")"') for n, each in enumerate((step, then))]
    return f"(. // [])[] | [{_jq(cli_params(step))}, {_jq(cli_params(then))}]", " &&\n      ".join(both)


def _with_input(step: Mapping[str, Any], place: str, source: str) -> str:
    return f"aws {command(step['call'])} {place} --cli-input-json {source}"


def _jq(value: Any) -> str:
    """Parameters as a jq expression over one thing of the listing."""
    if isinstance(value, Mapping) and "$each" in value:
        found = f".{value['$each']}"
        if not value["old"] and not value["new"]:
            return found
        return f"({json.dumps(value['new'], ensure_ascii=False)} + {found}[{len(value['old'])}:])"
    if isinstance(value, Mapping) and "$join" in value:
        return "(" + " + ".join(map(_jq, value["$join"])) + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {_jq(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jq, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


# boto3 ──────────────────────────────────────────────────────────────────


def boto3(step: Mapping[str, Any], client: str, python: Python) -> str:
    """A loop over botocore's paginator."""
    over, name = step["over"], step["call"].partition(".")[2]
    listing = over["call"].partition(".")[2]
    arguments = ", ".join(f"{key}={python(value, 0)}" for key, value in over["params"].items())
    if model.paging(over["call"]):
        lines = [f"for page in {client}.get_paginator({listing!r}).paginate({arguments}):"]
    else:
        lines = [f"for page in [{client}.{listing}({arguments})]:"]
    lines.append(f"    things = jmespath.search({over['path']!r}, page) or []")
    answer = "answer = " if over["errors"] else ""
    if over["into"]:
        size = over["at_once"]
        params = python(sweeps.put(step["params"], over["into"], _BATCH), 8)
        params = params.replace(repr(_BATCH), f"things[start : start + {size}]")
        lines += [f"    for start in range(0, len(things), {size}):", f"        {answer}{client}.{name}(**{params})"]
    else:
        lines += ["    for thing in things:", f"        {answer}{client}.{name}(**{_each(step['params'])})"]
    if over["errors"]:
        lines += [
            f"        for error in jmespath.search({over['errors']!r}, answer) or []:",
            "            print(error)",
        ]
    if then := over.get("then"):
        lines.append(f"        {client}.{then['call'].partition('.')[2]}(**{_each(then['params'])})")
    return "\n".join(lines)


def _each(value: Any) -> str:
    if isinstance(value, Mapping) and "$each" in value:
        found = "thing" + "".join(f"[{part!r}]" for part in value["$each"].split("."))
        moved = value["old"] or value["new"]
        return f"{value['new']!r} + {found}.removeprefix({value['old']!r})" if moved else found
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_each(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_each, value)) + "]"
    return repr(value)
