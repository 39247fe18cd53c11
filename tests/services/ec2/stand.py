"""An organization with an account in moto, and ways to plan and run whatever EC2 declares there."""

import secrets
from dataclasses import dataclass
from typing import Any

from apps.catalog import registry
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.inventory import sync
from apps.inventory.scope import InventoryScope
from apps.operations import facts, prepare
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.people import make_people

REGION = "eu-west-1"
NETWORK = (
    "ec2.vpc",
    "ec2.subnet",
    "ec2.route-table",
    "ec2.internet-gateway",
    "ec2.egress-only-internet-gateway",
    "ec2.nat-gateway",
    "ec2.peering-connection",
    "ec2.network-acl",
    "ec2.security-group",
    "ec2.instance",
)


@dataclass
class Stand:
    people: Any
    account: Any
    aws: Any
    region: str = REGION

    def sync(self, *kinds):
        for kind in kinds or NETWORK:
            outcome = sync.sync(self.account, self.region, kind)
            assert outcome.error is None, outcome.error

    @property
    def scope(self):
        return InventoryScope(self.people.owner.actor, self.account.id, self.region)

    def item(self, kind, id):
        with tenant_tx(self.people.tenant_id):
            return self.scope.get(kind, id)

    def prepared(self, act, values, ids=(), person=None):
        """The form and plan of an action on `ids`, or of a wizard; with the facts that the action wants."""
        actor, action = (person or self.people.owner).actor, registry.action(act)
        at = {"account": str(self.account.id), "region": self.region}
        if not ids:
            with tenant_tx(actor.tenant_id):
                return prepare.prepare_create(actor, action, values, **at)
        with tenant_tx(actor.tenant_id):
            items = prepare.seen(actor, action, ids, **at)
        known = facts.read(actor, action, items)
        with tenant_tx(actor.tenant_id):
            return prepare.prepare_targets(actor, action, ids, values, attrs=known, **at)

    def refused(self, act, values, ids=()):
        """What the form says, as one text."""
        found = self.prepared(act, values, ids)
        assert found.plan is None
        return " ".join(str(text) for errors in found.form.errors.values() for text in errors)

    def do(self, act, values, ids=(), person=None):
        """The operation, run to its end."""
        prepared = self.prepared(act, values, ids, person)
        assert prepared.plan, prepared.form.errors.as_json()
        actor = (person or self.people.owner).actor
        with tenant_tx(actor.tenant_id):
            operation = submit(actor, prepared)
        return self.run(operation)

    def done(self, *args, **more):
        """The operation, which has succeeded."""
        found = self.do(*args, **more)
        assert found.state == "succeeded", [(row.call, row.state, row.error) for row in found.journal]
        return found

    def run(self, operation, goes=80):
        for _ in range(goes):
            with tenant_tx(self.people.tenant_id):
                Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
            running.run(self.people.tenant_id, operation.id)
            with tenant_tx(self.people.tenant_id):
                found = Operation.objects.get(id=operation.id)
                found.journal = list(OperationStep.objects.filter(operation_id=operation.id).order_by("position"))
            if found.ended:
                return found
        raise AssertionError(f"not ended: {found.state} {[(s.key, s.state, s.error) for s in found.journal]}")


def make_stand(address, number="123456789012", people=None, region=REGION, key="", **more):
    people = people or make_people()
    draft = Draft(
        name=f"prod-{number[-4:]}-{region}",
        number=number,
        environment="production",
        regions=(region,),
        credential="keys",
        access_key=key or "AKIA" + secrets.token_hex(8).upper(),
        secret_key="secret",
        endpoints={"*": address},
        **more,
    )
    account = create_account(people.owner.actor, draft, check=False)
    return Stand(people, account, clients.client(account, "ec2", region), region)
