"""What somebody with a role on a part of the organization, or with a narrow token, learns of the rest of it."""

import pytest

from tests.api.world import Api, World
from tests.people import Person, make_member

LAUNCH = {"name": "x", "image": "ami-0a1b2c3d4e5f60718", "type": "t3.micro", "access": "none"}


@pytest.fixture
def elsewhere(world: World) -> Api:
    """An owner of one account alone."""
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Binding

    person = make_member(world.people.tenant, world.people.owner, "owner")
    with tenant_tx(world.people.tenant_id):
        held = Binding.objects.filter(tenant_id=world.people.tenant_id, membership_id=person.actor.membership_id)
        held.update(account=world.staging.id)
    return Api(person)


@pytest.fixture
def token(world: World) -> Api:
    """Of the owner's, for one account."""
    from apps.tenancy import tokens
    from apps.tenancy.context import tenant_tx

    with tenant_tx(world.people.tenant_id):
        _token, text = tokens.create(world.people.owner.actor, "one account", accounts=[world.staging.id])
    return Api(Person(world.people.owner.user, world.people.owner.actor, text))


@pytest.mark.parametrize("who", ["elsewhere", "token"])
@pytest.mark.parametrize("query", ["", "?plan=1", "?plan=1&probe=1"])
def test_an_account_out_of_reach_is_like_one_that_is_not_there(world: World, request, who: str, query: str) -> None:
    api = request.getfixturevalue(who)
    for account in (str(world.production.id), "11111111-1111-1111-1111-111111111111"):
        answer = api.post(f"/ec2/instances/{query}", LAUNCH | {"account": account, "region": "mars-1"})
        assert answer.status_code == 422, answer.content
        assert answer.json()["errors"] == {"account": ["There is no such account."]}
    near = api.post(f"/ec2/instances/{query}", LAUNCH | {"account": str(world.staging.id), "region": "mars-1"})
    assert "eu-west-1" in near.json()["errors"]["region"][0]


@pytest.mark.parametrize("who", ["elsewhere", "token"])
def test_lists_hold_what_is_in_reach(world: World, request, who: str) -> None:
    api = request.getfixturevalue(who)
    for path in ("/ec2/instances/?limit=500", "/ec2/instances/?limit=500&full=1"):
        answer = api.get(path)
        assert {one["account"]["name"] for one in answer.json()["results"]} == {"stage"}
        assert {one["account"] for one in answer.json()["sources"]} == {str(world.staging.id)}
    assert [one["name"] for one in api.get("/accounts/").json()["results"]] == ["stage"]


@pytest.mark.parametrize("who", ["elsewhere", "token"])
def test_one_id_out_of_reach_stops_the_whole_request(world: World, owner: Api, request, who: str) -> None:
    api = request.getfixturevalue(who)
    before = owner.get("/operations/?limit=500").json()["results"]
    for path in ("/ec2/instances/actions/reboot/", "/ec2/instances/actions/reboot/?plan=1"):
        answer = api.post(path, {"ids": [f"i-{101:017x}", f"i-{1:017x}"]})
        assert answer.status_code == 404, answer.content
    assert owner.get("/operations/?limit=500").json()["results"] == before
