"""botocore's own service models: the oracle for names, shapes and limits. No call is made."""

import copy
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.exceptions
import botocore.handlers
import botocore.hooks
import botocore.loaders
import botocore.model
import botocore.validate
from botocore import xform_name


class UnknownCall(Exception):
    """botocore's service model has no such service or operation."""


@cache
def loader() -> botocore.loaders.Loader:
    """botocore's own data files and no others; the process's one copy of the parsed models (EC2's alone is 16 MB)."""
    own = botocore.loaders.Loader.BUILTIN_DATA_PATH
    return botocore.loaders.Loader(extra_search_paths=[own], include_default_search_paths=False)


@cache
def _service(name: str) -> tuple[botocore.model.ServiceModel, dict[str, str]]:
    try:
        model = botocore.model.ServiceModel(loader().load_service_model(name, "service-2"), service_name=name)
    except Exception as error:
        raise UnknownCall(f"botocore has no service {name}") from error
    return model, {xform_name(operation): operation for operation in model.operation_names}


@cache
def operation(call: str) -> botocore.model.OperationModel:
    """The model of a call such as `ec2.run_instances`. Raises UnknownCall."""
    service, _, name = call.partition(".")
    model, names = _service(service)
    if name not in names:
        raise UnknownCall(f"{service} has no operation {name}")
    return model.operation_model(names[name])


def token_member(call: str) -> str:
    """The parameter that makes the call idempotent, or nothing."""
    shape = operation(call).input_shape
    members: dict[str, Any] = getattr(shape, "members", {})
    return next((name for name, member in members.items() if member.metadata.get("idempotencyToken")), "")


def has_dry_run(call: str) -> bool:
    return "DryRun" in getattr(operation(call).input_shape, "members", {})


@dataclass(frozen=True, slots=True)
class Paging:
    """How a listing goes on: the request takes `given`, each of which the answer holds at the path in `taken`."""

    given: tuple[str, ...]
    taken: tuple[str, ...]
    more: str = ""


@cache
def paging(call: str) -> Paging | None:
    """botocore's paginator of a call, or None when it answers all at once."""
    service, _, _name = call.partition(".")
    found = loader().load_service_model(service, "paginators-1")["pagination"].get(operation(call).name)
    if not found:
        return None

    def several(value: str | list[str]) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else tuple(value)

    return Paging(several(found["input_token"]), several(found["output_token"]), str(found.get("more_results", "")))


@cache
def waiters(service: str) -> dict[str, Any]:
    """botocore's waiters of a service, by name; none where it has none."""
    try:
        return dict(loader().load_service_model(service, "waiters-2")["waiters"])
    except botocore.exceptions.UnknownServiceError:
        return {}


def member(call: str, path: str) -> Any:
    """The shape at a dotted path of a call's input; lists are passed through."""
    shape = operation(call).input_shape
    for name in path.split("."):
        while shape.type_name == "list":
            shape = shape.member
        shape = shape.members[name]
    return shape


def sample(shape: Any, above: tuple[str, ...] = ()) -> Any:
    """An answer in which everything is there once, as JSON."""
    kind = getattr(shape, "type_name", "structure")
    if kind == "structure":
        members = {} if shape is None or shape.name in above else shape.members
        return {name: sample(member, (*above, shape.name)) for name, member in members.items()}
    if kind == "list":
        return [sample(shape.member, above)]
    if kind == "map":
        return {"example": sample(shape.value, above)}
    plain = {"integer": 1, "long": 1, "float": 1.0, "double": 1.0, "boolean": True}
    return plain.get(kind, "example")


def choices(call: str, path: str) -> list[tuple[str, str]]:
    """The values that AWS allows for a parameter, as a form field's choices."""
    shape = member(call, path)
    return [(value, value) for value in shape.enum]


def limits(call: str, path: str) -> dict[str, Any]:
    """`min`, `max`, `pattern` of a parameter, as far as the model carries them."""
    return {key: value for key, value in member(call, path).metadata.items() if key in {"min", "max", "pattern"}}


def problems(call: str, params: dict[str, Any]) -> str:
    """What botocore's validator says of the parameters; nothing when they are right."""
    wanted = operation(call)
    if wanted.input_shape is None:
        return f"{call} takes no parameters" if params else ""
    shaped = copy.deepcopy(params)
    service = wanted.service_model.service_id.hyphenize()
    try:
        _shapers().emit(f"before-parameter-build.{service}.{wanted.name}", params=shaped, model=wanted, context={})
    except botocore.exceptions.BotoCoreError as error:
        return str(error)
    report = botocore.validate.ParamValidator().validate(shaped, wanted.input_shape)
    return report.generate_report() if report.has_errors() else ""


@cache
def _shapers() -> Any:
    """What botocore itself makes of parameters before it validates them: a CopySource may be given in parts."""
    emitter = botocore.hooks.EventAliaser(botocore.hooks.HierarchicalEmitter())
    for event, handler, *_rest in botocore.handlers.BUILTIN_HANDLERS:
        if event.startswith("before-parameter-build."):
            emitter.register(event, handler)
    return emitter
