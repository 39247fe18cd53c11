"""Deciding on what waits for approval, by REST."""

import pytest

from tests.api.test_changes import problem
from tests.api.world import Api, World

STOP = f"/ec2/instances/i-{3:017x}/stop/"


@pytest.fixture
def waiting(world: World):
    """An operation of the operator's that waits, and the API of each person."""
    from apps.cloud.models import Account, Approval
    from apps.tenancy.context import tenant_tx

    def put(policy):
        with tenant_tx(world.people.tenant_id):
            Account.objects.filter(id=world.production.id).update(approval=policy)

    put(Approval.ALL)
    answer = world.client(world.people.operator).post(STOP, {})
    assert answer.status_code == 202
    yield answer.json()
    put(Approval.NONE)


def test_it_waits_and_says_so(world: World, waiting) -> None:
    assert waiting["state"] == "awaiting"
    assert waiting["decision"] is None
    listed = world.client(world.people.owner).get("/operations/?state=awaiting").json()["results"]
    assert waiting["id"] in [one["id"] for one in listed]


def test_the_hash_that_was_read_is_approved(world: World, owner: Api, waiting) -> None:
    path = f"/operations/{waiting['id']}/approve/"
    assert "plan_hash" in problem(owner.post(path, {}), 422, "invalid")["errors"]
    problem(owner.post(path, {"plan_hash": "0" * 64}), 409, "conflict")
    answer = owner.post(path, {"plan_hash": waiting["plan_hash"]})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert answer.json()["decision"]["decision"] == "approved"
    problem(owner.post(path, {"plan_hash": waiting["plan_hash"]}), 409, "conflict")


def test_declining_needs_a_reason(owner: Api, waiting) -> None:
    path = f"/operations/{waiting['id']}/decline/"
    problem(owner.post(path, {"reason": "  "}), 409, "conflict")
    answer = owner.post(path, {"reason": "Use the small one"})
    assert answer.json()["state"] == "declined"
    assert answer.json()["decision"]["reason"] == "Use the small one"


def test_who_may_not_is_refused_by_name_and_outsiders_find_nothing(world: World, waiting) -> None:
    body = {"plan_hash": waiting["plan_hash"]}
    path = f"/operations/{waiting['id']}/approve/"
    refused = problem(world.client(world.people.operator).post(path, body), 403, "denied")
    assert refused["permission"] == "operations.operation.approve"
    problem(world.client(world.people.outsider).post(path, body), 404, "not-found")
