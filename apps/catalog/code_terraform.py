"""A plan as Terraform would say it: resources; what to change in ones that are declared already, and what to remove, as
comments; and by name each call that it says nothing of."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.catalog import code_hcl, registry, shares
from apps.catalog.code_words import is_ref, refs
from apps.catalog.paths import getter
from apps.catalog.service import Declared

Step = Mapping[str, Any]
# What these take away is declared no longer.
_GONE = ("delete_", "deregister_", "detach_", "disassociate_", "release_", "remove_", "revoke_", "terminate_")
_KEY = re.compile(r"s\d+(_\d+)?")  # of a step, and a number: the name of what has none


@dataclass
class Block:
    """A resource: where it is made, its arguments, its attributes by the names that AWS answers them under, and which
    others it waits for though it doesn't refer to them."""

    kind: str
    label: str
    provider: str
    arguments: dict[str, Any]
    answers: Mapping[str, str]
    after: list["Block"]

    @property
    def address(self) -> str:
        return f"{self.kind}.{self.label}"


@dataclass
class Config:
    """What a plan comes to. `providers` are by account and Region, `makers` are the resources by the step that makes
    them, `named` such steps by a parameter and its value. `changes` are of what the plan doesn't make: its type, what
    AWS calls it, and the arguments. `gone` are type and arguments of what is declared no longer."""

    providers: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    makers: dict[str, Block] = field(default_factory=dict)
    named: dict[tuple[str, str], str] = field(default_factory=dict)
    changes: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)
    gone: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def text(steps: Sequence[Step], profile: Callable[[str], str]) -> str:
    """The whole of it. `profile` names an account."""
    config, silent = Config(), list[Step]()
    for step in steps:
        if reads(step["call"]):
            for ref in refs(step["params"]):
                if made := config.makers.get(ref["$ref"]):
                    config.makers[step["key"]] = made
            continue
        # What is made over and over for what a listing answers is nothing to declare.
        if step.get("over") or not [one for one in _declared(step["call"]) if _say(one, step, config, profile)]:
            silent.append(step)
    removed = [step for step in silent if removes(step["call"]) and not step.get("over")]
    unsaid = dict.fromkeys(step["call"] for step in silent if step not in removed)
    whole = [
        *(f'provider "aws" {{\n{code_hcl.body(one, _nothing, 1)}}}' for one in config.providers.values()),
        *(_resource(block, config) for block in config.blocks),
        *(_comment(f"In your {kind} for {_word(of)}:", _body(said, config, 0)) for kind, of, said in config.changes),
        *(_comment(f"Remove from your configuration this {kind}:", _body(was, config, 0)) for kind, was in config.gone),
        _comment("Remove from your configuration what declares these:", "".join(map(_removal, removed))),
        "\n".join(f"# Not said in Terraform: {call}{_reason(call)}" for call in unsaid),
    ]
    return "\n\n".join(filter(None, whole)) + "\n"


def reads(call: str) -> bool:
    """Whether a call only tells of something, so that a reference to its answer is one to that."""
    return call.partition(".")[2].startswith(("describe_", "get_", "list_"))


def removes(call: str) -> bool:
    """Whether a call takes something away, so that Terraform says it by saying nothing of it."""
    return call.partition(".")[2].startswith(_GONE)


def _service(call: str) -> Any:
    return registry.service(call.partition(".")[0])


def _declared(call: str) -> Sequence[Declared]:
    found: Sequence[Declared] = _service(call).terraform.get(call, ())
    return found


def _reason(call: str) -> str:
    reason = _service(call).untold.get(call)
    return f" ({reason})" if reason else ""


# What a step says


