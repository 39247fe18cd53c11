"""Whose turn it is. Operations of one organization, however many, don't keep another's waiting.

Hints go into lanes: the more operations an organization has under way, the further back are the hints of the next. Who
waits for a throttled account holds no worker, and one operation at a time finds out whether it is throttled still.
"""

from uuid import UUID

from django.db import connection

from apps.operations.claims import Claim
from apps.operations.pace import Later
from apps.tenancy.context import tenant_tx

LANES = ((4, 0), (16, 3), (64, 6))  # up to so many operations under way: the queue's priority, 0 the first
LAST = 9
QUIET = 2.0  # seconds in which nobody calls a throttled account
SPACING = 0.2  # seconds between those who then try


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
    """AWS throttles the account: what waits for it lines up behind a quiet moment, and this operation behind them."""
    with tenant_tx(held.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            """WITH found AS (
                   SELECT id, due_at, created_at FROM operations_operation
                   WHERE tenant_id = %s AND state IN ('queued', 'running') AND accounts @> to_jsonb(%s::text)
                     AND due_at < clock_timestamp() + make_interval(secs => %s)
                     AND (lease_until IS NULL OR lease_until < clock_timestamp())
                   FOR UPDATE SKIP LOCKED),
               line AS (SELECT id, row_number() OVER (ORDER BY due_at, created_at) AS place FROM found)
               UPDATE operations_operation o SET due_at = statement_timestamp() + make_interval(secs => %s + place * %s)
               FROM line WHERE o.tenant_id = %s AND o.id = line.id""",
            [held.tenant_id, account, QUIET, QUIET, SPACING, held.tenant_id],
        )
        behind = cursor.rowcount
    return Later(max(pause, QUIET + SPACING * behind) if behind else pause)
