"""Whose turn it is. Operations of one organization, however many, don't keep another's waiting.

Hints go into lanes: the more operations an organization has under way, the further back are the hints of the next. Who
waits for a throttled account holds no worker, and one operation at a time finds out whether it is throttled still.
"""

from uuid import UUID

from django.db import connection

from apps.operations import hints
from apps.operations.claims import Claim
from apps.operations.pace import Later
from apps.tenancy.context import tenant_tx

LANES = ((4, 0), (16, 3), (64, 6))  # up to so many operations under way: the queue's priority, 0 the first
LAST = 9
QUIET = 2.0  # seconds in which nobody calls a throttled account; then one does
GAP = 5.0  # seconds later the others, unless that one was throttled too
SPACING = 0.2  # seconds between them


def lane(before: int) -> int:
    """The lane of a hint, given how many operations of its organization come before it."""
    return next((found for most, found in LANES if before < most), LAST)


def under_way(tenant_id: UUID) -> int:
    """How many operations of an organization have not ended, as far as `lane` tells them apart. Inside tenant_tx."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM (SELECT 1 FROM operations_operation
                   WHERE tenant_id = %s AND state IN ('queued', 'running') LIMIT %s) found""",
            [tenant_id, LANES[-1][0] + 1],
        )
        return int(cursor.fetchone()[0])


def stand_back(held: Claim, account: str, pause: float) -> Later:
    """AWS throttles the account: what waits for it and is due soon goes to the end of its line, and this operation
    behind that. But one goes first, after a quiet moment, and finds out for all. Nothing else of the line is touched:
    however long it is, a try costs the same."""
    with tenant_tx(held.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            """WITH line AS (
                   SELECT id, due_at, row_number() OVER (ORDER BY due_at, created_at) AS place
                   FROM operations_operation
                   WHERE tenant_id = %(tenant)s AND state IN ('queued', 'running')
                     AND accounts @> to_jsonb(%(account)s::text)
                     AND (lease_until IS NULL OR lease_until < clock_timestamp())),
               ends AS (
                   SELECT greatest(max(due_at), statement_timestamp() + make_interval(secs => %(soon)s)) AS at
                   FROM line),
               near AS (
                   SELECT id FROM operations_operation
                   WHERE id IN (
                       SELECT id FROM line
                       WHERE place = 1 OR due_at < statement_timestamp() + make_interval(secs => %(soon)s))
                   ORDER BY due_at, created_at
                   FOR UPDATE SKIP LOCKED),
               placed AS (SELECT id, row_number() OVER () AS place FROM near)
               UPDATE operations_operation o
               SET due_at = CASE placed.place
                   WHEN 1 THEN statement_timestamp() + make_interval(secs => %(quiet)s)
                   ELSE ends.at + make_interval(secs => (placed.place - 1) * %(spacing)s) END
               FROM placed, ends WHERE o.tenant_id = %(tenant)s AND o.id = placed.id
               RETURNING o.id, placed.place, extract(epoch FROM ends.at - statement_timestamp())::float""",
            {
                "tenant": held.tenant_id,
                "account": account,
                "soon": QUIET + GAP,
                "quiet": QUIET,
                "spacing": SPACING,
            },
        )
        moved = cursor.fetchall()
    if not moved:
        return Later(pause)
    first = next(id for id, place, _end in moved if place == 1)
    hints.run(held.tenant_id, first, QUIET)
    return Later(max(pause, moved[0][2] + SPACING * len(moved)))
