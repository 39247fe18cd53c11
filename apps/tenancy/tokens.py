"""API tokens: made, shown once, checked, revoked."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target
from apps.tenancy.access import Actor, Decision, Denied, require
from apps.tenancy.actors import load_by_hash
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import ApiToken
from apps.tenancy.permissions import check_patterns

DEFAULT_DAYS = 90
MOST_DAYS = 366
_TEXT = re.compile(r"ngt_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


def create(
    actor: Actor,
    name: str,
    *,
    days: int = DEFAULT_DAYS,
    permissions: Sequence[str] = (),
    accounts: Sequence[UUID] = (),
) -> tuple[ApiToken, str]:
    """A new token of the actor's own membership, and its text, which exists nowhere else afterwards.

    permissions and accounts narrow what the member may; empty lists narrow nothing.
    Inside tenant_tx. Raises ValidationError; Denied for anybody but a person (a token can't prolong itself).
    """
    if actor.kind != "user" or actor.membership_id is None:
        raise Denied(Decision(False, "tenancy.token.create", _("A token can't make tokens. Sign in to make one.")))
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": _("Choose between 1 and %(most)s days.") % {"most": MOST_DAYS}})
    if not name.strip():
        raise ValidationError({"name": _("Enter a name.")})
    check_patterns(permissions)
    secret = secrets.token_urlsafe(32)
    text = f"ngt_{actor.tenant_id.hex}_{secret}"
    token = ApiToken.objects.create(
        tenant_id=actor.tenant_id,
        membership_id=actor.membership_id,
        name=name.strip(),
        prefix=secret[:6],
        hash=digest(text),
        permissions=list(permissions),
        accounts=list(accounts),
        expires_at=timezone.now() + timedelta(days=days),
    )
    _record(actor, "tenancy.token.create", token)
    return token, text


def revoke(actor: Actor, token_id: UUID) -> None:
    """End a token now. One's own always; another member's with tenancy.token.delete.

    Inside tenant_tx. Raises ApiToken.DoesNotExist, Denied.
    """
    token = ApiToken.objects.select_for_update().get(tenant_id=actor.tenant_id, id=token_id)
    if token.membership_id != actor.membership_id or actor.kind == "token":
        require(actor, "tenancy.token.delete", target=_target(token))
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        _record(actor, "tenancy.token.delete", token)


def authenticate(text: str, *, address: str = "") -> Actor | None:
    """The actor of a token's text; None for one that is malformed, unknown, expired, revoked or orphaned.

    Notes the time of use, at most once a minute. Outside a transaction: it has its own, so that no request
    holds up others of the same token.
    """
    tenant_id = organization_of(text)
    if tenant_id is None:
        return None
    with tenant_tx(tenant_id):
        actor, due = load_by_hash(tenant_id, digest(text), address=address) or (None, False)
        if due:
            note_use(tenant_id, text)
    return actor


def organization_of(text: str) -> UUID | None:
    """The organization that a token's text names (true or not), None when it is no token's text at all."""
    parts = _TEXT.fullmatch(text)
    return UUID(hex=parts[1]) if parts else None


def digest(text: str) -> str:
    """What is stored of a token: with 256 random bits, one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


def note_use(tenant_id: UUID, text: str) -> None:
    """Keep the time of a token's use, unless a minute hasn't passed. Inside tenant_tx, at its very end."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - timedelta(minutes=1))
    ApiToken.objects.filter(stale, tenant_id=tenant_id, hash=digest(text)).update(last_used_at=Now())


def _target(token: ApiToken) -> Target:
    return Target(kind="tenancy.token", id=str(token.id), name=token.name)


def _record(actor: Actor, act: str, token: ApiToken) -> None:
    limits = {
        "expires_at": token.expires_at,
        "permissions": token.permissions,
        "accounts": token.accounts,
        "prefix": token.prefix,
    }
    record.write(tenant_id=actor.tenant_id, act=act, result="ok", actor=actor.who, target=_target(token), params=limits)
