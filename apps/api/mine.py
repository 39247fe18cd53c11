"""Who the caller is, and their own tokens: `/api/v1/me/`, `/api/v1/tokens/`."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from apps.api.addresses import url
from apps.api.answers import answer
from apps.api.endpoint import endpoint
from apps.api.problems import Problem
from apps.tenancy import tokens as revocation
from apps.tenancy.access import Actor, Grant
from apps.tenancy.models import ApiToken


def me(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The caller, their organization, and the roles that they hold with their scopes."""
    return answer(
        {
            "kind": actor.kind,
            "id": actor.user_id,
            "name": actor.name,
            "email": actor.email,
            "organization": {"id": actor.tenant_id, "name": actor.tenant_name, "slug": actor.tenant_slug},
            "token": {"id": actor.token_id, "name": actor.token_name} if actor.token_id else None,
            "roles": [_grant(grant) for grant in actor.grants],
            "only_permissions": list(actor.only_permissions),
            "only_accounts": list(actor.only_accounts),
        }
    )


def _grant(grant: Grant) -> dict[str, Any]:
    scope = {
        "account": grant.account,
        "region": grant.region or None,
        "tag": grant.tag or None,
        "path": grant.path or None,
    }
    return {"role": grant.role, "permissions": list(grant.patterns), "scope": scope}


def tokens(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The caller's own tokens that can still be used. Their texts are not kept, so they can't be shown."""
    return answer({"results": [_token(request, actor, found) for found in _own(actor)], "next": None})


def token(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    return answer(_token(request, actor, _find(actor, id)))


def _own(actor: Actor) -> QuerySet[ApiToken]:
    own = ApiToken.objects.filter(tenant_id=actor.tenant_id)
    own = own.filter(membership__user_id=actor.user_id) if actor.user_id else own.none()
    return own.filter(revoked_at=None, expires_at__gt=Now()).order_by("name", "id")


def _find(actor: Actor, id: UUID) -> ApiToken:
    found = _own(actor).filter(id=id).first()
    if found is None:
        raise Problem("not-found")
    return found


def _token(request: HttpRequest, actor: Actor, found: ApiToken) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": url(request, "tokens", str(found.id)),
        "name": found.name,
        "prefix": found.prefix,
        "current": found.id == actor.token_id,
        "only_permissions": list(found.permissions),
        "only_accounts": list(found.accounts),
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
    }


def revoke(request: HttpRequest, actor: Actor, id: UUID) -> HttpResponse:
    """Ends a token now. A person ends their own; a token needs `tenancy.token.delete` even for that."""
    try:
        revocation.revoke(actor, id)
    except ApiToken.DoesNotExist as error:
        raise Problem("not-found") from error
    return HttpResponse(status=204)


who_am_i = endpoint(get=me)
own_tokens = endpoint(get=tokens)
own_token = endpoint(get=token, delete=revoke)
