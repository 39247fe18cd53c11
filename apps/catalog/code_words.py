"""Parameters as words of the AWS CLI and of Python."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from botocore import xform_name

from apps.catalog import registry, shares
from apps.catalog.resources import snake


def is_ref(value: Any) -> bool:
    return isinstance(value, Mapping) and "$ref" in value


def refs(value: Any) -> Iterator[Mapping[str, Any]]:
    """The references within a value."""
    if is_ref(value):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from refs(each)


def variable(key: str, path: str) -> str:
    """The shell's variable for what stands at a path of a step's answer; several words where the path is a list's."""
    several = "S" if "[]" in path else ""
    return f"{snake(path.rpartition('.')[2]).upper()}{several}_{key[1:]}"


def command(call: str) -> str:
    """`s3api list-objects-v2`, as the AWS CLI calls it."""
    service, _, name = call.partition(".")
    return f"{registry.service(service).command or service} {name.replace('_', '-')}"


def cli_params(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """A step's parameters as the AWS CLI names them."""
    function = registry.service(step["call"].partition(".")[0]).cli.get(step["call"])
    return function(step["params"]) if function else step["params"]


def option(name: str, value: Any) -> str:
    """A parameter as an option of the AWS CLI."""
    option = f"--{xform_name(name, '-')}"
    if value is True:
        return option
    if value is False:
        return f"--no-{option[2:]}"
    if isinstance(value, list) and all(isinstance(each, str | int) or is_ref(each) for each in value):
        return f"{option} " + " ".join(_cli_word(each) for each in value)
    return f"{option} {_cli_word(value)}"


def _cli_word(value: Any) -> str:
    if is_ref(value):
        return f"{_expanded(value)}" if "[]" in value["path"] else f'"{_expanded(value)}"'  # several words, or one
    if isinstance(value, str | int | float):
        return shlex.quote(str(value))
    text = json.dumps(value, default=str, ensure_ascii=False)
    return _with_variables(value) if "$ref" in text else shlex.quote(text)


def _expanded(ref: Mapping[str, Any]) -> str:
    """What the shell puts in place of a reference."""
    name = f"${variable(ref['$ref'], ref['path'])}"
    return shares.in_shell(f'"{name}"', ref["share"]) if "share" in ref else name


def _with_variables(value: Any) -> str:
    """JSON in which references are shell variables: the quotes end, the variable stands, they begin again."""
    held: list[str] = []

    def mark(each: Any) -> Any:
        if is_ref(each):
            held.append(_expanded(each))
            return f"\x00{len(held) - 1}\x00"
        if isinstance(each, Mapping):
            return {key: mark(inner) for key, inner in each.items()}
        return [mark(inner) for inner in each] if isinstance(each, list) else each

    text = shlex.quote(json.dumps(mark(value), ensure_ascii=False).replace("\\u0000", "\x00"))
    return re.sub("\x00(\\d+)\x00", lambda found: f"""'"{held[int(found[1])]}"'""", text)


def python(value: Any, indent: int) -> str:
    """A parameter as a Python expression."""
    if is_ref(value):
        path = value["path"]
        if "[]" in path:
            return f"jmespath.search({path!r}, {value['$ref']})"
        parts = re.findall(r"[^.\[\]]+", path)  # `A[0].B` is ["A"][0]["B"]
        said = str(value["$ref"]) + "".join(f"[{part if part.isdecimal() else repr(part)}]" for part in parts)
        return shares.in_python(said, value["share"]) if "share" in value else said
    pad = " " * (indent + 4)
    if isinstance(value, Mapping):
        whole = "{" + ", ".join(f"{key!r}: {python(each, indent)}" for key, each in value.items()) + "}"
        if len(whole) + indent <= 88 and "\n" not in whole:
            return whole
        return (
            "{\n"
            + "".join(f"{pad}{key!r}: {python(each, indent + 4)},\n" for key, each in value.items())
            + " " * indent
            + "}"
        )
    if isinstance(value, list):
        whole = "[" + ", ".join(python(each, indent) for each in value) + "]"
        if len(whole) + indent <= 88 and "\n" not in whole:
            return whole
        return "[\n" + "".join(f"{pad}{python(each, indent + 4)},\n" for each in value) + " " * indent + "]"
    return repr(value)
