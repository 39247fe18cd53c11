"""The record as a download: a page at a time, each in a short transaction of its own, and itself on the record."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from django.db import connection
from django.db.models import Max, QuerySet

from apps.audit import record
from apps.audit.formats import Format
from apps.audit.models import AuditEvent
from apps.audit.record import Target
from apps.tenancy.access import Actor, require
from apps.tenancy.context import tenant_tx

PERMISSION = "audit.event.export"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Export:
    """One download: `pieces` are its bytes, to be taken outside any transaction."""

    actor: Actor
    rows: QuerySet[AuditEvent]
    form: Format
    asked: Mapping[str, str]
    newest: int
    mark: str

    @property
    def name(self) -> str:
        """The file's."""
        return f"audit-{self.actor.tenant_slug}-{datetime.now(UTC):%Y-%m-%d}.{self.form.ending}"

    def pieces(self) -> Generator[bytes]:
        """Newest first. How many rows left, and whether all of them, is written down at the end."""
        sent, whole, before = 0, False, self.newest + 1
        try:
            yield self.form.head
            while page := self._page(before):
                # Counted before they go: of a download that breaks off, the last page may have arrived or not.
                sent, before = sent + len(page), page[-1].id
                yield self.form.lines(page)
            whole = True
        finally:
            with tenant_tx(self.actor.tenant_id):
                self.note("ok" if whole else "failed", sent, "" if whole else "The download broke off.")
            if not connection.in_atomic_block:
                connection.close()  # a stream may have a thread of its own, which ends here

    def _page(self, before: int) -> list[AuditEvent]:
        with tenant_tx(self.actor.tenant_id):
            return list(self.rows.filter(id__lt=before).order_by("-id")[:PAGE])

    def note(self, result: str, sent: int | None = None, reason: str = "") -> None:
        """A row of the record, within the tenant's transaction."""
        record.write(
            tenant_id=self.actor.tenant_id,
            act=PERMISSION,
            result=result,
            actor=self.actor.who,
            target=Target("audit.event", self.mark, self.form.name),
            params={"format": self.form.name, "filters": dict(self.asked)},
            after=None if sent is None else {"rows": sent},
            reason=reason,
        )


def begin(actor: Actor, rows: QuerySet[AuditEvent], form: Format, asked: Mapping[str, str]) -> Export:
    """What `rows` has now, and the row that says who takes it, in the tenant's transaction: once that is committed,
    `pieces` may go. `asked` are the filters in the asker's words. Raises Denied."""
    require(actor, PERMISSION)
    newest = AuditEvent.objects.filter(tenant_id=actor.tenant_id).aggregate(Max("id"))["id__max"] or 0
    made = Export(actor, rows, form, asked, newest, str(uuid4()))
    made.note("intent")
    return made
