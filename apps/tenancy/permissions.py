"""Permission names `service.noun.verb` and the patterns that cover them.

A role is an ordered list of patterns; the last one that matches decides, and one that starts with "!" takes away
("*.*.read", "!audit.*.*": read everything but the record).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_PATTERN = re.compile(r"!?(\*|[a-z0-9_*-]+\.[a-z0-9_*-]+\.[a-z0-9_*-]+)")

# What runs the panel itself is the owner's: people, roles, accounts, the record.
BUILT_IN: dict[str, tuple[str, tuple[str, ...]]] = {
    "owner": ("Owner", ("*",)),
    "operator": (
        "Operator",
        (
            "*.*.*",
            "!tenancy.*.*",
            "!users.*.*",
            "!cloud.*.*",
            "!operations.operation.approve",
            "*.*.read",
            "!audit.*.*",
        ),
    ),
    "viewer": ("Viewer", ("*.*.read", "!audit.*.*")),
    "auditor": ("Auditor", ("*.*.read", "audit.*.*")),
}


@lru_cache(maxsize=16_384)
def matches(patterns: tuple[str, ...], permission: str) -> bool:
    """Whether an ordered list of patterns covers a permission."""
    for pattern in reversed(patterns):
        if _covers(pattern.removeprefix("!"), permission):
            return not pattern.startswith("!")
    return False


def covered(wanted: Iterable[str], held: tuple[str, ...]) -> bool:
    """Whether somebody who holds `held` may hand out `wanted` without giving more than they have.

    Sure rather than exact: with exclusions in `held`, only the very same list passes.
    """
    asked = tuple(wanted)
    if asked == held:
        return True
    if any(pattern.startswith("!") for pattern in held):
        return False
    return all(pattern.startswith("!") or any(_covers(have, pattern) for have in held) for pattern in asked)


def check_patterns(patterns: Iterable[str]) -> None:
    """Raise ValidationError naming the first entry that isn't a pattern."""
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise ValidationError(
                _("“%(pattern)s” isn't a permission. Write service.noun.verb, with * for any."),
                code="pattern",
                params={"pattern": pattern},
            )


def _covers(pattern: str, permission: str) -> bool:
    if pattern == "*":
        return True
    ours, theirs = pattern.split("."), permission.split(".")
    return len(ours) == len(theirs) and all(map(fnmatchcase, theirs, ours))
