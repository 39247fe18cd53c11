"""The accounts of a tenant: connect, change, check, remove. Each asks its permission and leaves its audit row."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from apps.audit import record
from apps.cloud import clients, connect, credentials
from apps.cloud.calls import outside
from apps.cloud.connect import Draft, Verified
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.models import Account, Credential, Status
from apps.live.bus import publish
from apps.tenancy.access import Actor, reach, require
from apps.tenancy.context import tenant_tx

_SHOWN = (
    "name",
    "number",
    "environment",
    "approval",
    "required_tags",
    "regions",
    "credential",
    "role_arn",
    "endpoints",
    "key_hint",
)
_CHANGED = (
    "name",
    "number",
    "environment",
    "approval",
    "required_tags",
    "regions",
    "credential",
    "role_arn",
    "source",
    "secret",
    "key_hint",
    "endpoints",
    "status",
    "problem",
    "checked_at",
    "updated_at",
)


class InUse(Exception):
    """Other accounts' roles are assumed with this one's credential; `names` are theirs."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def create_account(actor: Actor, draft: Draft, *, check: bool = True) -> Account:
    """A new account, verified unless `check` is off (a demo's own). Raises CallFailed, Denied, and IntegrityError when
    the name is taken. Calls AWS: outside any transaction."""
    require(actor, "cloud.account.create")
    account = connect.trial_of(actor.tenant_id, draft)
    if check:
        outside("create_account")
        _take(account, connect.verify(actor.tenant_id, draft))
    with tenant_tx(actor.tenant_id):
        _seal(account, draft)
        account.save(force_insert=True)
        _record(actor, "create", account, after=public(account))
    return account


def update_account(actor: Actor, account_id: UUID, draft: Draft, *, check: bool = True) -> Account:
    """Changes an account; its number stays what it is. Raises as `create_account`, and Account.DoesNotExist."""
    with tenant_tx(actor.tenant_id):
        old = Account.objects.get(tenant_id=actor.tenant_id, id=account_id)
        require(actor, "cloud.account.update", account=old.id, label=old.name, target=target(old))
    account = connect.trial_of(actor.tenant_id, draft, old)
    account.number = old.number
    if check:
        outside("update_account")
        wanted = replace(draft, number=old.number)
        _take(account, connect.verify(actor.tenant_id, wanted, account=old))
    account.updated_at = timezone.now()
    with tenant_tx(actor.tenant_id):
        _seal(account, draft)
        account._state.adding = False
        account.save(force_update=True, update_fields=_CHANGED)
        _record(actor, "update", account, before=public(old), after=public(account))
    clients.forget(account)
    return account


def delete_account(actor: Actor, account_id: UUID) -> None:
    """Removes the account and all that the panel knows of it; nothing at AWS changes. Raises InUse, Denied."""
    with tenant_tx(actor.tenant_id):
        account = Account.objects.get(tenant_id=actor.tenant_id, id=account_id)
        require(actor, "cloud.account.delete", account=account.id, label=account.name, target=target(account))
        users = Account.objects.filter(tenant_id=actor.tenant_id, source_id=account_id).exclude(id=account_id)
        if names := sorted(users.values_list("name", flat=True)):
            raise InUse(names)
        _record(actor, "delete", account, before=public(account))
        account.delete()
    clients.forget(account)


def check_account(actor: Actor, account_id: UUID) -> Verified:
    """Signs in anew and keeps the result as the account's status. Raises CallFailed after keeping it. Outside any
    transaction."""
    outside("check_account")
    with tenant_tx(actor.tenant_id):
        account = Account.objects.get(tenant_id=actor.tenant_id, id=account_id)
        require(actor, "cloud.account.check", account=account.id, label=account.name, target=target(account))
    clients.forget(account)
    try:
        keys = credentials.keys_of(account)
        verified = connect.identity(account, keys)
        if verified.number != account.number:
            raise connect.wrong_account(verified.number, account.number)
        verified = Verified(
            verified.number,
            verified.arn,
            connect.may(account, keys, verified.arn),
            connect.enabled_regions(account, keys),
        )
    except CallFailed as failed:
        _keep_status(actor, account, failed.explained)
        raise
    _keep_status(actor, account, None)
    return verified


def sources(actor: Actor) -> QuerySet[Account]:
    """The accounts with whose credential the actor may have a role assumed: those that they may change anyway. Inside
    tenant_tx."""
    found = Account.objects.filter(tenant_id=actor.tenant_id).defer("secret")
    places = [part.account for part in reach(actor, "cloud.account.update") if not (part.region or part.tag)]
    return found if None in places else found.filter(id__in=[id for id in places if id])


def public(account: Account) -> dict[str, Any]:
    """What may be shown and recorded of an account: never its secret."""
    return {name: getattr(account, name) for name in _SHOWN} | {"source": str(account.source_id or "")}


def target(account: Account) -> record.Target:
    return record.Target(
        kind="cloud.account",
        id=str(account.id),
        name=account.name,
        account=str(account.id),
        account_name=account.name,
    )


def _take(account: Account, verified: Verified) -> None:
    account.number = verified.number
    account.status, account.problem, account.checked_at = Status.CONNECTED, None, timezone.now()
    if not account.regions:
        account.regions = list(verified.regions)


def _seal(account: Account, draft: Draft) -> None:
    if account.credential == Credential.KEYS and draft.access_key.strip():
        access_key = draft.access_key.strip()
        account.secret = credentials.sealed_keys(account, access_key, draft.secret_key.strip())
        account.key_hint = f"…{access_key[-4:]}"


def _keep_status(actor: Actor, account: Account, problem: Explained | None) -> None:
    with tenant_tx(actor.tenant_id):
        Account.objects.filter(tenant_id=actor.tenant_id, id=account.id).update(
            status=Status.PROBLEM if problem else Status.CONNECTED,
            problem=problem.to_json() if problem else None,
            checked_at=Now(),
        )
        reason = problem.text if problem else ""
        _record(actor, "check", account, result="failed" if problem else "ok", reason=reason)


def _record(actor: Actor, verb: str, account: Account, *, result: str = "ok", **more: Any) -> None:
    record.write(
        tenant_id=actor.tenant_id,
        act=f"cloud.account.{verb}",
        result=result,
        actor=actor.who,
        target=target(account),
        **more,
    )
    publish(actor.tenant_id, "accounts")
