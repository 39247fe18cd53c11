"""An account's keys: its unsealed access keys, or a session of its role, kept until shortly before it expires."""

import json
import threading
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError
from django.utils.translation import gettext as _

from apps.cloud import factory
from apps.cloud.explain import CallFailed, explain
from apps.cloud.factory import Keys, refused
from apps.cloud.models import Account, Credential
from apps.cloud.seal import SealBroken, open_sealed, seal
from apps.tenancy.context import tenant_tx

SPARE = timedelta(minutes=5)
DURATION = 3600  # seconds: the longest that role chaining allows
_DEEPEST = 3

_sessions: dict[tuple[uuid.UUID, datetime], Keys] = {}
_waiting: defaultdict[uuid.UUID, threading.Lock] = defaultdict(threading.Lock)


def keys_of(account: Account) -> Keys:
    """What signs this account's requests. Raises CallFailed; never falls back to other credentials."""
    return _keys(account, depth=0)


def sealed_keys(account: Account, access_key: str, secret_key: str) -> bytes:
    """The account's access keys in the form that stands in `Account.secret`."""
    plain = json.dumps({"access_key": access_key, "secret_key": secret_key}).encode()
    return seal(account.tenant_id, "cloud_account", account.id, "secret", plain)


def forget(account_id: uuid.UUID) -> None:
    for slot in [slot for slot in _sessions if slot[0] == account_id]:
        _sessions.pop(slot, None)


def _keys(account: Account, depth: int) -> Keys:
    return _session_of(account, depth) if account.credential == Credential.ROLE else _access_keys(account)


def _access_keys(account: Account) -> Keys:
    if not account.secret:
        raise _broken("CredentialMissing", _("The account has no access key."))
    try:
        plain = json.loads(open_sealed(account.tenant_id, "cloud_account", account.id, "secret", bytes(account.secret)))
    except SealBroken:
        raise _broken("CredentialUnreadable", _("The account's access key can't be unsealed.")) from None
    keys = Keys(plain.get("access_key", "").strip(), plain.get("secret_key", "").strip())
    if not keys.access_key or not keys.secret_key:
        raise _broken("CredentialMissing", _("The account's access key is blank."))
    return keys


def _session_of(account: Account, depth: int) -> Keys:
    slot = (account.id, account.updated_at)
    with _waiting[account.id]:
        kept = _sessions.get(slot)
        if kept is None or kept.expires is None or kept.expires - SPARE < datetime.now(UTC):
            forget(account.id)
            kept = _sessions[slot] = assume(account, depth)
        return kept


def assume(account: Account, depth: int = 0) -> Keys:
    """A new session of the account's role, by its source's credential. Raises CallFailed."""
    if not account.role_arn or not account.external_id:
        raise _broken("CredentialMissing", _("The account names no role to assume."))
    source = _source(account, depth)
    sts = factory.build(
        _keys(source, depth + 1),
        "sts",
        next(iter(source.regions or account.regions), "us-east-1"),
        endpoint=factory.endpoint_of(source, "sts"),
        owner=(source.tenant_id, source.id, source.updated_at),
    )
    try:
        answer = sts.assume_role(
            RoleArn=account.role_arn,
            RoleSessionName=f"northgate-{account.id.hex[:16]}",
            ExternalId=account.external_id,
            DurationSeconds=DURATION,
        )["Credentials"]
    except (ClientError, BotoCoreError) as error:
        raise CallFailed(explain(error)) from None
    return Keys(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], answer["Expiration"])


def _source(account: Account, depth: int) -> Account:
    """The account whose credentials assume the role: of the same tenant, and no circle."""
    if account.source_id is None or account.source_id == account.id or depth >= _DEEPEST:
        raise _broken("SourceMissing", _("The account names no other account that assumes its role."))
    with tenant_tx(account.tenant_id):
        source = Account.objects.filter(tenant_id=account.tenant_id, id=account.source_id).first()
    if source is None:
        raise _broken("SourceMissing", _("The account whose credentials assume this role no longer exists."))
    return source


def _broken(code: str, text: str) -> CallFailed:
    return refused(code, text, next=_("Open the account's settings and enter its credential."))
