"""Holds what is said in Terraform against botocore's service models, and the catalog to saying what it makes."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core import checks

from apps.catalog import code_terraform, model, registry
from apps.catalog.code_words import refs
from apps.catalog.examples import example_plan
from apps.catalog.service import Declared, Service
from apps.catalog.shapes import follow

# What these make is there afterwards.
_MAKES = (
    "accept_",
    "allocate_",
    "associate_",
    "attach_",
    "authorize_",
    "copy_",
    "create_",
    "import_",
    "put_",
    "register_",
    "request_",
    "run_",
)


@checks.register("catalog")
def check_terraform(**_: Any) -> list[checks.CheckMessage]:
    """All problems of all calls, and of those that plans are made of."""
    found = [problem for service in registry.services() for problem in _declared(service)]
    for resource in registry.everything():
        asked = (routine.action for routine in resource.routines.values())
        for action in (*resource.actions.values(), *resource.wizards.values(), *asked):
            try:
                steps = example_plan(action).steps
            except (ValueError, KeyError, model.UnknownCall):
                continue  # E031
            found += problems(steps, {each.name: each for each in registry.services()}, action.act)
    return found


def _error(code: str, message: str, where: str) -> checks.CheckMessage:
    return checks.Error(message, obj=where, id=f"northgate.{code}")


def _declared(service: Service) -> Iterator[checks.CheckMessage]:
    for call, several in (service.terraform | {call: [] for call in service.untold}).items():
        if call in service.untold and call in service.terraform:
            yield _error("E053", f"{call} has Terraform, and a reason why not", service.name)
        try:
            shapes = model.operation(call).input_shape, model.operation(call).output_shape
        except model.UnknownCall as error:
            yield _error("E010", str(error), service.name)
            continue
        for one in several:
            for path in filter(None, (one.name, one.part)):
                if missing := follow(shapes[0], path)[1]:
                    yield _error("E052", f"{call} has no parameter {missing} (in {path})", service.name)


def problems(
    steps: tuple[Mapping[str, Any], ...], services: Mapping[str, Service], where: str
) -> Iterator[checks.CheckMessage]:
    """What a plan makes without its being said, and what it refers to that Terraform has another name for."""
    made: dict[str, Declared] = {}
    for step in steps:
        call, service = step["call"], services[step["call"].partition(".")[0]]
        said = service.terraform.get(call, ())
        if said:
            made[step["key"]] = said[0]
        elif code_terraform.reads(call):
            for ref in refs(step["params"]):
                if ref["$ref"] in made:
                    made[step["key"]] = made[ref["$ref"]]
        elif call.partition(".")[2].startswith(_MAKES) and call not in service.untold and not step.get("over"):
            yield _error(
                "E054", f"{call} makes something that no Terraform says; not_in_terraform gives a reason", where
            )
        for ref in refs(step["params"]):
            name = ref["path"].rpartition(".")[2]
            if ref["$ref"] in made and not name.endswith("Id") and name not in made[ref["$ref"]].answers:
                yield _error(
                    "E055", f"{made[ref['$ref']].kind} has no attribute for {name}: say it in `answers`", where
                )
