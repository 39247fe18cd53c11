"""An organization with an AWS account behind a proxy that can fail, and ways to plan and run there."""

import secrets
from dataclasses import dataclass, replace

import pytest

from apps.catalog import registry
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.inventory import sync
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.prepare import prepare_create, prepare_targets
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.people import make_people
from tests.proxy import Proxy

REGION = "eu-west-1"


@dataclass
class World:
    """Everything a test of operations needs. `mark` makes names of its own."""

    people: object
    account: object
    aws: object
    proxy: Proxy
    mark: str

    def sync(self, *kinds):
        for kind in kinds:
            region = "global" if registry.resource(kind).scope == "global" else REGION
            outcome = sync.sync(self.account, region, kind)
            assert outcome.error is None, outcome.error

    def launch_values(self, **more):
        with tenant_tx(self.people.tenant_id):
            from apps.inventory.scope import InventoryScope

            scope = InventoryScope(self.people.operator.actor, self.account.id, REGION)
            image = next(i for i in scope.search("ec2.image", "al2023", 50) if i.attrs["Architecture"] == "x86_64")
        return {"name": f"api-{self.mark}", "image": image.id, "type": "t3.micro", "access": "none"} | more

    def prepared(self, values, person=None, mint=True):
        actor = (person or self.people.operator).actor
        action = registry.action("ec2.instance.launch")
        with tenant_tx(actor.tenant_id):
            return prepare_create(actor, action, values, account=str(self.account.id), region=REGION, mint=mint)

    def launch(self, values, person=None, **more):
        person = person or self.people.operator
        prepared = self.prepared(values, person)
        assert prepared.plan, prepared.form.errors.as_json()
        with tenant_tx(person.actor.tenant_id):
            return submit(person.actor, prepared, **more)

    def act(self, verb, ids, values=None, person=None):
        person = person or self.people.operator
        with tenant_tx(person.actor.tenant_id):
            prepared = prepare_targets(
                person.actor, registry.action(f"ec2.instance.{verb}"), ids, values or {}, mint=True
            )
            assert prepared.plan, prepared.form.errors.as_json()
            return submit(person.actor, prepared)

    def hurry(self, operation):
        """Makes it due now: a test does not wait out a pause, it ends it."""
        with tenant_tx(self.people.tenant_id):
            Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")

    def run(self, operation, goes=30):
        """Runs until it ended, as the queue would."""
        for _ in range(goes):
            self.hurry(operation)
            running.run(self.people.tenant_id, operation.id)
            found = self.read(operation)
            if found.ended:
                return found
        raise AssertionError(f"not ended: {found.state} {[(s.key, s.state, s.error) for s in found.journal]}")

    def read(self, operation):
        with tenant_tx(self.people.tenant_id):
            row = Operation.objects.get(id=operation.id)
            rows = list(OperationStep.objects.filter(operation_id=operation.id).order_by("position"))
        row.journal = rows
        return row

    def instances(self, name):
        found = self.aws.describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
        return [i for r in found["Reservations"] for i in r["Instances"]]


@pytest.fixture(scope="session")
def organization(panel_env, proxy):
    """One organization with a synced account for all tests here: reading the catalogues takes seconds."""
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
    made = World(people, account, clients.client(account, "ec2", REGION), proxy, "")
    made.sync("ec2.image", "ec2.instance-type", "ec2.vpc", "ec2.subnet", "ec2.security-group", "ec2.key-pair")
    return made


@pytest.fixture
def world(organization, proxy):
    proxy.reset()
    return replace(organization, mark=secrets.token_hex(4))


@pytest.fixture
def steps():
    """A shorthand: the states of an operation's steps by call."""
    return lambda operation: {row.call.partition(".")[2]: row.state for row in operation.journal}
