"""The one way to a tenant's rows: a transaction that carries the tenant, which row-level security reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from asgiref.local import Local
from django.db import connection, transaction


class WrongTenant(RuntimeError):
    """Code inside one tenant's transaction tried to enter another tenant's."""


@dataclass(frozen=True, slots=True)
class _Place:
    tenant: UUID | None = None
    user: UUID | None = None


_NOWHERE = _Place()
# Lives and dies with the thread's database connection, which is bound to the thread the same way.
_state = Local(thread_critical=True)


def current_tenant() -> UUID | None:
    """The tenant whose transaction this thread is in, or None."""
    return _here().tenant


@contextmanager
def tenant_tx(tenant_id: UUID | str, user_id: UUID | str | None = None) -> Iterator[None]:
    """A transaction on "default" that sees and writes this tenant's rows only.

    With `user_id` that person's memberships and organizations elsewhere can be read too.
    Nested in the same tenant it is a savepoint. Raises WrongTenant when nested in another tenant's.
    """
    tenant, user = UUID(str(tenant_id)), UUID(str(user_id)) if user_id else None
    before = _here()
    if before.tenant is not None and before.tenant != tenant:
        raise WrongTenant(f"in tenant {before.tenant}, asked to enter {tenant}")
    with _place(_Place(tenant, user or before.user), before):
        yield


@contextmanager
def person_tx(user_id: UUID | str) -> Iterator[None]:
    """A transaction in no tenant that reads one person's own memberships and organizations (sign-in, switcher)."""
    before = _here()
    with _place(_Place(before.tenant, UUID(str(user_id))), before):
        yield


def tenant_ids() -> list[UUID]:
    """The ids of all organizations, for dispatchers that then enter each. Names stay behind row-level security."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM northgate_tenant_ids() AS id ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def _here() -> _Place:
    # A transaction that ended without us (a closed connection) took its settings along.
    return getattr(_state, "place", _NOWHERE) if connection.in_atomic_block else _NOWHERE


@contextmanager
def _place(place: _Place, before: _Place) -> Iterator[None]:
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if place != before:
            _set(place)
        _state.place = place
        try:
            yield
        finally:
            # Before COMMIT, because on_commit hooks run inside it and may enter a tenant anew.
            _state.place = before
        # Set locally, the values outlive a released savepoint; a rolled-back one restores them by itself.
        if place != before and not outermost and not connection.needs_rollback:
            _set(before)


def _set(place: _Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.tenant', %s, true), set_config('app.user', %s, true)",
            [str(place.tenant or ""), str(place.user or "")],
        )
