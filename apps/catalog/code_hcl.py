"""Arguments as HCL, as `terraform fmt` leaves them."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from apps.catalog.code_words import is_ref

Refer = Callable[[Mapping[str, Any]], str]  # a reference's expression


def filled(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something: neither None nor empty. A zero and a False do."""
    return {key: value for key, value in arguments.items() if value is not None and value != {} and value != []}


def label(text: str) -> str:
    """A text as an identifier, empty where nothing of it can stand in one."""
    found = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return f"_{found}" if found[:1].isdigit() else found


def body(arguments: Mapping[str, Any], refer: Refer, depth: int) -> str:
    """Lines for what fits in one, then one after the other what needs several. A name in braces is a block."""
    pad, there = "  " * depth, filled(arguments)
    said = {key: expression(each, refer, depth) for key, each in there.items() if not key.startswith("{")}
    short = {key: each for key, each in said.items() if "\n" not in each}
    width = max(map(len, short), default=0)
    parts = ["".join(f"{pad}{key.ljust(width)} = {each}\n" for key, each in short.items())]
    parts += [f"{pad}{key} = {each}\n" for key, each in said.items() if key not in short]
    for key, inner in there.items():
        for each in () if key in said else inner if isinstance(inner, list) else [inner]:
            parts.append(f"{pad}{key.strip('{}')} {{\n{body(each, refer, depth + 1)}{pad}}}\n")
    return "\n".join(filter(None, parts))


def expression(value: Any, refer: Refer, depth: int) -> str:
    if is_ref(value):
        return refer(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(expression(each, refer, depth) for each in value) + "]"
    if isinstance(value, Mapping):
        pad, keys = "  " * (depth + 1), {key: json.dumps(key, ensure_ascii=False) for key in value}
        width = max(map(len, keys.values()), default=0)
        inner = (
            f"{pad}{keys[key].ljust(width)} = {expression(each, refer, depth + 1)}\n" for key, each in value.items()
        )
        return "{\n" + "".join(inner) + "  " * depth + "}"
    text = json.dumps(str(value), ensure_ascii=False)
    # In HCL ${ and %{ begin an expression; doubled they are themselves.
    return text.replace("${", "$${").replace("%{", "%%{")
