"""Whose an operation is, and whether somebody may do now what it does: asked anew by retry and approval."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Q

from apps.catalog import registry
from apps.inventory import query as inventory
from apps.operations.models import Operation
from apps.tenancy import access
from apps.tenancy.access import Actor
from apps.tenancy.actors import load_actor


def own(actor: Actor) -> Q:
    """The operations that count as the actor's own. A narrowed token's are those that it asked for itself: the rest of
    its member's is what it was narrowed from."""
    if actor.only_permissions or actor.only_accounts:
        return Q(who_kind="token", who_id=str(actor.token_id))
    return Q(membership_id=actor.membership_id) if actor.membership_id else Q(pk__in=[])


def is_own(actor: Actor, operation: Operation) -> bool:
    """The same for one operation."""
    if actor.only_permissions or actor.only_accounts:
        return (operation.who_kind, operation.who_id) == ("token", str(actor.token_id))
    return actor.membership_id is not None and operation.membership_id == actor.membership_id


def require(actor: Actor, operation: Operation, *more: str) -> None:
    """Raises Denied unless the actor may do, now, all that the operation does, and has these permissions where it does
    it. Inside tenant_tx."""
    for account, region, path, tags in _places(operation):
        for taken in (permission(operation.act), *more):
            access.require(actor, taken, account=account, region=region, path=path, tags=tags)
    for also in operation.plan.get("also", ()):
        access.require(actor, **also)


def still_given(operation: Operation) -> bool:
    """Whether who asked for it is still a member, under a good token where it was one, and may still do it."""
    if operation.who_kind == "system":
        return True
    id = UUID(operation.who_id)
    by_token = operation.who_kind == "token"
    asker = load_actor(operation.tenant_id, None if by_token else id, token_id=id if by_token else None)
    if asker is None or asker.membership_id != operation.membership_id:
        return False
    try:
        require(asker, operation)
    except access.Denied:
        return False
    return True


def permission(act: str) -> str:
    """What an act takes; its own name where it is declared no more."""
    try:
        return registry.action(act).permission
    except registry.UnknownKind:
        return act


def sights(act: str) -> tuple[str, ...]:
    """The permissions that seeing what somebody else gave to an act takes besides."""
    try:
        return registry.action(act).sights
    except registry.UnknownKind:
        return ()


def _places(operation: Operation) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """(account, Region, path, tags) of each target; of a wizard the places of its steps."""
    targets = operation.plan["targets"]
    for one in targets:
        account, region = one["account"], one["region"]
        kind, id, path = one["kind"], one["id"], ""
        if one.get("within"):  # its tags are its holder's
            kind, id, path = registry.resource(kind).within, one["within"], f"{one['within']}/{id}"
        found = inventory.get(operation.tenant_id, kind, id, account, region)
        yield account, region, path, dict(found.tags) if found else {}
    if not targets:
        places = dict.fromkeys((step["account"], step["region"]) for step in operation.plan["steps"])
        yield from ((account, region, "", {}) for account, region in places)
