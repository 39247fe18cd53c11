"""Idempotency keys: what an earlier request with the same key made. One key stands for one request of a member,
whatever that request made."""

from django.db import connection

from apps.operations import query
from apps.operations.models import Operation, Run
from apps.tenancy.access import Actor


class KeyReused(Exception):
    """An idempotency key came again with another request."""


def operation(actor: Actor, key: str, body_hash: str) -> Operation | None:
    """The operation that an earlier request with this key made. Raises KeyReused when the body differs, or when it was
    asked for with another token than this narrow one. Inside tenant_tx."""
    _one_after_the_other(actor, key)
    mine = {"tenant_id": actor.tenant_id, "membership_id": actor.membership_id, "idempotency_key": key}
    before = Operation.objects.filter(**mine).first()
    if before and (before.body_hash != body_hash or query.get(actor, before.id) is None):
        raise KeyReused(key)
    if before is None and Run.objects.filter(**mine).exists():
        raise KeyReused(key)
    return before


def run(actor: Actor, key: str, body_hash: str) -> Run | None:
    """The same of a run of a schedule that the actor may see: the address is in the hash. Inside tenant_tx."""
    _one_after_the_other(actor, key)
    mine = {"tenant_id": actor.tenant_id, "membership_id": actor.membership_id, "idempotency_key": key}
    before = Run.objects.filter(**mine).prefetch_related("operations").first()
    if (before and before.body_hash != body_hash) or (before is None and Operation.objects.filter(**mine).exists()):
        raise KeyReused(key)
    return before


def used(actor: Actor, key: str) -> bool:
    """Whether the member has made an operation under the key. Inside tenant_tx."""
    mine = {"tenant_id": actor.tenant_id, "membership_id": actor.membership_id, "idempotency_key": key}
    return bool(key) and Operation.objects.filter(**mine).exists()


def _one_after_the_other(actor: Actor, key: str) -> None:
    """Requests with one key come in one after the other, each when the one before has ended its transaction."""
    with connection.cursor() as cursor:
        name = f"{actor.tenant_id}:{actor.membership_id}:{key}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
