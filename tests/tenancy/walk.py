"""An organization full of marked names that nobody else may see, and how to visit its addresses (see routes.py)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.console.world import instance, make_account, stock
from tests.people import People, Person, make_people
from tests.tenancy.routes import REGION, ROUTES, Visit


@dataclass(frozen=True)
class Ids:
    """What somebody would have to know, or to guess, of an organization."""

    account: str
    account_name: str
    instance: str
    keypair: str
    bucket: str
    bookmark: str
    upload: str
    member: str
    user: str
    binding: str
    asked: str
    role: str
    token: str
    view: str
    queued: str
    failed: str
    awaiting: str
    schedule: str
    hash: str
    tenant: str
    mine: str  # the visitor's own account: pages of their own show nothing of others either

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            for name in self.__dataclass_fields__:
                value = value.replace("{" + name + "}", getattr(self, name))
            return value
        if isinstance(value, Mapping):
            return {key: self.fill(each) for key, each in value.items()}
        return [self.fill(each) for each in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Victim:
    """`everywhere` marks what only the organization may see, `inside` what lies in one of its accounts."""

    people: People
    ids: Ids
    inside: str
    everywhere: str
    staging: Any


def patterns(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every URL pattern of the panel, as it is written."""
    for one in (resolver or get_resolver()).url_patterns:
        here = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, here)
        else:
            yield here


def visits() -> list[Visit]:
    return [visit for found in ROUTES.values() if not isinstance(found, str) for visit in found]


def send(
    browser: Client, method: str, path: str, body: Mapping[str, Any], headers: dict[str, str] | None = None
) -> Any:
    if method == "GET":
        return browser.get(path, headers=headers or {})
    if path.startswith("/api/"):
        return browser.generic(method, path, json.dumps(body), content_type="application/json", headers=headers or {})
    return browser.post(path, dict(body), headers=headers or {})


def methods(visit: Visit) -> tuple[str, ...]:
    """One's own account may be deleted, so nobody tries."""
    if not visit.path.startswith("/api/"):
        return "GET", "POST"
    return ("GET", "POST", "PATCH") if "{mine}" in visit.path else ("GET", "POST", "PATCH", "DELETE")


def nothing() -> Ids:
    """Ids of the same look that nobody has."""
    uuids = {name: str(uuid4()) for name in Ids.__dataclass_fields__}
    mark = secrets.token_hex(8)
    return Ids(
        **uuids
        | {
            "account_name": f"none-{mark}",
            "instance": f"i-{mark}0",
            "keypair": f"none@{uuids['account']}:{REGION}",
            "bucket": f"bucket-none-{mark}",
            "hash": secrets.token_hex(32),
        }
    )


