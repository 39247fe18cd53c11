"""What an action's function yields: calls to make, and references to their answers-to-be."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.catalog import model
from apps.catalog.shares import Share
from apps.catalog.sweeps import Over
from apps.catalog.text import Text

# Stands in a plan for the id of the operation that will run it: tags by which an unfinished call is found again.
OPERATION = {"$operation": "id"}
OPERATION_TAG = {"Key": "northgate:operation", "Value": OPERATION}


def minted(text: Text) -> dict[str, str]:
    """Stands in a plan for what a submission makes (a public key); `text` is shown in its place."""
    return {"$minted": str(text)}


# These set a state, so that a second time changes nothing more.
_REPEATABLE = ("start_", "stop_", "terminate_", "delete_", "modify_", "put_", "create_tags", "release_", "deregister_")


class Output:
    """A reference to something in the answer of an earlier step; `output["GroupId"]` goes deeper (JMESPath)."""

    def __init__(self, key: str, path: str = "", share: Share | None = None) -> None:
        self.key, self.path, self.share = key, path, share

    def __getitem__(self, path: str) -> "Output":
        return Output(self.key, f"{self.path}.{path}" if self.path else path)

    def shared(self, share: Share) -> "Output":
        """Of an address block, whose addresses AWS chooses, a share."""
        return Output(self.key, self.path, share)

    def to_json(self) -> dict[str, Any]:
        return {"$ref": self.key, "path": self.path} | ({"share": self.share.to_json()} if self.share else {})


@dataclass(frozen=True)
class Until:
    """What to wait for after a call: resources `ids` of a kind come to one of `states` (`bad` ends the wait as failed;
    `gone` accepts that they are no longer there), and have something at the path `has`. `timeout` in seconds."""

    kind: str
    ids: Any
    states: frozenset[str] = frozenset()
    bad: frozenset[str] = frozenset()
    gone: bool = False
    timeout: int = 900
    has: str = ""


def reaches(
    kind: str, ids: Any, *states: str, bad: Iterable[str] = (), gone: bool = False, timeout: int = 900, has: str = ""
) -> Until:
    """Wait until the resources `ids` (a list, or an Output of one) are in one of the states."""
    return Until(kind, ids, frozenset(states), frozenset(bad), gone, timeout, has)


@dataclass(frozen=True)
class Find:
    """How to look up what a call without a client token may have made: a describing call and the path to the object,
    which must be of the shape of the making call's answer as far as later steps refer to it."""

    call: str
    path: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Same:
    """What a plan was made from and must still be so when its step begins: what stands at `path` of a reading call's
    answer, all of it without one. `absent` are the error codes that mean None. `what` is what it is called, for who is
    told that it was changed meanwhile. Where it is `unordered`, lists may come in another order."""

    call: str
    params: Mapping[str, Any]
    path: str = ""
    value: Any = None
    absent: tuple[str, ...] = ()
    what: Text = ""
    unordered: bool = False


class Step:
    """One AWS call. AWS's parameters are capitalized keywords, ours are not:

    `title` is shown while it runs; `until` says what to wait for; `undo` is the Step that takes it back (or a function
    of the Output); `find` looks up what an unanswered call did; `already` are error codes that mean "it is so
    already"; `repeat="safe"` says that calling twice changes nothing more; `touches` are (kind, ids) to refresh;
    `covered` says that the undo of an earlier step takes this one back too; `over` makes the call again and again, for
    all that a listing answers. With `same`, the call is made only while what was read for the plan is still so.
    `region` and `account` (the panel's id of it) are where it is made, with its undo and all that it waits for, where
    that isn't the place of the target: a copy is asked for where it will lie.
    """

    def __init__(
        self,
        call: str,
        *,
        title: Text = "",
        until: Until | Callable[[Output], Until] | None = None,
        undo: "Step | Callable[[Output], Step] | None" = None,
        find: Find | None = None,
        already: Sequence[str] = (),
        repeat: str = "",
        touches: Sequence[tuple[str, Any]] | Callable[[Output], Sequence[tuple[str, Any]]] = (),
        covered: bool = False,
        over: Over | None = None,
        same: Same | None = None,
        region: str = "",
        account: str = "",
        **params: Any,
    ) -> None:
        self.call, self.title, self.until, self.undo, self.find = call, title, until, undo, find
        self.already, self.repeat, self.touches, self.params = tuple(already), repeat, touches, params
        self.covered, self.over, self.same, self.region, self.account = covered, over, same, region, account

    @property
    def repeatable(self) -> str:
        """How a call whose outcome is unknown is made again: `token`, `find`, `safe` or `never`."""
        if model.token_member(self.call):
            return "token"
        if self.find:
            return "find"
        if self.repeat or self.already or self.call.partition(".")[2].startswith(_REPEATABLE):
            return self.repeat or "safe"
        return "never"


Steps = Generator[Step, Output, Any]
