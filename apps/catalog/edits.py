"""What the edit of a table as a whole changes: rows that are told apart by a key, and the steps that follow."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from apps.catalog.plans import Same, Step

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class Changes(Generic[K, V]):
    """Rows by their key, in the order of the table that they stand in. `changed` are pairs: what was, what shall be."""

    new: Mapping[K, V]
    changed: Mapping[K, tuple[V, V]]
    gone: Mapping[K, V]


def changes(now: Mapping[K, V], wanted: Mapping[K, V]) -> Changes[K, V]:
    """What differs between what is so and what is wanted."""
    return Changes(
        {key: row for key, row in wanted.items() if key not in now},
        {key: (now[key], row) for key, row in wanted.items() if key in now and now[key] != row},
        {key: row for key, row in now.items() if key not in wanted},
    )


def doubles(keys: Sequence[K]) -> list[K]:
    """Those that stand there more than once, each once."""
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]


def guarded(steps: Iterable[Step], same: Same) -> Iterator[Step]:
    """The steps, the first of which is made only while what the table was drawn from is still so."""
    for n, step in enumerate(steps):
        if not n:
            step.same = same
        yield step
