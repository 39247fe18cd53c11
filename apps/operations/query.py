"""Reading operations: those that one asked for oneself, and those that a role lets one see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.operations import authority
from apps.operations.models import ENDED, Operation, OperationStep
from apps.tenancy import access
from apps.tenancy.access import Actor

READ = "operations.operation.read"


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next` is the cursor of the following page, or nothing."""

    operations: list[Operation]
    next: str = ""


def visible(actor: Actor) -> QuerySet[Operation]:
    """The operations that the actor may see. Inside tenant_tx."""
    rows = Operation.objects.filter(tenant_id=actor.tenant_id)
    reach = [part for part in access.reach(actor, READ) if not part.tag]
    if any(part.account is None and not part.region for part in reach):
        return rows
    # One over several accounts names what is in each: it is for who may see all of them.
    whole = [str(part.account) for part in reach if not part.region]
    seen = authority.own(actor) | (Q(accounts__contained_by=whole) & ~Q(accounts=[]))
    for part in reach:
        if part.region:
            account = {"accounts": [str(part.account)]} if part.account else {}
            seen |= Q(regions=[part.region], **account)
    return rows.filter(seen)


def get(actor: Actor, operation_id: UUID | str, *, lock: bool = False) -> Operation | None:
    """The operation, or None when there is none or it may not be seen."""
    try:
        wanted = UUID(str(operation_id))
    except ValueError:
        return None
    rows = visible(actor).filter(id=wanted)
    return (rows.select_for_update() if lock else rows).first()


def recent(
    actor: Actor,
    *,
    limit: int = 25,
    cursor: str = "",
    states: tuple[str, ...] = (),
    mine: bool = False,
    service: str = "",
) -> Page:
    """A page of operations. An invalid cursor gives the first page."""
    rows = visible(actor).defer("plan").order_by("-created_at", "-id")
    if states:
        rows = rows.filter(state__in=states)
    if service:
        rows = rows.filter(act__startswith=f"{service}.")
    if mine:
        rows = rows.filter(membership_id=actor.membership_id)
    if at := _read_cursor(cursor):
        rows = rows.filter(Q(created_at__lt=at[0]) | Q(created_at=at[0], id__lt=at[1]))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    return Page(found[:limit], _cursor(found[limit - 1]) if more else "")


def steps(operation: Operation) -> list[OperationStep]:
    """The journal of an operation, in the plan's order."""
    rows = OperationStep.objects.filter(tenant_id=operation.tenant_id, operation_id=operation.id)
    return list(rows.order_by("position"))


def running_count(actor: Actor) -> int:
    """How many of those that the actor may see have not ended."""
    return visible(actor).exclude(state__in=ENDED).count()


def is_cursor(text: str) -> bool:
    """Whether a text is the cursor of a page."""
    return _read_cursor(text) is not None


def _cursor(operation: Operation) -> str:
    return f"{operation.created_at.isoformat()}~{operation.id}"


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    at, _tilde, id = text.partition("~")
    try:
        return datetime.fromisoformat(at), UUID(id)
    except ValueError:
        return None


def step_counts(found: list[Operation]) -> dict[UUID, dict[str, Any]]:
    """For each operation: how many steps there are, how many are done, the title of the current one, and with how many
    things it has dealt where it is a sweep. One query."""
    counts: dict[UUID, dict[str, Any]] = {one.id: {"total": 0, "done": 0, "now": "", "swept": 0} for one in found}
    if not found:
        return counts
    rows = OperationStep.objects.filter(tenant_id=found[0].tenant_id, operation_id__in=list(counts))
    wanted = ("operation_id", "state", "title", "progress__done")
    for id, state, title, swept in rows.order_by("position").values_list(*wanted):
        count = counts[id]
        count["total"] += 1
        count["done"] += state in {"done", "undone"}
        if not count["now"] and state in {"started", "waiting", "undoing", "unsettling", "planned"}:
            count["now"], count["swept"] = title, swept or 0
    return counts
