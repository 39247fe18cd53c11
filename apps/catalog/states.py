"""The state of a resource, and what it is beside."""

from dataclasses import dataclass

from apps.catalog.columns import PathOrFunction


@dataclass(frozen=True)
class State:
    """Where the state stands and how each of AWS's values is shown. `unsaid` is the state where AWS says none; a
    function of the AWS object makes one that AWS tells only by what is there and what is not."""

    path: PathOrFunction
    ok: frozenset[str] | set[str] = frozenset()
    busy: frozenset[str] | set[str] = frozenset()
    idle: frozenset[str] | set[str] = frozenset()
    bad: frozenset[str] | set[str] = frozenset()
    unsaid: str = ""

    def tone(self, value: str) -> str:
        """`ok`, `busy`, `idle`, `bad` or `unknown`."""
        for tone in ("ok", "busy", "idle", "bad"):
            if value in getattr(self, tone):
                return tone
        return "unknown"


@dataclass(frozen=True)
class Related:
    """Resources of another kind whose ids stand at `path` in this one. The other direction follows from it."""

    kind: str
    path: str
