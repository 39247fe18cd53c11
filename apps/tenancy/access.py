"""Who acts, what they may do and why not: `allowed`, `explain`, `require`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import PermissionDenied

from apps.audit.record import Target, Who
from apps.tenancy import reasons
from apps.tenancy.permissions import matches

NO_TAGS: Mapping[str, str] = {}
NO_TARGET = Target()


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on a scope: `account` None, `region` "", `tag` "" (or "key=value") and `path` "" mean any.

    A `path` ("bucket/logs/*") is for what lies within a resource: a role held on a path reaches nothing else, neither
    the resource itself nor any list. It is always a beginning, so that who may do something to a path may do it to
    all below: who asks for a prefix need not tell it from an object of that very key.
    """

    role: str
    patterns: tuple[str, ...]
    account: UUID | None = None
    region: str = ""
    tag: str = ""
    path: str = ""

    @property
    def whole(self) -> bool:
        """Whether it holds on everything in the organization."""
        return self.account is None and not self.region and not self.tag and not self.path


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts in one organization. `kind` is user, token or system; a token acts for its member, narrowed."""

    tenant_id: UUID
    user_id: UUID | None
    membership_id: UUID | None
    name: str
    email: str = ""
    kind: str = "user"
    token_id: UUID | None = None
    address: str = ""
    session: str = ""
    grants: tuple[Grant, ...] = ()
    tenant_name: str = ""
    tenant_slug: str = ""
    token_name: str = ""
    only_permissions: tuple[str, ...] = ()  # of a token; empty: no narrowing
    only_accounts: tuple[UUID, ...] = ()
    needs_factor: bool = False  # the organization demands a second factor, and the person has none

    @property
    def who(self) -> Who:
        """This actor as the audit record names them."""
        if self.kind == "token":
            return Who("token", str(self.token_id), f"{self.name} ({self.token_name})", self.address, self.session)
        return Who(self.kind, str(self.user_id or ""), self.name, self.address, self.session)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may they?": `reason` is a whole sentence, `via` the role that allows."""

    allowed: bool
    permission: str
    reason: str
    via: str = ""
    target: Target = NO_TARGET


@dataclass(frozen=True, slots=True)
class Reach:
    """A part of the organization on which a permission holds; all empty: everywhere."""

    account: UUID | None = None
    region: str = ""
    tag: str = ""


class Denied(PermissionDenied):
    """A refused act. The middleware records it and answers 403 in the browser's or the API's words."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


def system(tenant_id: UUID, name: str = "Northgate") -> Actor:
    """The panel itself, for what nobody asked for: schedules, sync."""
    return Actor(tenant_id, None, None, name, kind="system", grants=(Grant("System", ("*",)),))


def allowed(
    actor: Actor,
    permission: str,
    *,
    account: UUID | str | None = None,
    region: str = "",
    tags: Mapping[str, str] = NO_TAGS,
    path: str = "",
) -> bool:
    """Whether the actor may do `permission` there.

    Without an account the question is about the organization as a whole, so a role held on one account
    doesn't answer it; to ask "anywhere at all?" (menus, lists) use `reach`. `path` is that of what lies within a
    resource ("bucket/key").
    """
    return (
        _narrowing(actor, permission, account) == ""
        and _via(actor, permission, account, region, tags, path) is not None
    )


def explain(
    actor: Actor,
    permission: str,
    *,
    account: UUID | str | None = None,
    region: str = "",
    tags: Mapping[str, str] = NO_TAGS,
    path: str = "",
    label: str = "",
    target: Target | None = None,
) -> Decision:
    """The same answer as `allowed`, with its reason in a whole sentence. `label` is the account's name."""
    via = _via(actor, permission, account, region, tags, path)
    narrow = _narrowing(actor, permission, account)
    on = target or Target(account=str(account or ""), account_name=label, region=region)
    where = reasons.place(label or str(account or ""), region, path)
    if via is not None and not narrow:
        return Decision(True, permission, reasons.role_allows(via.role, permission, where), via.role, on)
    if via is not None:
        return Decision(False, permission, reasons.token_lacks(actor.token_name, permission, where), "", on)
    elsewhere = sorted({grant.role for grant in actor.grants if matches(grant.patterns, permission)})
    if elsewhere:
        return Decision(False, permission, reasons.roles_reach(elsewhere, permission, where), "", on)
    held = sorted({grant.role for grant in actor.grants})
    return Decision(False, permission, reasons.roles_lack(held, permission, where), "", on)


def require(
    actor: Actor,
    permission: str,
    *,
    account: UUID | str | None = None,
    region: str = "",
    tags: Mapping[str, str] = NO_TAGS,
    path: str = "",
    label: str = "",
    target: Target | None = None,
) -> Decision:
    """The decision when it is yes; raises Denied when it is no."""
    decision = explain(
        actor, permission, account=account, region=region, tags=tags, path=path, label=label, target=target
    )
    if not decision.allowed:
        raise Denied(decision)
    return decision


def reach(actor: Actor, permission: str) -> tuple[Reach, ...]:
    """Where the permission holds: the parts of a list's filter, joined by OR. Empty: nowhere."""
    if actor.only_permissions and not matches(actor.only_permissions, permission):
        return ()
    found: dict[Reach, None] = {}
    for grant in actor.grants:
        if matches(grant.patterns, permission) and not grant.path:
            found.update(dict.fromkeys(Reach(account, grant.region, grant.tag) for account in _accounts(actor, grant)))
    return tuple(found) if Reach() not in found else (Reach(),)


def anywhere(actor: Actor, permission: str) -> bool:
    """Whether there is anything at all that the actor may do this to, were it only below a path."""
    if _narrowing(actor, permission, None) == "permission":
        return False
    return any(matches(grant.patterns, permission) and _accounts(actor, grant) for grant in actor.grants)


def sees(actor: Actor, account: UUID | str) -> bool:
    """Whether a role reaches anything at all in an account: then it may be known that there is one."""
    if actor.only_accounts and str(account) not in {str(one) for one in actor.only_accounts}:
        return False
    return any(grant.account is None or str(grant.account) == str(account) for grant in actor.grants)


def _accounts(actor: Actor, grant: Grant) -> tuple[UUID | None, ...]:
    if not actor.only_accounts:
        return (grant.account,)
    return tuple(one for one in actor.only_accounts if grant.account in (None, one))


def _via(
    actor: Actor, permission: str, account: UUID | str | None, region: str, tags: Mapping[str, str], path: str
) -> Grant | None:
    for grant in actor.grants:
        if matches(grant.patterns, permission) and _holds(grant, account, region, tags, path):
            return grant
    return None


def _holds(grant: Grant, account: UUID | str | None, region: str, tags: Mapping[str, str], path: str) -> bool:
    if grant.account is not None and str(grant.account) != str(account or ""):
        return False
    if grant.region and grant.region != region:
        return False
    if grant.path and not _below(grant.path, path):
        return False
    key, _, value = grant.tag.partition("=")
    return not grant.tag or tags.get(key) == value


def _below(pattern: str, path: str) -> bool:
    """Byte for byte, as S3 compares keys: no "..", no case, no escapes."""
    return pattern.endswith("*") and path.startswith(pattern.removesuffix("*"))


def _narrowing(actor: Actor, permission: str, account: UUID | str | None) -> str:
    """Which of a token's limits is in the way: "permission", "account" or "" for none."""
    if actor.only_permissions and not matches(actor.only_permissions, permission):
        return "permission"
    if actor.only_accounts and str(account or "") not in {str(one) for one in actor.only_accounts}:
        return "account"
    return ""
