"""The way back through pages that only lead on: which cursor a page was reached from.

AWS's listings go forward alone. Each page that is read leaves a note of where its next one begins; the notes are shared
by everybody and expire. Without one, the way back leads to the first page.
"""

import hashlib
import logging
from dataclasses import dataclass

from django.core.cache import cache

from apps.objects.containers import Container
from apps.objects.listing import Query

log = logging.getLogger(__name__)

_KEPT = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Path:
    """The page's number, 0 where nobody knows it, and the cursor of the one before it: empty for the first."""

    number: int = 1
    previous: str = ""


def walked(container: Container, query: Query, next: str) -> Path:
    """Where the page stands; and notes that it leads on to `next`."""
    here = Path()
    if query.cursor:
        here = Path(*(_read(_name(container, query, query.cursor)) or (0, "")))
    if next:
        _write(_name(container, query, next), (here.number + 1 if here.number else 0, query.cursor))
    return here


def _read(slot: str) -> tuple[int, str] | None:
    try:
        found: tuple[int, str] | None = cache.get(slot)
        return found
    except Exception:  # without the cache every way back leads to the first page
        return None


def _write(slot: str, note: tuple[int, str]) -> None:
    try:
        cache.set(slot, note, _KEPT)
    except Exception:
        log.warning("the cache keeps no way back through the pages of a listing")


def _name(container: Container, query: Query, cursor: str) -> str:
    account = container.account
    parts = [account.tenant_id, account.id, container.region, container.name, query.begins, query.versions, query.size]
    return "objects.trail." + hashlib.sha256("\0".join(map(str, [*parts, cursor])).encode()).hexdigest()
