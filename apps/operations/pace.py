"""When to try again, and when nobody should: a worker never sleeps, it gives the operation back until then."""

from apps.cloud.explain import Explained
from apps.operations.models import OperationStep

ATTEMPTS = 6  # calls of one step that fail in a way that may pass
THROTTLES = 18  # calls of one step that AWS throttles
BACKOFF = (1, 2, 4, 8, 15, 30)  # seconds


class Later(Exception):
    """There is nothing to do for some seconds: the operation is given back until then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Stuck(Exception):
    """What became of a call can't be found out: a person must look."""

    def __init__(self, row: OperationStep, error: Explained) -> None:
        super().__init__(error.text)
        self.row, self.error = row, error


def backoff(attempts: int) -> Later:
    """The pause after so many attempts in a row, one at least."""
    return Later(BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1])
