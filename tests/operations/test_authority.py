"""Whose an operation is: a person's, or a token's that is narrower than its member; and what is asked anew later."""

from types import SimpleNamespace

import pytest

from apps.cloud.models import Account
from apps.operations import approvals, control, query
from apps.operations.models import Operation
from apps.operations.prepare import Missing
from apps.operations.replays import KeyReused
from apps.operations.submit import submit
from apps.tenancy import members, tokens
from apps.tenancy.access import Denied
from apps.tenancy.actors import load_actor
from apps.tenancy.context import tenant_tx
from apps.tenancy.models import Binding, Membership
from tests.console.world import REGIONS, instance, make_world, stock
from tests.people import make_member

REGION = REGIONS[0]


@pytest.fixture
def world(people):
    """Two accounts with one instance each."""
    made = make_world(people)
    here, there = instance("here", owner="web"), instance("there")
    stock(made.production, REGION, "ec2.instance", [here])
    stock(made.staging, REGION, "ec2.instance", [there])
    return SimpleNamespace(
        people=people,
        tenant=people.tenant_id,
        production=made.production,
        staging=made.staging,
        here=here["InstanceId"],
        there=there["InstanceId"],
    )


def ask(world, actor, *ids, key=""):
    from apps.catalog import registry
    from apps.operations.prepare import prepare_targets

    with tenant_tx(world.tenant):
        prepared = prepare_targets(actor, registry.action("ec2.instance.stop"), ids, {})
        return submit(actor, prepared, key=key, body_hash="same")


def narrowed(world, person, *permissions, accounts=()):
    """The actor of a token of the person's."""
    with tenant_tx(world.tenant):
        token, _text = tokens.create(person.actor, "narrow", permissions=permissions, accounts=accounts)
        return load_actor(world.tenant, token_id=token.id)


def visible(world, actor):
    with tenant_tx(world.tenant):
        return {one.id for one in query.recent(actor, limit=200).operations}


def act(world, deed, actor, *args):
    with tenant_tx(world.tenant):
        return deed(actor, *args)


def scoped(world, role, **scope):
    """A new member with a role on a part of the organization."""
    person = make_member(world.people.tenant, world.people.owner, role)
    with tenant_tx(world.tenant):
        Binding.objects.filter(tenant_id=world.tenant, membership_id=person.actor.membership_id).update(**scope)
        return load_actor(world.tenant, person.actor.user_id)


def test_a_token_for_reading_neither_sees_nor_stops_what_its_member_asked_for(world):
    operation = ask(world, world.people.operator.actor, world.here)
    token = narrowed(world, world.people.operator, "ec2.instance.read")
    assert visible(world, token) == set()
    for deed in (control.cancel, control.retry):
        with pytest.raises(Missing):
            act(world, deed, token, operation.id)
    reader = narrowed(world, world.people.operator, "*.*.read")
    assert visible(world, reader) == {operation.id}
    with pytest.raises(Denied):
        act(world, control.cancel, reader, operation.id)


def test_a_token_of_one_account_neither_sees_nor_stops_what_is_in_another(world):
    there, here = (ask(world, world.people.operator.actor, id) for id in (world.there, world.here))
    token = narrowed(world, world.people.operator, accounts=[world.production.id])
    assert visible(world, token) == {here.id}
    with pytest.raises(Missing):
        act(world, control.cancel, token, there.id)


def test_a_narrow_token_follows_and_stops_what_it_asked_for(world):
    token = narrowed(world, world.people.operator, "ec2.instance.*")
    operation = ask(world, token, world.here)
    assert visible(world, token) == {operation.id}
    assert act(world, control.cancel, token, operation.id)
    assert visible(world, world.people.operator.actor) == {operation.id}


def test_a_token_that_narrows_nothing_is_its_member(world):
    operation = ask(world, world.people.operator.actor, world.here)
    token = narrowed(world, world.people.operator)
    assert visible(world, token) == {operation.id}
    assert act(world, control.cancel, token, operation.id)


def test_an_idempotency_key_of_its_member_tells_a_narrow_token_nothing(world):
    first = ask(world, world.people.operator.actor, world.here, key="once")
    assert ask(world, world.people.operator.actor, world.here, key="once").id == first.id
    with pytest.raises(KeyReused):
        ask(world, narrowed(world, world.people.operator, "ec2.instance.*"), world.here, key="once")


def test_an_idempotency_key_is_one_persons(world):
    first = ask(world, world.people.operator.actor, world.here, key="once")
    assert ask(world, world.people.owner.actor, world.here, key="once").id != first.id


def test_an_operation_over_several_accounts_is_for_who_sees_them_all(world):
    both, here = ask(world, world.people.owner.actor, world.here, world.there), None
    here = ask(world, world.people.owner.actor, world.here)
    viewer = scoped(world, "viewer", account=world.production.id)
    assert visible(world, viewer) == {here.id}
    with tenant_tx(world.tenant):
        role = Binding.objects.get(tenant_id=world.tenant, membership_id=viewer.membership_id).role
        holder = Membership.objects.get(tenant_id=world.tenant, id=viewer.membership_id)
        members.bind(world.people.owner.actor, role, holder, account=world.staging.id)
        viewer = load_actor(world.tenant, viewer.user_id)
    assert visible(world, viewer) == {here.id, both.id}


def test_a_role_on_a_tag_retries_what_it_may_do(world):
    web, other = scoped(world, "operator", tag="owner=web"), scoped(world, "operator", tag="owner=data")
    operation = ask(world, web, world.here)
    with tenant_tx(world.tenant):
        Operation.objects.filter(id=operation.id).update(state="failed", membership_id=other.membership_id)
    with pytest.raises(Denied):
        act(world, control.retry, other, operation.id)
    with tenant_tx(world.tenant):
        Operation.objects.filter(id=operation.id).update(membership_id=web.membership_id)
    assert act(world, control.retry, web, operation.id)


@pytest.mark.parametrize("lost", ["role", "token", "membership"])
def test_nothing_is_approved_for_who_may_no_longer_do_it(world, lost):
    with tenant_tx(world.tenant):
        Account.objects.filter(id=world.production.id).update(approval="all")
    person = make_member(world.people.tenant, world.people.owner, "operator")
    asker = narrowed(world, person, "ec2.instance.*")
    operation = ask(world, asker, world.here)
    owner = world.people.owner.actor
    with tenant_tx(world.tenant):
        if lost == "role":
            Binding.objects.filter(membership_id=person.actor.membership_id).delete()
        elif lost == "token":
            tokens.revoke(owner, asker.token_id)
        else:
            members.remove_member(owner, person.actor.membership_id)
    with pytest.raises(approvals.Undecidable, match=r"may no longer do this|no longer a member"):
        act(world, approvals.approve, owner, operation.id, operation.plan_hash)
    with tenant_tx(world.tenant):
        assert Operation.objects.get(id=operation.id).state == "awaiting"
    assert act(world, approvals.decline, owner, operation.id, "no longer wanted")
