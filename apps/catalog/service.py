"""A service: what its kinds share, and what its AWS calls cost, count against and are called elsewhere."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.catalog.costs import Book, CostPart
from apps.catalog.scope import Scope
from apps.catalog.text import Text

PricedCall = Callable[[Mapping[str, Any], Scope, Book], Iterable[CostPart]]


@dataclass(frozen=True)
class Quota:
    """A limit of AWS's that a plan counts against: `code` in Service Quotas; it wants so many more than are used."""

    service: str
    code: str
    label: Text
    wants: int
    used: int


@dataclass(frozen=True)
class Capacity:
    """How many of a kind an account may have in a Region: a quota of AWS's, of which each `call` takes one. `label` is
    what is counted, in the plural. `counts` tells of an AWS object, and of the call's parameters, whether it counts
    (None: all do)."""

    call: str
    service: str
    code: str
    label: Text
    counts: Callable[[Mapping[str, Any]], bool] | None = None

    def takes(self, objects: Iterable[Mapping[str, Any]]) -> int:
        """How many of these count."""
        return sum(1 for each in objects if self.counts is None or self.counts(each))


@dataclass(frozen=True)
class Declared:
    """How an AWS call is said in Terraform; see `Service.as_terraform`."""

    kind: str
    says: Callable[[Mapping[str, Any]], Any]
    name: str
    part: str
    gone: bool
    answers: Mapping[str, str]
    after: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Service:
    """An AWS service: what its kinds share. `prices`, `quotas`, `terraform` and why there is none (`untold`) are by AWS
    call."""

    name: str
    label: Text
    title: Text
    icon: str
    tile: str
    command: str = ""  # of the AWS CLI, where it isn't the service's name
    groups: tuple[Text, ...] = ()
    prices: dict[str, PricedCall] = field(default_factory=dict)
    quotas: dict[str, Callable[[Mapping[str, Any], Scope], Iterable[Quota]]] = field(default_factory=dict)
    terraform: dict[str, list[Declared]] = field(default_factory=dict)
    untold: dict[str, str] = field(default_factory=dict)
    cli: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = field(default_factory=dict)

    def priced(self, call: str) -> Callable[[PricedCall], PricedCall]:
        """Declares what an AWS call costs from then on, each month."""
        return _enter(self.prices, call)

    def counted(self, call: str) -> Callable[..., Any]:
        """Declares which quotas an AWS call counts against."""
        return _enter(self.quotas, call)

    def as_cli(self, call: str) -> Callable[..., Any]:
        """Declares how the AWS CLI's options of a call differ from its parameters."""
        return _enter(self.cli, call)

    def as_terraform(
        self,
        call: str,
        resource: str,
        *,
        name: str = "",
        part: str = "",
        gone: bool = False,
        answers: Mapping[str, str] | None = None,
        after: Mapping[str, str] | None = None,
    ) -> Callable[..., Any]:
        """Declares how an AWS call is said in Terraform: the resource's type, and a function from the parameters to its
        arguments (a list makes several resources, None makes none; a name in braces is a block). A call may be several
        resources, declared in their order.

        `name` is the parameter by whose value later calls name what this one makes: there they refer to it. `part` is
        the path of the parameter that names a resource, some of whose arguments these are: they stand in it where the
        plan makes it, else as a change of what is declared already (of several, a list has those of each). `gone` says
        that the call takes away what has these arguments. `answers` are attributes other than `id`, by what the call's
        answer names them. `after` are types of resource by an argument: with it, they come first.
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            said = Declared(resource, function, name, part, gone, answers or {}, tuple((after or {}).items()))
            self.terraform.setdefault(call, []).append(said)
            return function

        return declare

    def not_in_terraform(self, call: str, reason: str) -> None:
        """Declares that a call is said in Terraform by nothing, for a reason that the code tells."""
        self.untold[call] = reason


def _enter(table: dict[str, Any], key: str) -> Callable[..., Any]:
    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        table[key] = function
        return function

    return declare
