"""The database functions that load an actor, made after each migrate by row_security.

PL/pgSQL keeps their plans for the life of a pooled connection: planning this query under row-level security takes
three times as long as running it, on every request. They run with the caller's rights, so its policies hold.
"""

from __future__ import annotations

_ACTOR = """
SELECT json_build_object(
    'user_id', m.user_id, 'membership_id', m.id, 'name', coalesce(nullif(u.name, ''), u.email), 'email', u.email,
    'tenant_name', t.name, 'tenant_slug', t.slug, 'token', {limits},
    'needs_factor', t.second_factor AND NOT EXISTS (
        SELECT 1 FROM mfa_authenticator f WHERE f.user_id = m.user_id AND f.type IN ('totp', 'webauthn')),
    'grants', (
        SELECT coalesce(json_agg(json_build_array(r.name, r.permissions, b.account, b.region, b.tag, b.path)
                                 ORDER BY r.name, b.id), '[]')
        FROM tenancy_binding b
        JOIN tenancy_role r ON r.tenant_id = b.tenant_id AND r.id = b.role_id
        WHERE b.tenant_id = in_tenant AND (b.membership_id = m.id OR b.team_id IN (
            SELECT tm.team_id FROM tenancy_teammember tm
            WHERE tm.tenant_id = in_tenant AND tm.membership_id = m.id))))
FROM tenancy_membership m
JOIN users_user u ON u.id = m.user_id AND u.is_active
JOIN tenancy_tenant t ON t.id = m.tenant_id
{join}
WHERE m.tenant_id = in_tenant AND {condition}
"""
_LIMITS = """json_build_object('id', k.id, 'name', k.name, 'permissions', k.permissions, 'accounts', k.accounts,
        'due', k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute')"""
_JOINED = """JOIN tenancy_apitoken k ON k.tenant_id = m.tenant_id AND k.membership_id = m.id
    AND k.revoked_at IS NULL AND k.expires_at > now()"""
_FUNCTION = """
CREATE OR REPLACE FUNCTION {name}(in_tenant uuid, in_key {type}) RETURNS json LANGUAGE plpgsql STABLE
SECURITY INVOKER SET search_path = pg_catalog, public AS $body$
BEGIN
    RETURN ({query});
END
$body$
"""


def statements() -> list[str]:
    """CREATE OR REPLACE for northgate_actor_by_user, _by_token (its id) and _by_hash (of its text)."""
    by_user = _ACTOR.format(limits="NULL::json", join="", condition="m.user_id = in_key")
    by_token = _ACTOR.format(limits=_LIMITS, join=_JOINED, condition="k.id = in_key")
    by_hash = _ACTOR.format(limits=_LIMITS, join=_JOINED, condition="k.hash = in_key")
    return [
        _FUNCTION.format(name="northgate_actor_by_user", type="uuid", query=by_user),
        _FUNCTION.format(name="northgate_actor_by_token", type="uuid", query=by_token),
        _FUNCTION.format(name="northgate_actor_by_hash", type="text", query=by_hash),
    ]
