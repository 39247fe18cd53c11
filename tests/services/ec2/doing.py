"""What a door does, in a word: an act prepared with what AWS has now, submitted and run to its end. And an account for
it, without the catalogues whose reading takes seconds."""

import secrets
from dataclasses import replace

import pytest

from apps.catalog import registry
from apps.catalog.forms import json_errors
from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.operations import facts
from apps.operations.prepare import prepare_create, prepare_targets, seen
from apps.operations.submit import submit
from apps.tenancy.context import tenant_tx
from tests.operations.conftest import REGION, World
from tests.people import make_people


@pytest.fixture(scope="session")
def small(panel_env, proxy):
    people, key = make_people(), "AKIA" + secrets.token_hex(8).upper()
    where = {"regions": (REGION,), "environment": "production", "endpoints": {"*": proxy.url}}
    secret = {"credential": "keys", "access_key": key, "secret_key": "secret"}
    draft = Draft(name="prod", number="123456789012", **where, **secret)
    account = create_account(people.owner.actor, draft, check=False)
    made = World(people, account, clients.client(account, "ec2", REGION), proxy, "")
    made.sync("ec2.vpc", "ec2.subnet")
    return made


@pytest.fixture
def world(small, proxy):
    """The same account for each test; `mark` makes names of its own."""
    proxy.reset()
    return replace(small, mark=secrets.token_hex(4))


def prepared(world, act, ids=None, values=None, person=None):
    """An act on resources, or of a wizard where there are no ids."""
    actor, action, values = (person or world.people.operator).actor, registry.action(act), values or {}
    if ids is None:
        with tenant_tx(actor.tenant_id):
            return prepare_create(actor, action, values, account=str(world.account.id), region=REGION, mint=True)
    with tenant_tx(actor.tenant_id):
        items = seen(actor, action, ids)
    known = facts.read(actor, action, items)
    with tenant_tx(actor.tenant_id):
        return prepare_targets(actor, action, ids, values, attrs=known, mint=True)


def refused(world, act, ids=None, values=None):
    """The messages by field."""
    found = prepared(world, act, ids, values)
    assert found.plan is None
    return {key: " ".join(messages) for key, messages in json_errors(found.form).items()}


def submitted(world, act, ids=None, values=None, person=None):
    found = prepared(world, act, ids, values, person)
    assert found.plan, found.form.errors.as_json()
    with tenant_tx(world.people.tenant_id):
        return submit((person or world.people.operator).actor, found)


def done(world, act, ids=None, values=None, person=None):
    """The operation, which succeeded."""
    ended = world.run(submitted(world, act, ids, values, person))
    assert ended.state == "succeeded", [(step.call, step.state, step.error) for step in ended.journal]
    return ended
