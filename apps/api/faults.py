"""The refusals of the rooms below, said as problems."""

from apps.api.problems import Problem
from apps.catalog.registry import UnknownKind
from apps.cloud.explain import CallFailed, Explained
from apps.operations.approvals import Undecidable
from apps.operations.control import Impossible
from apps.operations.prepare import Missing
from apps.operations.replays import KeyReused


def as_problem(error: Exception) -> Problem | None:
    """The problem that a known exception stands for, or None."""
    match error:
        case UnknownKind() | Missing():
            return Problem("not-found")
        case KeyReused():
            return Problem("key-reused")
        case Impossible() | Undecidable():
            return Problem("conflict", str(error))
        case CallFailed():
            return aws(error.explained)
    return None


def aws(explained: Explained) -> Problem:
    """A failed AWS call: its code, request id, whether anything was changed, and what to do."""
    return Problem(
        "aws",
        explained.text,
        code=explained.code,
        request_id=explained.request_id,
        changed=explained.changed,
        retry=explained.retry,
        next=explained.next,
    )
