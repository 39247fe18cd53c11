"""Trying a credential before it is kept: whose account it is, what it may do, which Regions are enabled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from botocore.exceptions import BotoCoreError, ClientError
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.catalog import registry
from apps.cloud import credentials, factory
from apps.cloud.explain import CallFailed, explain
from apps.cloud.factory import Keys, refused
from apps.cloud.metrics import PERMISSION
from apps.cloud.models import Account, Approval, Credential, Environment, new_external_id

_FIRST = "us-east-1"
_AT_ONCE = 100  # actions in one simulation


@dataclass(frozen=True, slots=True)
class Draft:
    """An account as somebody enters it. `number` may be empty: then it is the credential's. Of `keys`, both are given;
    when an existing account is changed, both empty keep what it has. `source` is the id of the account that assumes
    the role."""

    name: str
    number: str = ""
    environment: str = Environment.DEVELOPMENT
    approval: str = Approval.NONE
    required_tags: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    credential: str = Credential.ROLE
    role_arn: str = ""
    external_id: str = field(default_factory=new_external_id)
    source: UUID | None = None
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verified:
    """`may` pairs an IAM action with whether the credential is allowed it, None where AWS wouldn't say. `regions` are
    the enabled ones, empty when AWS wouldn't say."""

    number: str
    arn: str
    may: tuple[tuple[str, bool | None], ...] = ()
    regions: tuple[str, ...] = ()


MOST_TAGS, TAG_KEY = 20, 127


def tag_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """The keys, each once. Raises ValidationError naming the first that can't be a tag's."""
    found = tuple(dict.fromkeys(keys))
    for key in found:
        if len(key) > TAG_KEY or key.lower().startswith("aws:"):
            raise ValidationError(
                _("“%(key)s” can't be the key of a tag: at most %(most)d characters, and not beginning with aws:.")
                % {"key": key[:150], "most": TAG_KEY}
            )
    if len(found) > MOST_TAGS:
        raise ValidationError(_("At most %(most)d, not %(count)d.") % {"most": MOST_TAGS, "count": len(found)})
    return found


def verify(tenant_id: UUID, draft: Draft, *, account: Account | None = None) -> Verified:
    """Signs in with the draft's credential. Raises CallFailed when AWS refuses it or it belongs to another account.
    `account` is the existing one that the draft changes. Several AWS calls: never in a transaction."""
    trial = trial_of(tenant_id, draft, account)
    keys = _keys(trial, draft)
    verified = identity(trial, keys)
    if draft.number and verified.number != draft.number:
        raise wrong_account(verified.number, draft.number)
    return Verified(verified.number, verified.arn, may(trial, keys, verified.arn), enabled_regions(trial, keys))


def wrong_account(found: str, wanted: str) -> CallFailed:
    """The credential is good, but another account's."""
    return refused(
        "WrongAccount",
        _("The credential belongs to account %(found)s, not %(wanted)s.") % {"found": found, "wanted": wanted},
        kind="invalid",
        next=_("Correct the account number or the credential."),
    )


def trial_of(tenant_id: UUID, draft: Draft, account: Account | None = None) -> Account:
    """The draft as an account that is not saved. Raises CallFailed for an endpoint that isn't allowed."""
    for address in draft.endpoints.values():
        if not factory.endpoint_allowed(address):
            raise refused(
                "EndpointNotAllowed",
                _("The panel's operator doesn't allow the endpoint %s.") % address,
                kind="invalid",
                next=_("Add its origin to NORTHGATE_ENDPOINTS, or leave the endpoint out."),
            )
    return Account(
        id=account.id if account else uuid4(),
        tenant_id=tenant_id,
        name=draft.name.strip(),
        number=draft.number,
        environment=draft.environment,
        approval=draft.approval,
        required_tags=list(dict.fromkeys(draft.required_tags)),
        regions=list(dict.fromkeys(draft.regions)),
        credential=draft.credential,
        role_arn=draft.role_arn.strip() if draft.credential == Credential.ROLE else "",
        external_id=account.external_id if account else draft.external_id,
        source_id=draft.source if draft.credential == Credential.ROLE else None,
        secret=account.secret if account and draft.credential == Credential.KEYS else b"",
        key_hint=account.key_hint if account and draft.credential == Credential.KEYS else "",
        endpoints=dict(draft.endpoints),
    )


def identity(account: Account, keys: Keys) -> Verified:
    """Who AWS says that the keys are."""
    try:
        answer = _client(account, keys, "sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise CallFailed(explain(error)) from None
    return Verified(number=str(answer["Account"]), arn=str(answer["Arn"]))


def may(account: Account, keys: Keys, arn: str) -> tuple[tuple[str, bool | None], ...]:
    """What the credential is allowed of all that the declared actions and metrics need, by IAM's simulator; then one
    cheap reading call of each service, tried."""
    resources = registry.resources()
    actions = {name for one in resources for act in (*one.actions.values(), *one.wizards.values()) for name in act.iam}
    actions |= {name for routine in registry.routines() for name in routine.action.iam}
    told = [one.marks.call.partition(".") for one in resources if one.marks]
    if any(one.metrics or one.measures for one in resources):
        actions.add(PERMISSION)
    actions |= {f"{service}:{_camel(operation)}" for service, _dot, operation in told}
    found = dict(_simulated(account, keys, arn, sorted(actions)))
    for service in {resource.service: resource for resource in reversed(resources)}.values():
        read = service.reads[0]
        found[f"{service.client}:{_camel(read.operation)}"] = _tried(account, keys, service.client, read)
    return tuple(sorted(found.items()))


def enabled_regions(account: Account, keys: Keys) -> tuple[str, ...]:
    """The Regions that the account can use; empty when AWS won't say."""
    try:
        answer = _client(account, keys, "ec2").describe_regions()
    except Exception:
        return ()
    return tuple(sorted(region["RegionName"] for region in answer.get("Regions", ())))


def _simulated(account: Account, keys: Keys, arn: str, actions: list[str]) -> Iterable[tuple[str, bool | None]]:
    iam = _client(account, keys, "iam")
    for start in range(0, len(actions), _AT_ONCE):
        names = actions[start : start + _AT_ONCE]
        try:
            answer = iam.simulate_principal_policy(PolicySourceArn=_principal(arn), ActionNames=names)
        except Exception:  # not allowed, or not offered by the endpoint
            yield from ((name, None) for name in names)
            continue
        decided = {each["EvalActionName"]: each["EvalDecision"] == "allowed" for each in answer["EvaluationResults"]}
        yield from ((name, decided.get(name)) for name in names)


def _tried(account: Account, keys: Keys, service: str, read: Any) -> bool | None:
    try:
        getattr(_client(account, keys, service), read.operation)(**read.params)
    except Exception as error:
        return False if explain(error).kind == "denied" else None
    return True


def _principal(arn: str) -> str:
    """A role for a session of it: the simulator knows only roles and users."""
    head, _mark, rest = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.split('/')[0]}" if rest else arn


def _keys(trial: Account, draft: Draft) -> Keys:
    if trial.credential == Credential.ROLE:
        return credentials.assume(trial)
    if draft.access_key.strip() and draft.secret_key.strip():
        return Keys(draft.access_key.strip(), draft.secret_key.strip())
    return credentials.keys_of(trial)


def _client(account: Account, keys: Keys, service: str) -> Any:
    region = next(iter(account.regions), _FIRST)
    return factory.build(keys, service, region, endpoint=factory.endpoint_of(account, service), timeout=15)


def _camel(operation: str) -> str:
    return "".join(part.capitalize() for part in operation.split("_"))
