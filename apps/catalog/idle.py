"""The declaration of what is paid for and buys nothing: which resources of a kind are, why, and what ends it."""

from dataclasses import dataclass

from apps.catalog.text import Text


@dataclass(frozen=True)
class Beside:
    """A resource of another kind, in the same account and Region, whose id is this one's column `column`: it counts
    while that is in one of `states`."""

    kind: str
    column: str
    states: frozenset[str]


@dataclass(frozen=True)
class Mention:
    """Resources of a kind at whose `path` this one's id stands: they use it."""

    kind: str
    path: str


@dataclass(frozen=True)
class Idle:
    """Resources that cost and buy nothing. All that is given must hold: one of `states`, so many `days` since it was
    made, what stands `beside` it, and that none of `unless_in` mentions it. `why` is a whole sentence about one of
    them, `fix` the verb of the action that ends it. Of several declarations the first that holds counts."""

    why: Text
    fix: str
    states: frozenset[str] = frozenset()
    days: int = 0
    beside: Beside | None = None
    unless_in: tuple[Mention, ...] = ()
