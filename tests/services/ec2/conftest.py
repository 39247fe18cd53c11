"""An organization with an account on moto, in a Region that no other test uses, and short ways to act there."""

import secrets
from dataclasses import dataclass
from functools import cached_property

import pytest

from apps.catalog import forms, registry
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.inventory import query, sync
from apps.inventory.scope import InventoryScope
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.prepare import prepare_create, prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.people import make_people
from tests.services.ec2.cloud import cloud, house  # noqa: F401  fixtures

REGION = "us-west-2"


@dataclass
class Place:
    people: object
    account: object
    aws: object
    proxy: object

    def sync(self, *kinds):
        for kind in kinds:
            outcome = sync.sync(self.account, REGION, kind)
            assert outcome.error is None, outcome.error

    def item(self, kind, id):
        with tenant_tx(self.people.tenant_id):
            return query.get(self.people.tenant_id, kind, id, self.account.id, REGION)

    def scope(self):
        return InventoryScope(self.people.operator.actor, self.account.id, REGION)

    def plan(self, act, ids=(), values=None, person=None):
        """The prepared form of an action on `ids`, or of a wizard without any."""
        actor, action = (person or self.people.operator).actor, registry.action(act)
        with tenant_tx(actor.tenant_id):
            if ids:
                return prepare_targets(actor, action, ids, values or {}, account=str(self.account.id), region=REGION)
            return prepare_create(actor, action, values or {}, account=str(self.account.id), region=REGION)

    def refusals(self, act, ids=(), values=None):
        """Messages by field of a form that is refused."""
        prepared = self.plan(act, ids, values)
        assert prepared.plan is None, prepared.plan
        return forms.json_errors(prepared.form) | {"state": [why for _item, why in prepared.refused]}

    def start(self, act, ids=(), values=None, person=None):
        person = person or self.people.operator
        prepared = self.plan(act, ids, values, person)
        assert prepared.plan, (forms.json_errors(prepared.form), prepared.refused)
        with tenant_tx(person.actor.tenant_id):
            return submit(person.actor, prepared)

    def run(self, act, ids=(), values=None, goes=30):
        """The ended operation, with its `journal`."""
        return self.finish(self.start(act, ids, values).id, goes)

    def finish(self, id, goes=30):
        """An operation run to its end, as the queue would."""
        for _ in range(goes):
            with tenant_tx(self.people.tenant_id):
                Operation.objects.filter(id=id).update(due_at="2020-01-01T00:00:00Z")
            running.run(self.people.tenant_id, id)
            with tenant_tx(self.people.tenant_id):
                found = Operation.objects.get(id=id)
                found.journal = list(OperationStep.objects.filter(operation_id=id).order_by("position"))
            if found.ended:
                return found
        raise AssertionError(f"not ended: {found.state} {[(s.key, s.state, s.error) for s in found.journal]}")

    @cached_property
    def image(self):
        return self.aws.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    @cached_property
    def subnet(self):
        return self.aws.describe_subnets()["Subnets"][0]["SubnetId"]

    def machine(self):
        """A running instance, known to the inventory."""
        made = self.aws.run_instances(
            ImageId=self.image, InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=self.subnet
        )
        self.sync("ec2.instance", "ec2.network-interface")
        return made["Instances"][0]["InstanceId"]


@pytest.fixture(scope="session")
def settled(panel_env, proxy):
    people = make_people()
    draft = Draft(
        name="prod",
        number="123456789012",
        environment="production",
        regions=(REGION,),
        credential="keys",
        access_key="AKIA" + secrets.token_hex(8).upper(),
        secret_key="secret",
        endpoints={"*": proxy.url},
    )
    account = create_account(people.owner.actor, draft, check=False)
    made = Place(people, account, clients.client(account, "ec2", REGION), proxy)
    made.sync("ec2.subnet", "ec2.security-group")
    return made


@pytest.fixture
def place(settled, proxy):
    proxy.reset()
    return settled
