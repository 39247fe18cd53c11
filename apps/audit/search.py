"""Find rows of the record: newest first, page by page, without counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from apps.audit.models import AuditEvent

MOST = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """All optional and joined by AND. `act` may have * for any; `who` is an id or a part of a name;
    since is inclusive, until exclusive; `text` looks in act, names, ids, ARN, reason and request ids."""

    act: str = ""
    result: str = ""
    who: str = ""
    target: str = ""
    account: str = ""
    operation: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`older` is the cursor of the next page, None at the end."""

    events: tuple[AuditEvent, ...]
    older: int | None


def query(tenant_id: UUID, filters: Filters = Filters(), *, before: int | None = None, size: int = 50) -> Page:
    """Rows older than the cursor `before` (from the newest without one), at most `size` (1 to 500)."""
    return _page(matching(tenant_id, filters), before, size)


def timeline(tenant_id: UUID, target_id: str, *, kind: str = "", before: int | None = None, size: int = 50) -> Page:
    """What happened to one resource, newest first."""
    rows = AuditEvent.objects.filter(tenant_id=tenant_id, target_id=target_id)
    return _page(rows.filter(target_kind=kind) if kind else rows, before, size)


def matching(tenant_id: UUID, filters: Filters) -> QuerySet[AuditEvent]:
    """The rows, unordered, for a page or an export."""
    rows = AuditEvent.objects.filter(tenant_id=tenant_id)
    if filters.act:
        rows = rows.filter(act__regex=_regex(filters.act)) if "*" in filters.act else rows.filter(act=filters.act)
    if filters.result:
        rows = rows.filter(result=filters.result)
    if filters.who:
        rows = rows.filter(Q(who_id=filters.who) | Q(who_name__icontains=filters.who))
    if filters.target:
        rows = rows.filter(target_id=filters.target)
    if filters.account:
        rows = rows.filter(target_account=filters.account)
    if filters.operation:
        rows = _of_operation(rows, filters.operation)
    if filters.since:
        rows = rows.filter(at__gte=filters.since)
    if filters.until:
        rows = rows.filter(at__lt=filters.until)
    return rows.filter(_contains(filters.text)) if filters.text else rows


def _page(rows: QuerySet[AuditEvent], before: int | None, size: int) -> Page:
    size = max(1, min(size, MOST))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    return Page(tuple(found[:size]), found[size - 1].id if len(found) > size else None)


def _of_operation(rows: QuerySet[AuditEvent], text: str) -> QuerySet[AuditEvent]:
    try:
        return rows.filter(operation=UUID(text))
    except ValueError:
        return rows.none()


def _contains(text: str) -> Q:
    found = Q(request_ids__contains=[text])
    for column in ("act", "who_name", "target_id", "target_name", "target_account_name", "target_arn", "reason"):
        found |= Q(**{f"{column}__icontains": text})
    return found


def _regex(pattern: str) -> str:
    """A pattern of dot parts as an anchored expression: * stays inside its part, a lone * is any act."""
    if pattern == "*":
        return "^"
    parts = ("[^.]*".join(_escaped(piece) for piece in part.split("*")) for part in pattern.split("."))
    return "^" + r"\.".join(parts) + "$"


def _escaped(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "_-" else f"\\{letter}" for letter in text)