def make_victim(name: str = "") -> Victim:
    """Whatever an organization can have, each with a marked name, or with this one."""
    from apps.audit import record
    from apps.console.models import SavedView
    from apps.objects.models import Bookmark, Upload
    from apps.operations.drafts import save_draft
    from apps.operations.models import Operation
    from apps.tenancy import access_requests
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import ApiToken, Binding, Role, Tenant

    inside, everywhere = (name or f"marked-{secrets.token_hex(5)}" for _ in range(2))
    bucket = f"bucket-{secrets.token_hex(5)}"
    people = make_people()
    tenant = people.tenant_id
    production = make_account(tenant, inside, "111111111111", "production")
    staging = make_account(tenant, "staging", "222222222222", "staging")
    target = instance(inside, owner=inside)
    fill(production, inside, target, bucket)
    actor = people.operator.actor
    queued, failed = (ask(people.operator, production, target["InstanceId"]) for _ in range(2))
    with tenant_tx(tenant):
        Tenant.objects.filter(id=tenant).update(name=everywhere)
        production.approval = "all"
        production.save()
        Operation.objects.filter(id=failed.id).update(state="failed")
    awaiting = ask(people.operator, production, target["InstanceId"])
    with tenant_tx(tenant):
        Operation.objects.filter(tenant_id=tenant).update(title=inside)
        save_draft(actor, "ec2.instance.launch", f"_account={production.id}&_region={REGION}&name={everywhere}")
        user = people.operator.user
        view = SavedView.objects.create(
            tenant_id=tenant, user=user, kind="ec2.instance", name=everywhere, query=f"q={everywhere}"
        )
        token = ApiToken.objects.get(tenant_id=tenant, membership_id=actor.membership_id)
        ApiToken.objects.filter(id=token.id).update(name=everywhere)
        on = record.Target("ec2.instance", target["InstanceId"], inside, str(production.id), inside, REGION)
        record.write(tenant_id=tenant, act="ec2.instance.stop", result="ok", actor=actor.who, target=on, reason=inside)
        upload = Upload.objects.create(
            tenant_id=tenant,
            account=production,
            kind="s3.object",
            container=bucket,
            region=REGION,
            key=inside,
            size=2**30,
            part_size=2**24,
            upload_id=inside,
            who_kind="user",
            who_id=str(user.id),
            who_name=everywhere,
        )
        bookmark = Bookmark.objects.create(
            tenant_id=tenant, account=production, kind="s3.object", container=bucket, region=REGION, prefix=f"{inside}/"
        )
        binding = Binding.objects.get(tenant_id=tenant, membership_id=actor.membership_id)
        asked = access_requests.ask(actor, "tenancy.member.create", everywhere, account=production.id)
        role = Role.objects.get(tenant_id=tenant, builtin="viewer")
    ids = Ids(
        account=str(production.id),
        account_name=inside,
        instance=target["InstanceId"],
        keypair=f"ops@{production.id}:{REGION}",
        bucket=bucket,
        bookmark=str(bookmark.id),
        upload=str(upload.id),
        member=str(actor.membership_id),
        user=str(actor.user_id),
        binding=str(binding.id),
        asked=str(asked.id),
        role=str(role.id),
        token=str(token.id),
        view=str(view.id),
        queued=str(queued.id),
        failed=str(failed.id),
        awaiting=str(awaiting.id),
        schedule=str(plan_ahead(people.operator, production, inside).id),
        hash=awaiting.plan_hash,
        tenant=str(tenant),
        mine="",
    )
    return Victim(people, ids, inside, everywhere, staging)


def fill(account: Any, mark: str, target: dict[str, Any], bucket: str) -> None:
    """An inventory of one of each, named by the mark; what the launch form refers to is there too."""
    from apps.catalog import registry

    stock(account, REGION, "ec2.instance", [target])
    for kind in ("ec2.image", "ec2.instance-type", "ec2.vpc", "ec2.subnet", "ec2.volume", "ec2.security-group"):
        example = dict(registry.resource(kind).example)
        stock(account, REGION, kind, [example | {"Tags": [{"Key": "Name", "Value": mark}], "Description": mark}])
    stock(account, REGION, "ec2.key-pair", [{"KeyName": "ops", "KeyPairId": "key-0a1b2c3d4e5f60718", "KeyType": mark}])
    stock(account, "global", "s3.bucket", [dict(registry.resource("s3.bucket").example) | {"Name": bucket}])


def plan_ahead(person: Person, account: Any, mark: str) -> Any:
    """A schedule whose last run needs a look."""
    from apps.operations import schedules
    from apps.operations.models import Run
    from apps.tenancy.context import tenant_tx

    draft = schedules.Draft(
        name=mark,
        act="ec2.instance.back-up",
        values={"boot": True, "copy_tags": True},
        tags=[{"key": "owner", "value": mark}],
        accounts=[str(account.id)],
        regions=[],
        timetable={},
        cron="0 3 * * *",
        zone="UTC",
        keep_count=7,
        keep_days=None,
        grace=60,
    )
    with tenant_tx(account.tenant_id):
        made = schedules.create(person.actor, draft)
        Run.objects.create(
            tenant_id=account.tenant_id, schedule=made, due_at=made.created_at, state="missed", reason=mark
        )
    return made


def ask(person: Person, account: Any, id: str) -> Any:
    """An operation that no worker ever takes."""
    from apps.catalog import registry
    from apps.operations.prepare import prepare_targets
    from apps.operations.submit import submit
    from apps.tenancy.context import tenant_tx

    with tenant_tx(account.tenant_id):
        action = registry.action("ec2.instance.stop")
        prepared = prepare_targets(person.actor, action, [id], {}, account=str(account.id), region=REGION)
        return submit(person.actor, prepared)