def _say(one: Declared, step: Step, config: Config, profile: Callable[[str], str]) -> bool:
    """Enters it, and tells whether there was something to enter."""
    params = {
        key: {"$ref": config.named[key, value], "path": ""}
        if isinstance(value, str) and (key, value) in config.named
        else value
        for key, value in step["params"].items()
    }
    said = one.says(params) or []
    several = said if isinstance(said, list) else [said]
    found = [each for each in map(code_hcl.filled, several) if each]
    if not found:
        return False
    if one.gone:
        config.gone += [(one.kind, each) for each in found]
        return True
    if one.part:
        _change(one, getter(one.part)(params), found, config)
        return True
    provider = _provider(step, config, profile)
    for number, arguments in enumerate(found, 1):
        own = f"{step['key']}_{number}" if len(found) > 1 else step["key"]
        after = [block for block in config.blocks for key, kind in one.after if key in arguments and block.kind == kind]
        block = Block(one.kind, _label(one.kind, arguments, own, config), provider, arguments, one.answers, after)
        config.blocks.append(block)
        config.makers.setdefault(step["key"], block)
    if one.name:
        config.named[one.name, step["params"][one.name]] = step["key"]
    return True


def _change(one: Declared, of: Any, said: list[dict[str, Any]], config: Config) -> None:
    """Enters arguments where the plan makes what they belong to, else as a change of what is declared already. There
    are as many of them as of these, or one for all."""
    things = of if isinstance(of, list) else [of]
    most = max(len(things), len(said))
    for thing, arguments in zip((things * most)[:most], (said * most)[:most], strict=True):
        made = config.makers.get(thing["$ref"]) if is_ref(thing) else None
        if made and made.kind == one.kind:
            made.arguments |= arguments
            continue
        same = [there for kind, other, there in config.changes if (kind, other) == (one.kind, thing)]
        if same and not same[0].keys() & arguments.keys():
            same[0].update(arguments)
        else:
            config.changes.append((one.kind, thing, arguments))


def _provider(step: Step, config: Config, profile: Callable[[str], str]) -> str:
    place = (step["account"], step["region"])
    if place not in config.providers:
        account, region = profile(place[0]), None if place[1] == "global" else place[1]
        alias = code_hcl.label(f"{account}_{place[1]}")
        if any(alias == other["alias"] for other in config.providers.values()):
            alias += f"_{len(config.providers) + 1}"
        config.providers[place] = {"alias": alias, "profile": account, "region": region}
    return str(config.providers[place]["alias"])


def _label(kind: str, arguments: Mapping[str, Any], own: str, config: Config) -> str:
    """A name of one's own: that of the thing, where there is none other of its kind."""
    name = (arguments.get("tags") or {}).get("Name") or arguments.get("name")
    found = code_hcl.label(name) if isinstance(name, str) else ""
    taken = {block.label for block in config.blocks if block.kind == kind}
    return found if found and found not in taken and not _KEY.fullmatch(found) else own


# In writing


def _nothing(ref: Mapping[str, Any]) -> str:
    return json.dumps(f"({ref['path'] or ref['$ref']})")


def _body(arguments: Mapping[str, Any], config: Config, depth: int) -> str:
    def refer(ref: Mapping[str, Any]) -> str:
        made = config.makers.get(ref["$ref"])
        if made is None:
            return _nothing(ref)
        said = f"{made.address}.{made.answers.get(ref['path'].rpartition('.')[2], 'id')}"
        return shares.in_terraform(said, ref["share"]) if "share" in ref else said

    return code_hcl.body(arguments, refer, depth)


def _resource(block: Block, config: Config) -> str:
    parts = [f"  provider = aws.{block.provider}\n", _body(block.arguments, config, 1)]
    if block.after:
        parts.append(f"  depends_on = [{', '.join(each.address for each in block.after)}]\n")
    return f'resource "{block.kind}" "{block.label}" {{\n' + "\n".join(filter(None, parts)) + "}"


def _comment(head: str, lines: str) -> str:
    """Nothing without lines. A name may have several, of which none must end the comment."""
    inner = "".join(f"#   {line}".rstrip() + "\n" for line in lines.splitlines())
    return f"# {' '.join(head.split())}\n#\n{inner}".rstrip("\n") if lines else ""


def _removal(step: Step) -> str:
    return f"{step['call']}: " + ", ".join(f"{key} {_word(value)}" for key, value in step["params"].items()) + "\n"


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return " ".join(value)
    return json.dumps(value, ensure_ascii=False)
