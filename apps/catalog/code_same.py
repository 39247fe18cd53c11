"""As code: what a plan was made from is looked at before anything is written."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from apps.catalog.code_words import command, option, python

_SHORT = 200  # characters of a value that is shown


def cli(same: Mapping[str, Any], place: str) -> str:
    """The reading command, and in a comment what it answered. `place` are the options that name profile and Region."""
    words = [f"aws {command(same['call'])} {place}", *(option(key, value) for key, value in same["params"].items())]
    words += [f"--query {shlex.quote(same['path'])}"] if same["path"] else []
    words += ["|| true"] if _absent(same) else []  # that there is none, AWS says by an error
    return f"# {_comment(same, json.dumps(same.get('value'), ensure_ascii=False))}\n" + " \\\n  ".join(words)


def boto3(same: Mapping[str, Any], client: str) -> tuple[list[str], set[str]]:
    """The reading call, held against what it answered where that is short, and the modules that it needs."""
    name, path, value = same["call"].partition(".")[2], same["path"], same.get("value")
    arguments = ", ".join(f"{key}={python(each, 0)}" for key, each in same["params"].items())
    asked, said = f"{client}.{name}({arguments})", python(value, 0)
    if _absent(same):
        held = f"assert not {asked}{f'.get({path!r})' if path.isidentifier() else ''}, 'changed meanwhile'"
        return [f"with contextlib.suppress({client}.exceptions.ClientError):", f"    {held}"], {"contextlib"}
    if path.isidentifier() and "\n" not in said:
        return [f"assert {asked}.get({path!r}) == {said}, 'changed meanwhile'"], set()
    return [f"# {_comment(same, repr(value))}", asked], set()


def _absent(same: Mapping[str, Any]) -> bool:
    return same.get("value") is None and bool(same["absent"])


def _comment(same: Mapping[str, Any], said: str) -> str:
    if "value" not in same:
        return "Go on only while there is none:"
    return (
        f"Go on only while this is {said}:"
        if len(said) <= _SHORT
        else "Go on only while this is as it was planned from:"
    )
