"""The declarations of what is read of a kind: calls, and parts that have calls of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """An AWS call that reads. `operation` as boto3 spells it, `path` to the objects in its answer (JMESPath), `by_id`
    the parameter that takes a list of ids, `missing` the error codes that mean "no such id"."""

    operation: str
    path: str
    by_id: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Many:
    """That one call answers of up to `at_once` resources: whose each thing in the answer is stands in it at `match`, by
    the name that the resource's own id has. `keep` are the names of what is kept of it."""

    at_once: int
    match: str
    keep: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """What a reading call of its own answers of each single resource, such as a bucket's versioning.

    The answer, or what stands in it at `path`, becomes `key` of the AWS object. `params` makes the call's parameters
    from the object; `absent` are the error codes that mean "it has none": then the key is missing. Where the call fails
    otherwise, the object is kept without the key, and says so (see `unread`). `api` is the botocore service of the call
    where it is not the kind's own. What is `shared` is set for the account as a whole: it is read once for all of a
    listing, with the parameters made from the first object. What is `asked` is not read with the listing, as one call
    more for each would cost too much: only where somebody looks at a card of it, or an action names it among its
    `facts`; the action does without what is `soft` where the account may not read it, as AWS decides then. Where
    `params` answers None, nothing is asked and it has none. Where `each` is the key of a list of the object, which may
    be a part that stands before this one, the call is made for each of these, of which `params` makes the parameters:
    the lists that they answer become one. Of what is `unordered` AWS answers lists in any order: they are put into one,
    so that the same is the same. What may hold secrets has a `guard`, the last word of a permission: an action that has
    it among its `facts` takes that permission too (if it is `soft`, the action does without for those who lack it), and
    each reading is on the record. `veils` are names wherever they stand in the answer: that there is something is kept,
    not what, as it may hold secrets. Where `many` are answered at once, `params` makes the call's parameters from a
    list of their objects.
    """

    key: str
    operation: str
    params: Callable[[Any], dict[str, Any] | None]
    path: str = ""
    absent: tuple[str, ...] = ()
    api: str = ""
    shared: bool = False
    asked: bool = False
    unordered: bool = False
    soft: bool = False
    each: str = ""
    guard: str = ""
    veils: tuple[str, ...] = ()
    many: Many | None = None


UNREAD = "Unread"  # in an AWS object: the error code for each part that could not be read
