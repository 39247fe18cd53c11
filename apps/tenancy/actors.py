"""Load an actor: membership, roles and token in one query."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any
from uuid import UUID

from django.db import connection

from apps.tenancy.access import Actor, Grant
from apps.tenancy.context import current_tenant, tenant_tx

_ACTOR = """
SELECT m.user_id, m.id, coalesce(nullif(u.name, ''), u.email), u.email, t.name, t.slug, g.grants{columns}
FROM tenancy_membership m
JOIN users_user u ON u.id = m.user_id AND u.is_active
JOIN tenancy_tenant t ON t.id = m.tenant_id
{join}
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_array(r.name, r.permissions, b.account, b.region, b.tag)
                             ORDER BY r.name, b.id), '[]')::text AS grants
    FROM tenancy_binding b
    JOIN tenancy_role r ON r.tenant_id = b.tenant_id AND r.id = b.role_id
    WHERE b.tenant_id = m.tenant_id AND (b.membership_id = m.id OR b.team_id IN (
        SELECT tm.team_id FROM tenancy_teammember tm WHERE tm.tenant_id = m.tenant_id AND tm.membership_id = m.id))
) g
WHERE m.tenant_id = %s AND {condition}
"""
_BY_USER = _ACTOR.format(columns="", join="", condition="m.user_id = %s")
_LIMITS = """, k.id, k.name, k.permissions, k.accounts,
    k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute'"""
_JOINED = """JOIN tenancy_apitoken k ON k.tenant_id = m.tenant_id AND k.membership_id = m.id
    AND k.revoked_at IS NULL AND k.expires_at > now()"""
_BY_HASH = _ACTOR.format(columns=_LIMITS, join=_JOINED, condition="k.hash = %s")
_BY_TOKEN = _ACTOR.format(columns=_LIMITS, join=_JOINED, condition="k.id = %s")


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
    row = _one(tenant_id, _BY_TOKEN, token_id) if token_id else _one(tenant_id, _BY_USER, user_id)
    return _actor(tenant_id, row, address, session) if row else None


def load_by_hash(tenant_id: UUID, digest: str, *, address: str = "") -> tuple[Actor, bool] | None:
    """The actor of a token by its text's SHA-256, and whether its time of last use is due for an update."""
    row = _one(tenant_id, _BY_HASH, digest)
    return (_actor(tenant_id, row, address, ""), bool(row[11])) if row else None


def _one(tenant_id: UUID, query: str, key: UUID | str | None) -> tuple[Any, ...] | None:
    with nullcontext() if current_tenant() == tenant_id else tenant_tx(tenant_id), connection.cursor() as cursor:
        cursor.execute(query, [tenant_id, key])
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def _actor(tenant_id: UUID, row: tuple[Any, ...], address: str, session: str) -> Actor:
    user_id, membership_id, name, email, tenant_name, tenant_slug, grants, *token = row
    token_id, token_name, permissions, accounts, _due = token or (None, "", (), (), False)
    return Actor(
        tenant_id=tenant_id,
        user_id=user_id,
        membership_id=membership_id,
        name=name,
        email=email,
        kind="token" if token_id else "user",
        token_id=token_id,
        address=address,
        session=session,
        grants=tuple(_grant(*one) for one in json.loads(grants)),
        tenant_name=tenant_name,
        tenant_slug=tenant_slug,
        token_name=token_name,
        only_permissions=tuple(permissions),
        only_accounts=tuple(accounts),
    )


def _grant(role: str, patterns: list[str], account: str | None, region: str, tag: str) -> Grant:
    return Grant(role, tuple(patterns), UUID(account) if account else None, region, tag)
