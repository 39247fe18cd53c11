"""One account on moto for the tests of a service: what is prepared, refused and carried out there."""

import secrets
from dataclasses import dataclass
from typing import Any

from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.inventory import sync
from apps.inventory.scope import InventoryScope
from apps.operations import facts, preview
from apps.operations import run as running
from apps.operations.models import Operation, OperationStep
from apps.operations.prepare import prepare_create, prepare_targets, seen
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.cloud.helpers import keys_draft
from tests.people import make_people

REGION = "eu-west-1"


@dataclass(frozen=True)
class Place:
    """An organization's account. `aws(service)` is a client that goes straight there."""

    people: Any
    account: Any

    def aws(self, service):
        return clients.client(self.account, service, REGION)

    def sync(self, *kinds):
        for kind in kinds:
            assert sync.sync(self.account, REGION, kind).error is None

    def items(self, kind):
        with tenant_tx(self.people.tenant_id):
            return list(InventoryScope(self.people.owner.actor, self.account.id, REGION).search(kind, "", 1000))

    def item(self, kind, name):
        (found,) = [item for item in self.items(kind) if item.name == name]
        return found

    def prepared(self, act, ids=(), values=None, person=None):
        """What a door prepares: a wizard without `ids`, else an action with what is so now."""
        actor, action = (person or self.people.owner).actor, registry.action(act)
        if not ids:
            with tenant_tx(actor.tenant_id):
                return prepare_create(actor, action, values, account=str(self.account.id), region=REGION)
        with tenant_tx(actor.tenant_id):
            items = seen(actor, action, ids)
        known = facts.read(actor, action, items)
        with tenant_tx(actor.tenant_id):
            return prepare_targets(actor, action, ids, values, attrs=known)

    def calls(self, act, ids=(), values=None):
        """The calls of its plan."""
        prepared = self.prepared(act, ids, values or {})
        assert prepared.plan, json_errors(prepared.form)
        return [step["call"] for step in prepared.plan.steps]

    def refused(self, act, ids=(), values=None):
        """The messages by field."""
        prepared = self.prepared(act, ids, values or {})
        assert prepared.plan is None
        return {key: " ".join(found) for key, found in json_errors(prepared.form).items()}

    def told(self, act, ids=(), values=None):
        """What is said of it before: what it means, what is at risk."""
        prepared = self.prepared(act, ids, values or {})
        with tenant_tx(self.people.tenant_id):
            outline = preview.outline(self.people.owner.actor, prepared)
        return outline.means, outline.risks

    def submit(self, act, ids=(), values=None, person=None):
        prepared = self.prepared(act, ids, values or {}, person)
        assert prepared.plan, json_errors(prepared.form)
        with tenant_tx(self.people.tenant_id):
            return submit((person or self.people.owner).actor, prepared)

    def do(self, act, ids=(), values=None, ends="succeeded"):
        """Carries it out, as the queue would, and answers the operation with its `journal`."""
        ended = self.run(self.submit(act, ids, values))
        assert ended.state == ends, (ended.error, [(row.call, row.state, row.error) for row in ended.journal])
        return ended

    def run(self, operation, goes=30):
        for _ in range(goes):
            with tenant_tx(self.people.tenant_id):
                Operation.objects.filter(id=operation.id).update(due_at="2020-01-01T00:00:00Z")
            running.run(self.people.tenant_id, operation.id)
            with tenant_tx(self.people.tenant_id):
                found = Operation.objects.get(id=operation.id)
                found.journal = list(OperationStep.objects.filter(operation_id=operation.id).order_by("position"))
            if found.ended:
                return found
        raise AssertionError(f"not ended: {[(row.call, row.state, row.error) for row in found.journal]}")


def make_place(address, *kinds):
    """A new organization with an AWS account of its own there, of which these kinds were read."""
    people = make_people()
    number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
    place = Place(
        people, create_account(people.owner.actor, keys_draft(address, number, regions=(REGION,)), check=False)
    )
    place.sync(*kinds)
    return place
