"""For each act of the catalogue something to do it to, and values: what the walk needs besides the declarations."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.catalog import registry
from apps.catalog.resources import Action
from tests.code.ways import Way

# Makes what the act is done to, in one account: answers its id (nothing for a wizard) and the values.
Make = Callable[[Way], tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """`kinds` are looked at before and after, besides the act's own. `sees` answers what the panel doesn't keep of what
    it was done to; `still` says that nothing is seen of it at all. `unlike` says why its code can't do the same."""

    make: Make
    kinds: tuple[str, ...] = ()
    sees: Callable[[Way, str], Any] | None = None
    still: bool = False
    unlike: str = ""


CASES: dict[str, Case] = {}
MORE: dict[tuple[str, str], Case] = {}  # by act and what is different


def case(act: str, *kinds: str, **more: Any) -> Callable[[Make], Make]:
    """Declares the decorated function as what an act needs. It is called once for each way."""

    def declare(make: Make) -> Make:
        CASES[act] = Case(make, kinds, **more)
        return make

    return declare


def declared(
    act: str,
    make: Callable[[Way], str] | None = None,
    *,
    kinds: tuple[str, ...] = (),
    sees: Any = None,
    still: bool = False,
    **more: Any,
) -> None:
    """An act with the example of its declaration as values, some of them changed."""
    thing = make or (lambda _way: "")
    CASES[act] = Case(lambda way: (thing(way), example(act, **more)), kinds, sees, still)


def more(act: str, which: str, *, kinds: tuple[str, ...] = (), **values: Any) -> None:
    """A further way of an act, whose code has words of its own."""
    MORE[act, which] = Case(lambda _way: ("", example(act, **values)), kinds)


def unlike(act: str, reason: str) -> None:
    """An act whose code can't be run as it stands, and why."""
    CASES[act] = Case(lambda _way: ("", {}), unlike=reason)


def action(act: str) -> Action:
    return registry.action(act)


def example(act: str, **more: Any) -> dict[str, Any]:
    """The values that the declaration itself gives as an example, some of them changed."""
    return {**action(act).example, **more}
