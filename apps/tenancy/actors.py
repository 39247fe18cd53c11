"""Load an actor: membership, roles and token in one query."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.db import connection

from apps.tenancy.access import Actor, Grant
from apps.tenancy.context import current_tenant, tenant_tx

# The queries are in actor_functions.
_BY_USER = "SELECT northgate_actor_by_user(%s, %s)::text"
_BY_TOKEN = "SELECT northgate_actor_by_token(%s, %s)::text"  # noqa: S105  # nosec B105
_BY_HASH = "SELECT northgate_actor_by_hash(%s, %s)::text"


def load_actor(
    tenant_id: UUID,
    user_id: UUID | None = None,
    *,
    token_id: UUID | None = None,
    address: str = "",
    session: str = "",
) -> Actor | None:
    """The actor as they stand now; None when the membership, the person or the token is no longer good.

    A worker gives the `token_id` under which an operation was asked for, so the token's limits hold there too.
    """
    found = _one(tenant_id, _BY_TOKEN, token_id) if token_id else _one(tenant_id, _BY_USER, user_id)
    return _actor(tenant_id, found, address, session) if found else None


def load_by_hash(tenant_id: UUID, digest: str, *, address: str = "") -> tuple[Actor, bool] | None:
    """The actor of a token by its text's SHA-256, and whether its time of last use is due for an update."""
    found = _one(tenant_id, _BY_HASH, digest)
    return (_actor(tenant_id, found, address, ""), bool(found["token"]["due"])) if found else None


def _one(tenant_id: UUID, query: str, key: UUID | str | None) -> dict[str, Any] | None:
    with nullcontext() if current_tenant() == tenant_id else tenant_tx(tenant_id), connection.cursor() as cursor:
        cursor.execute(query, [tenant_id, key])
        (text,) = cursor.fetchone() or (None,)
        return json.loads(text) if text else None


def _actor(tenant_id: UUID, found: dict[str, Any], address: str, session: str) -> Actor:
    token = found["token"] or {}
    return Actor(
        tenant_id=tenant_id,
        user_id=UUID(found["user_id"]),
        membership_id=UUID(found["membership_id"]),
        name=found["name"],
        email=found["email"],
        kind="token" if token else "user",
        token_id=UUID(token["id"]) if token else None,
        address=address,
        session=session,
        grants=tuple(_grant(*one) for one in found["grants"]),
        tenant_name=found["tenant_name"],
        tenant_slug=found["tenant_slug"],
        token_name=token.get("name", ""),
        only_permissions=tuple(token.get("permissions", ())),
        only_accounts=tuple(map(UUID, token.get("accounts", ()))),
        needs_factor=found["needs_factor"] and not token,
    )


def _grant(role: str, patterns: list[str], account: str | None, region: str, tag: str, path: str) -> Grant:
    return Grant(role, tuple(patterns), UUID(account) if account else None, region, tag, path)
