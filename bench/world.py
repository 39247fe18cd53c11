"""Organizations to measure in: people, accounts, and an inventory as syncs would have left it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from django.db import connections
from django.test import Client

from apps.catalog import registry
from apps.cloud import prices
from apps.cloud.credentials import sealed_keys
from apps.cloud.models import Account, Credential, Status
from apps.inventory import places, rows, scans, store
from apps.tenancy import tokens
from apps.tenancy.access import Actor
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.organization import create_tenant
from apps.users.models import User
from bench import fleet
from bench.floor import Machine

ACCOUNTS = {
    "production": ("us-east-1", "eu-west-1", "ap-northeast-1", "ap-southeast-1"),
    "staging": ("us-east-1", "eu-west-1"),
    "development": ("us-east-1", "ap-northeast-1"),
}
FRESH = 24 * 3600  # seconds: no page of a run finds a list due for a sync


@dataclass(frozen=True)
class World:
    """One organization and its owner. `ids` are running instances'."""

    tenant_id: UUID
    actor: Actor
    user: User
    cookie: str
    token: str
    ids: tuple[str, ...]


def make(name: str, endpoint: str, wanted: Mapping[str, int], *, key: str = "AKIABENCHBENCHBENCHB") -> World:
    """An organization with three accounts and `wanted` resources of each kind, spread over eight places."""
    user = User.objects.create_user(f"{name}@bench.example", None, name=f"Owner of {name}")
    tenant = create_tenant(f"Bench {name}", name, user)
    with tenant_tx(tenant.id):
        accounts = [_connect(tenant.id, label, endpoint, key) for label in ACCOUNTS]
        ids = [id for account in accounts for region in account.regions for id in _fill(account, region, wanted)]
        actor = load_actor(tenant.id, user.id)
        assert actor is not None
        _row, token = tokens.create(actor, "bench")
    client = Client()
    client.force_login(user)
    session = client.session
    session["tenant"] = str(tenant.id)
    session.save()
    return World(tenant.id, actor, user, client.cookies["sessionid"].value, token, tuple(ids))


def _connect(tenant_id: UUID, label: str, endpoint: str, key: str) -> Account:
    account = Account(
        tenant_id=tenant_id,
        name=label,
        number=f"{len(label) * 111_111_111:012d}",
        environment=label,
        regions=list(ACCOUNTS[label]),
        credential=Credential.KEYS,
        endpoints={"*": endpoint},
        status=Status.CONNECTED,
    )
    account.secret = sealed_keys(account, key, "not-a-secret")
    account.save()
    return account


def _fill(account: Account, region: str, wanted: Mapping[str, int]) -> list[str]:
    """What one place holds of every kind, as a first sync writes it; the ids of its running instances."""
    shares, ids = sum(map(len, ACCOUNTS.values())), []
    for resource in registry.resources():
        where = places.GLOBAL if resource.scope == places.GLOBAL else region
        place = places.Place(account.tenant_id, account.id, where, resource.kind)
        if (claim := scans.claim(place)) is None:
            continue  # a global kind, read already
        count = wanted.get(resource.kind, 0) // shares
        objects = fleet.objects(resource.kind, region, count, f"{account.name}") if count else ()
        items = [resource.item(found, str(account.id), where) for found in objects]
        found = [rows.row(resource, item, prices.book(region)) for item in items]
        store.replace(place, found, claim)
        scans.succeeded(place, len(found), FRESH)
        ids += [item.id for item in items if resource.kind == "ec2.instance" and item.state == "running"]
    return ids


def multiply(superuser: str, world: World, times: int) -> None:
    """Each resource `times` over, with ids and names of their own. As superuser: millions of rows in one statement."""
    same = "account_id, region, kind, state, zone, attrs, tags, cells, monthly_cost, created_at, digest"
    with psycopg.connect(superuser) as connection:
        connection.execute(
            f"""INSERT INTO inventory_entry (tenant_id, {same}, seen_at, changed_at, resource_id, name, search)
                SELECT tenant_id, {same}, seen_at, changed_at, copy.id, copy.title,
                       lower(copy.title || E'\\n' || copy.id) || substr(search, length(name) + length(resource_id) + 2)
                FROM inventory_entry CROSS JOIN generate_series(2, %s) n CROSS JOIN LATERAL (
                    SELECT split_part(resource_id, '-', 1) || '-' || substr(md5(resource_id || n), 1, 17) AS id,
                           name || '-' || n AS title) copy
                WHERE tenant_id = %s""",
            [times, world.tenant_id],
        )
        connection.execute(
            "UPDATE inventory_scan SET count = count * %s WHERE tenant_id = %s", [times, world.tenant_id]
        )


def measure(superuser: str, world: World) -> None:
    """An hour of CPU of each running instance."""
    with psycopg.connect(superuser) as connection:
        connection.execute(
            """INSERT INTO inventory_measured
                   (tenant_id, account_id, region, kind, entry_id, key, points, last, at)
               SELECT tenant_id, account_id, region, kind, id, 'cpu',
                      ARRAY(SELECT (id * 7919 + n * 131) %% 10000 / 100.0 FROM generate_series(1, 12) n),
                      (id * 7919 + 12 * 131) %% 10000 / 100.0, now()
               FROM inventory_entry WHERE tenant_id = %s AND kind = 'ec2.instance' AND state = 'running'""",
            [world.tenant_id],
        )
        connection.execute(
            """INSERT INTO inventory_measure_scan
                   (tenant_id, account_id, region, kind, key, errors, started_at, finished_at, ok_at, next_at)
               SELECT tenant_id, account_id, region, kind, 'cpu', '{}', now(), now(), now(), next_at
               FROM inventory_scan WHERE tenant_id = %s AND kind = 'ec2.instance'""",
            [world.tenant_id],
        )


def fill_floor(count: int) -> None:
    """The floor's table, with as many rows as a list has."""
    with connections["owner"].schema_editor() as editor:
        editor.create_model(Machine)
    with connections["owner"].cursor() as cursor:
        cursor.execute('GRANT SELECT ON "bench_machine" TO northgate_app')
    start = datetime(2026, 1, 1, tzinfo=UTC)
    Machine.objects.using("owner").bulk_create(
        Machine(
            name=f"payments-api-{n:05d}",
            instance=f"i-{n:017x}",
            state="running" if n % 5 else "stopped",
            type="m5.large",
            account="production",
            zone="us-east-1a",
            address=f"10.0.{n // 250}.{n % 250}",
            cost="70.0800",
            launched=start + timedelta(minutes=n),
        )
        for n in range(count)
    )


def settle(superuser: str) -> None:
    """What autovacuum would have done by now."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
