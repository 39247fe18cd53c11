"""An organization with an account in moto: prepare, carry out and read back, as both doors do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import pytest

from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from apps.operations import facts
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.prepare import prepare_create, prepare_targets, seen
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.people import make_people

REGION = "eu-west-1"


@dataclass
class Cloud:
    people: Any
    account: Any
    aws: Any  # a client of EC2
    image: str

    def client(self, service: str) -> Any:
        return clients.client(self.account, service, REGION)

    def sync(self, *kinds: str) -> None:
        for kind in kinds:
            region = "global" if registry.resource(kind).scope == "global" else REGION
            outcome = sync.sync(self.account, region, kind)
            assert outcome.error is None, outcome.error

    def launch(self, **more: Any) -> str:
        """A running instance that the inventory knows."""
        made = self.aws.run_instances(ImageId=self.image, InstanceType="t3.micro", MinCount=1, MaxCount=1, **more)
        self.sync("ec2.instance")
        return made["Instances"][0]["InstanceId"]

    def prepare(self, act: str, ids: list[str], values: Any = None, person: Any = None) -> Any:
        """What a door prepares of an action: with what is set now."""
        actor = (person or self.people.owner).actor
        action = registry.action(act)
        with tenant_tx(actor.tenant_id):
            items = seen(actor, action, ids)
        known = facts.read(actor, action, items)
        with tenant_tx(actor.tenant_id):
            return prepare_targets(actor, action, ids, values, attrs=known)

    def wizard(self, act: str, values: Any) -> Any:
        actor = self.people.owner.actor
        with tenant_tx(actor.tenant_id):
            place = {"account": str(self.account.id), "region": REGION}
            return prepare_create(actor, registry.action(act), values, **place, mint=True)

    def carry_out(self, prepared: Any) -> Any:
        """Submits and runs to the end; the operation with its `journal`."""
        assert prepared.plan, prepared.form.errors.as_json()
        with tenant_tx(self.people.tenant_id):
            operation = submit(self.people.owner.actor, prepared)
        return self.finish(operation.id)

    def finish(self, id: Any) -> Any:
        """An operation run to its end, as the queue would; it with its `journal`."""
        for _go in range(30):
            with tenant_tx(self.people.tenant_id):
                Operation.objects.filter(id=id).update(due_at="2020-01-01T00:00:00Z")
            running.run(self.people.tenant_id, id)
            with tenant_tx(self.people.tenant_id):
                found = Operation.objects.get(id=id)
                found.journal = list(OperationStep.objects.filter(operation_id=id).order_by("position"))
            if found.ended:
                return found
        raise AssertionError([(step.call, step.state, step.error) for step in found.journal])

    def write(self, act: str, ids: list[str], values: Any = None) -> Any:
        ended = self.carry_out(self.prepare(act, ids, values or {}))
        assert ended.state == "succeeded", ended.error
        return ended

    def refused(self, act: str, ids: list[str], values: Any = None) -> dict[str, str]:
        """The messages by field."""
        prepared = self.prepare(act, ids, values or {})
        assert prepared.plan is None
        return {key: " ".join(found) for key, found in json_errors(prepared.form).items()}


def make_cloud(address: str) -> Cloud:
    people = make_people()
    number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
    account = create_account(people.owner.actor, keys_draft(address, number), check=False)
    aws = clients.client(account, "ec2", REGION)
    image = aws.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]  # takes seconds
    return Cloud(people, account, aws, image)


@pytest.fixture(scope="package")
def house(panel_env, moto, django_db_blocker):
    with django_db_blocker.unblock():
        yield make_cloud(moto)


@pytest.fixture
def cloud(house, django_db_blocker) -> Cloud:
    """Of one organization for all tests here: each makes resources of its own."""
    with django_db_blocker.unblock():
        yield house
