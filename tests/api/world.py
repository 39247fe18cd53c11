"""An organization with two accounts and some resources in its inventory, as sync would have written them."""

import copy
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.people import People, Person, make_people

REGIONS = ["eu-west-1", "us-east-1"]


@dataclass(frozen=True)
class World:
    people: People
    production: Any
    staging: Any

    def client(self, person: Person) -> "Api":
        return Api(person)


class Api:
    """A script with a person's token."""

    def __init__(self, person: Person | None = None) -> None:
        self.client = Client(raise_request_exception=False, headers=person.bearer if person else {})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        text = b"" if body is None else json.dumps(body)
        return self.client.post(f"/api/v1{path}", text, content_type="application/json", headers=headers)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        text = b"" if body is None else json.dumps(body)
        return self.client.generic(method, f"/api/v1{path}", text, content_type="application/json", headers=headers)


def make_world() -> World:
    people = make_people()
    production = make_account(people, "prod", "111111111111")
    staging = make_account(people, "stage", "222222222222")
    for account in (production, staging):
        fill_network(account)
    fill(production, "ec2.instance", "eu-west-1", instances(7, "eu-west-1"))
    fill(staging, "ec2.instance", "us-east-1", instances(3, "us-east-1", first=100))
    return World(people, production, staging)


def make_account(people: People, name: str, number: str) -> Any:
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx

    with tenant_tx(people.tenant_id):
        return Account.objects.create(
            tenant_id=people.tenant_id,
            name=name,
            number=number,
            regions=REGIONS,
            role_arn=f"arn:aws:iam::{number}:role/northgate",
            environment="development",
        )


def instances(count: int, region: str, first: int = 0) -> list[dict[str, Any]]:
    """Every second one runs; each is named after its number."""
    from apps.catalog import registry

    made = []
    for n in range(first, first + count):
        obj = copy.deepcopy(dict(registry.resource("ec2.instance").example))
        obj["InstanceId"] = f"i-{n:017x}"
        obj["State"] = {"Name": "running", "Code": 16} if n % 2 else {"Name": "stopped", "Code": 80}
        obj["InstanceType"] = "t3.micro" if n % 3 else "m5.large"
        obj["Placement"] = {"AvailabilityZone": f"{region}a", "Tenancy": "default"}
        obj["LaunchTime"] = "2026-11-20T08:00:00+00:00"
        obj["Tags"] = [{"Key": "Name", "Value": f"api-{n}"}, {"Key": "owner", "Value": "platform" if n % 2 else "data"}]
        made.append(obj)
    return made


def fill_network(account: Any) -> None:
    """The examples of what an instance refers to."""
    from apps.catalog import registry

    for resource in registry.resources():
        if resource.kind == "ec2.instance" or not resource.example:
            continue
        for region in ["global"] if resource.scope == "global" else REGIONS:
            fill(account, resource.kind, region, [dict(resource.example)])


def fill(account: Any, kind: str, region: str, objects: Iterable[dict[str, Any]]) -> None:
    """The scope holds these, as after a sync."""
    from apps.catalog import registry
    from apps.cloud.prices import book
    from apps.inventory import rows, scans, store
    from apps.inventory.places import Place
    from apps.tenancy.context import tenant_tx

    resource = registry.resource(kind)
    place = Place(account.tenant_id, account.id, region, kind)
    items = rows.read_items(resource, objects, str(account.id), region)
    with tenant_tx(account.tenant_id):
        claim = scans.claim(place)
        written = store.replace(place, [rows.row(resource, item, book(region)) for item in items.values()], claim)
        scans.succeeded(place, written.count, 3600)
