"""A plan as Terraform would say it: resources, and by name each call that it says nothing of."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog import registry
from apps.catalog.code_words import is_ref
from apps.catalog.resources import snake
from apps.catalog.service import Declared


@dataclass
class Block:
    """A resource: where it is made, and its arguments."""

    kind: str
    name: str
    provider: str
    arguments: dict[str, Any]


def text(steps: Sequence[Mapping[str, Any]], profile: Callable[[str], str]) -> str:
    """A block for each resource, then the calls that there is none for. `profile` names an account."""
    blocks, unsaid = list[Block](), list[str]()
    names, made = dict[str, str](), dict[tuple[str, str], str]()
    for step in steps:
        said = [(one, block) for one in _declared(step) for block in _blocks(one, step, profile)]
        own = [(one, block) for one, block in said if not (one.part and _joined(block, blocks))]
        if not said or any(one.part for one, _block in own):
            unsaid.append(step["call"])
            continue
        for one, block in own:
            names.setdefault(step["key"], f"{block.kind}.{block.name}")
            for key, value in block.arguments.items():
                if by := made.get((key, str(value))):
                    block.arguments[key] = {"$ref": by, "path": ""}
            if one.name:
                made[one.name, str(block.arguments[one.name])] = step["key"]
            blocks.append(block)
    whole = [
        f'resource "{block.kind}" "{block.name}" {{\n  provider = aws.{block.provider}\n\n'
        f"{_hcl_body(block.arguments, names, 1)}}}"
        for block in blocks
    ]
    if unsaid:
        whole.append("\n".join(f"# Not said in Terraform: {call}" for call in dict.fromkeys(unsaid)))
    return "\n\n".join(whole) + "\n"


def _declared(step: Mapping[str, Any]) -> Sequence[Declared]:
    """What is made over and over for what a listing answers is nothing to declare."""
    return () if step.get("over") else registry.service(step["call"].partition(".")[0]).terraform.get(step["call"], ())


def _blocks(one: Declared, step: Mapping[str, Any], profile: Callable[[str], str]) -> list[Block]:
    provider = snake(f"{profile(step['account'])}_{step['region']}").replace("-", "_")
    said = one.says(step["params"])
    if isinstance(said, list):
        return [Block(one.kind, f"{step['key']}_{n + 1}", provider, arguments) for n, arguments in enumerate(said)]
    return [Block(one.kind, step["key"], provider, said)] if said else []


def _joined(part: Block, blocks: Sequence[Block]) -> bool:
    """Whether the plan makes what these are further arguments of: then they stand there."""
    for block in blocks:
        common = block.arguments.keys() & part.arguments.keys()
        if block.kind == part.kind and common and all(block.arguments[key] == part.arguments[key] for key in common):
            block.arguments |= part.arguments
            return True
    return False


def _hcl_body(arguments: Mapping[str, Any], names: Mapping[str, str], depth: int) -> str:
    pad, out = "  " * depth, ""
    plain = {k: v for k, v in arguments.items() if not k.startswith("{") and v not in (None, {}, [], False)}
    plain |= {k: v for k, v in arguments.items() if not k.startswith("{") and v is False}
    width = max(map(len, plain), default=0)
    for key, value in plain.items():
        out += f"{pad}{key.ljust(width)} = {_hcl(value, names, depth)}\n"
    for key, value in arguments.items():
        if key.startswith("{") and value:
            for each in value if isinstance(value, list) else [value]:
                out += f"\n{pad}{key.strip('{}')} {{\n{_hcl_body(each, names, depth + 1)}{pad}}}\n"
    return out


def _hcl(value: Any, names: Mapping[str, str], depth: int) -> str:
    if is_ref(value):
        return f"{names[value['$ref']]}.id"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_hcl(each, names, depth) for each in value) + "]"
    if isinstance(value, Mapping):
        pad = "  " * (depth + 1)
        inner = "".join(f"{pad}{json.dumps(key)} = {_hcl(each, names, depth + 1)}\n" for key, each in value.items())
        return "{\n" + inner + "  " * depth + "}"
    text = json.dumps(str(value), ensure_ascii=False)
    # In HCL ${ and %{ begin an expression; doubled they are themselves.
    return text.replace("${", "$${").replace("%{", "%%{")
