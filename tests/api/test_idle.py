"""`/api/v1/idle/`: what costs and buys nothing, with the action that ends it."""

import pytest

from tests.api.world import Api, World, fill, make_world


@pytest.fixture(scope="module")
def world(panel_env) -> World:
    made = make_world()
    spare = {"AllocationId": "eipalloc-00000000000000001", "PublicIp": "203.0.113.1", "Tags": []}
    fill(made.production, "ec2.address", "eu-west-1", [spare])
    return made


def test_each_with_why_its_cost_and_what_ends_it(owner: Api) -> None:
    told = owner.get("/idle/").json()
    address = next(one for one in told["results"] if one["kind"] == "ec2.address")
    assert address["why"] == "It is associated with nothing."
    assert address["monthly_cost"] == pytest.approx(3.65)
    assert address["account"]["name"] == "prod"
    assert address["created_at"] is None
    assert told["total"]["count"] == len(told["results"]) == sum(one["count"] for one in told["by_reason"])
    assert owner.get(address["url"].split("/api/v1", 1)[1]).json()["id"] == address["id"]
    planned = owner.post(address["fix"]["href"].split("/api/v1", 1)[1] + "&plan=1", {})
    assert planned.status_code == 200, planned.content
    assert planned.json()["plan"]["act"] == "ec2.address.release"


def test_it_is_narrowed_and_paged(world: World, owner: Api) -> None:
    assert owner.get(f"/idle/?kind=ec2.address&account={world.staging.id}").json()["results"] == []
    whole = [one["id"] + one["region"] for one in owner.get("/idle/").json()["results"]]
    page, found = owner.get("/idle/?limit=1").json(), []
    while True:
        found += [one["id"] + one["region"] for one in page["results"]]
        if page["next"] is None:
            break
        page = owner.get(page["next"].split("/api/v1", 1)[1]).json()
    assert found == whole


@pytest.mark.parametrize("query", ["kind=ec2.nothing", "account=1", "cursor=x", "sort=cost", "limit=0"])
def test_what_it_does_not_know_is_refused(owner: Api, query: str) -> None:
    answer = owner.get(f"/idle/?{query}")
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"


def test_who_may_not_end_it_gets_no_link(viewer: Api) -> None:
    assert {one["fix"] for one in viewer.get("/idle/").json()["results"]} == {None}


def test_a_token_for_one_account_sees_that_one(world: World) -> None:
    from apps.tenancy import tokens
    from apps.tenancy.context import tenant_tx
    from tests.people import Person

    owner = world.people.owner
    with tenant_tx(world.people.tenant_id):
        _token, text = tokens.create(owner.actor, "one account", accounts=[world.staging.id])
    told = Api(Person(owner.user, owner.actor, text)).get("/idle/").json()
    assert {one["account"]["name"] for one in told["results"]} <= {"stage"}
    assert str(world.production.id) not in str(told)


def test_an_outsider_finds_nothing(outsider: Api) -> None:
    told = outsider.get("/idle/").json()
    assert (told["results"], told["total"]["count"]) == ([], 0)
