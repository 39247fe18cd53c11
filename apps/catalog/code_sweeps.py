"""A sweep as code: loops of the AWS CLI and of boto3 that do what the panel does, page by page."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from apps.catalog import model
from apps.catalog.code_words import command, option

_BATCH, _WORD = "every thing of the batch", "\x01"


def cli(step: Mapping[str, Any], profile: str) -> str:
    """A shell loop. Keys that hold a tab or a line break need boto3."""
    over, place = step["over"], f"--profile {shlex.quote(profile)} --region {step['region']}"
    listing = " ".join([f"aws {command(over['call'])} {place}", *_options(over["params"])])
    if over["into"]:
        words = " ".join(_options(_with_batch(step["params"], over["into"])))
        words = words.replace(json.dumps(_BATCH), _WORD).replace(_WORD, _shell("BATCH"))
        query = f"--max-items {over['at_once']} --query {shlex.quote(over['path'])} --output json"
        return (
            f"while BATCH=$({listing} \\\n    {query})\n"
            '  [ "$BATCH" != "[]" ] && [ "$BATCH" != "null" ]; do\n'
            f"  aws {command(step['call'])} {place} {words}\ndone"
        )
    eaches = _eaches(step["params"])
    names = list(dict.fromkeys(one["$each"] for one in eaches))
    words = " ".join(_options(_marked(_copy_source(step["params"]))))
    for one in eaches:
        words = words.replace(_mark(one), _shell(_name(one)))
    query = f"({over['path']} || `[]`)[].[{', '.join(names)}]"  # nothing, where the CLI would print "None"
    moves = "".join(f"  {_name(one)}={_moved(one)}\n" for one in eaches if _moves(one))
    return (
        f"{listing} \\\n    --query {shlex.quote(query)} --output text |\n"
        f"while IFS=$'\\t' read -r {' '.join(name.upper() for name in names)}; do\n"
        f"{moves}  aws {command(step['call'])} {place} {words}\ndone"
    )


def _options(params: Mapping[str, Any]) -> list[str]:
    return [option(key, value) for key, value in params.items()]


def _shell(name: str) -> str:
    """A variable inside single quotes: these end, it stands in double ones, they begin again."""
    return f"""'"${name}"'"""


def _moves(one: Mapping[str, str]) -> bool:
    return bool(one["old"] or one["new"])


def _name(one: Mapping[str, str]) -> str:
    return ("NEW_" if _moves(one) else "") + one["$each"].upper()


def _mark(one: Mapping[str, str]) -> str:
    return f"\x02{_name(one)}\x02"


def _moved(one: Mapping[str, str]) -> str:
    return f"{shlex.quote(one['new'])}${{{one['$each'].upper()}#{shlex.quote(one['old'])}}}"


def _eaches(value: Any) -> list[Mapping[str, str]]:
    """Everything that `Each` stands for."""
    if isinstance(value, Mapping):
        return [value] if "$each" in value else [one for inner in value.values() for one in _eaches(inner)]
    return [one for inner in value for one in _eaches(inner)] if isinstance(value, list) else []


def _marked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _mark(value) if "$each" in value else {key: _marked(inner) for key, inner in value.items()}
    return value


def _copy_source(params: Mapping[str, Any]) -> dict[str, Any]:
    """The AWS CLI takes a copy's source as bucket/key."""
    source = params.get("CopySource")
    if not isinstance(source, Mapping):
        return dict(params)
    return {**params, "CopySource": f"{source['Bucket']}/{_marked(source['Key'])}"}


def boto3(step: Mapping[str, Any], client: str, python: Callable[[Any, int], str]) -> str:
    """A loop over botocore's paginator."""
    over, name = step["over"], step["call"].partition(".")[2]
    listing = over["call"].partition(".")[2]
    lines = []
    if over["drains"]:
        lines += ["# What was dealt with is listed no more; the pages stay valid all the same."]
    arguments = ", ".join(f"{key}={python(value, 0)}" for key, value in over["params"].items())
    if model.paging(over["call"]):
        lines.append(f"for page in {client}.get_paginator({listing!r}).paginate({arguments}):")
    else:
        lines.append(f"for page in [{client}.{listing}({arguments})]:")
    lines.append(f"    things = jmespath.search({over['path']!r}, page) or []")
    if over["into"]:
        size = over["at_once"]
        params = python(_with_batch(step["params"], over["into"]), 8)
        params = params.replace(repr(_BATCH), f"things[start : start + {size}]")
        lines += [f"    for start in range(0, len(things), {size}):", f"        {client}.{name}(**{params})"]
    else:
        lines += ["    for thing in things:", f"        {client}.{name}(**{_each(step['params'])})"]
    return "\n".join(lines)


def _with_batch(params: Mapping[str, Any], into: str) -> dict[str, Any]:
    name, _dot, rest = into.partition(".")
    return {**params, name: _with_batch(params.get(name, {}), rest) if rest else _BATCH}


def _each(value: Any) -> str:
    if isinstance(value, Mapping):
        if "$each" in value:
            found = f"thing[{value['$each']!r}]"
            return (
                f"{value['new']!r} + {found}.removeprefix({value['old']!r})" if value["old"] or value["new"] else found
            )
        return "{" + ", ".join(f"{key!r}: {_each(inner)}" for key, inner in value.items()) + "}"
    return repr(value)
