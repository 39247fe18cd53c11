"""An organization with accounts and resources that no AWS call brought: straight into the inventory."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.people import People, Person

REGIONS = ["eu-west-1", "us-east-1"]


@dataclass(frozen=True)
class World:
    people: People
    production: Any
    staging: Any

    @property
    def tenant_id(self):
        return self.people.tenant_id


def make_world(people: People) -> World:
    """Two accounts; eight instances, some volumes, a failed source in staging."""
    production = make_account(people.tenant_id, "production", "111111111111", "production")
    staging = make_account(people.tenant_id, "staging", "222222222222", "staging")
    stock(production, "eu-west-1", "ec2.instance", [instance(f"api-{n}") for n in range(5)])
    stock(production, "us-east-1", "ec2.instance", [instance("batch-1", state="stopped", size="c7g.large")])
    stock(
        staging, "eu-west-1", "ec2.instance", [instance("<script>alert(1)</script>"), instance("web", owner="platform")]
    )
    stock(production, "eu-west-1", "ec2.volume", [volume("data")])
    fail(staging, "us-east-1", "ec2.instance")
    return World(people, production, staging)


def make_account(tenant_id, name: str, number: str, environment: str):
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx

    with tenant_tx(tenant_id):
        return Account.objects.create(
            tenant_id=tenant_id,
            name=name,
            number=number,
            environment=environment,
            regions=REGIONS,
            credential="keys",
            status="connected",
        )


def instance(name: str, *, state: str = "running", size: str = "t3.micro", owner: str = "ops", id: str = "") -> dict:
    return {
        "InstanceId": id or f"i-{secrets.token_hex(8)}0",
        "InstanceType": size,
        "State": {"Name": state, "Code": 16},
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "PrivateIpAddress": "10.0.0.4",
        "VpcId": "vpc-0a1b2c3d4e5f60718",
        "LaunchTime": "2026-11-01T08:00:00Z",
        "Tags": [{"Key": "Name", "Value": name}, {"Key": "owner", "Value": owner}],
    }


def volume(name: str) -> dict:
    return {
        "VolumeId": f"vol-{secrets.token_hex(8)}0",
        "Size": 20,
        "VolumeType": "gp3",
        "State": "available",
        "AvailabilityZone": "eu-west-1a",
        "Tags": [{"Key": "Name", "Value": name}],
    }


def stock(account, region: str, kind: str, objects: list[dict]) -> None:
    """The inventory after a sync that answered these."""
    from apps.catalog import registry
    from apps.cloud import prices
    from apps.inventory import scans, store
    from apps.inventory.places import Place
    from apps.inventory.rows import row
    from apps.tenancy.context import tenant_tx

    resource = registry.resource(kind)
    place = Place(account.tenant_id, account.id, region, kind)
    items = [resource.item(obj, str(account.id), region) for obj in objects]
    with tenant_tx(account.tenant_id):
        claim = scans.claim(place)
        store.replace(place, [row(resource, item, prices.book(region)) for item in items], claim)
        scans.succeeded(place, len(items), resource.fresh)


def fail(account, region: str, kind: str) -> None:
    from apps.cloud.explain import Explained
    from apps.inventory import scans
    from apps.inventory.places import Place
    from apps.tenancy.context import tenant_tx

    place = Place(account.tenant_id, account.id, region, kind)
    error = Explained("Throttling", "AWS is throttling requests.", "req-4f1c9a", kind="throttled", retry=True)
    with tenant_tx(account.tenant_id):
        scans.claim(place)
        scans.failed(place, error, 60)


def client(person: Person) -> Client:
    """A browser in which the person is signed in (without the password, whose check is slow on purpose)."""
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    browser.get("/profile/")  # the session takes in what every page needs
    return browser


def fragment(browser: Client, path: str, **headers: str):
    """The same as htmx asks for it."""
    return browser.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial", **headers})
