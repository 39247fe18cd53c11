"""Lists: filters, sorting, cursors, scopes, and what they cost."""

from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.world import Api, World, fill, instances, make_account

INSTANCES = "/ec2/instances/"


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["results"]]


def test_an_item_says_what_it_is_and_what_may_be_done(world: World, owner: Api) -> None:
    answer = owner.get(f"{INSTANCES}?name=api-1")
    (item,) = answer.json()["results"]
    assert item["id"] == f"i-{1:017x}"
    assert item["kind"] == "ec2.instance"
    assert item["name"] == "api-1"
    assert item["state"] == "running"
    assert item["account"] == {"id": str(world.production.id), "name": "prod", "number": "111111111111"}
    assert item["region"] == "eu-west-1"
    assert item["zone"] == "eu-west-1a"
    assert item["tags"] == {"Name": "api-1", "owner": "platform"}
    assert item["columns"]["type"] == "t3.micro"
    assert item["columns"]["groups"] == ["sg-08f7e6d5c4b3a2910"]
    assert 0 < item["monthly_cost"] < 100
    assert set(item["actions"]) >= {"stop", "reboot", "terminate", "tag"}
    assert "start" not in item["actions"]
    assert "attrs" not in item


def test_full_adds_the_aws_object_and_links(owner: Api) -> None:
    (item,) = owner.get(f"{INSTANCES}?name=api-1&full=1").json()["results"]
    assert item["attrs"]["InstanceId"] == item["id"]
    stop = item["actions"]["stop"]
    assert stop["permission"] == "ec2.instance.stop"
    assert urlsplit(stop["href"]).path == f"/api/v1/ec2/instances/{item['id']}/stop/"


def test_the_item_s_own_address_answers_it(owner: Api) -> None:
    (item,) = owner.get(f"{INSTANCES}?name=api-1").json()["results"]
    one = owner.client.get(item["url"]).json()
    assert one["id"] == item["id"]
    assert one["columns"] == item["columns"]
    assert one["attrs"]["InstanceType"] == "t3.micro"
    assert one["actions"].keys() == set(item["actions"])


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("state=running", {1, 3, 5, 101}),
        ("state=running,stopped&type=m5.large", {0, 3, 6, 102}),
        ("f=state!=running&f=type=m5.large", {0, 6, 102}),
        ("f=state=running&f=type=m5.large&join=or", {0, 1, 3, 5, 6, 101, 102}),
        ("f=name^api-10", {100, 101, 102}),
        ("f=name:PI-4", {4}),
        ("f=tag:owner=data", {0, 2, 4, 6, 100, 102}),
        ("f=cost>30", {3}),
        ("q=api-5", {5}),
        ("q=API-5 platform", {5}),
        ("region=us-east-1", {100, 101, 102}),
        ("region=us-east-1&region=eu-west-1&state=running", {1, 3, 5, 101}),
        ("groups=sg-08f7e6d5c4b3a2910&name=api-2", {2}),
        ("name=nothing", set()),
        ("f=cost>many", set()),
    ],
)
def test_filters(owner: Api, query: str, numbers: set[int]) -> None:
    found = ids(owner.get(f"{INSTANCES}?{query}"))
    assert set(found) == {f"i-{n:017x}" for n in numbers}


def test_accounts_by_id(world: World, owner: Api) -> None:
    here = ids(owner.get(f"{INSTANCES}?account={world.staging.id}"))
    assert len(here) == 3
    both = ids(owner.get(f"{INSTANCES}?account={world.staging.id}&account={world.production.id}"))
    assert len(both) == 10


@pytest.mark.parametrize("sort", ["name", "-name", "id", "-cost", "cost", "state", "-type", "created", "account"])
def test_pages_by_cursor_hold_each_once_in_the_same_order(owner: Api, sort: str) -> None:
    whole = ids(owner.get(f"{INSTANCES}?sort={sort}"))
    assert len(whole) == 10
    paged, address = [], f"/api/v1{INSTANCES}?sort={sort}&limit=3"
    while address:
        answer = owner.client.get(address)
        paged += ids(answer)
        address = answer.json()["next"]
        assert len(paged) <= 10
    assert paged == whole


def test_sorting_by_cost_is_by_number(owner: Api) -> None:
    costs = [item["monthly_cost"] for item in owner.get(f"{INSTANCES}?sort=-cost&state=running").json()["results"]]
    assert costs == sorted(costs, reverse=True)
    assert len(set(costs)) > 1


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("sort=colour", "sort"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("account=prod", "account"),
        ("f=colour=red", "f"),
        ("f=state", "f"),
        ("join=xor", "join"),
        ("full=2", "full"),
        ("cursor=zzz", "cursor"),
        ("cursor=WyJuYW1lIiwieCIsInkiXQ", "cursor"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(owner: Api, query: str, field: str) -> None:
    answer = owner.get(f"{INSTANCES}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/api/v1/problems/query"
    assert list(answer.json()["errors"]) == [field]


def test_a_cursor_of_another_order_is_refused(owner: Api) -> None:
    address = owner.get(f"{INSTANCES}?limit=2&sort=name").json()["next"]
    assert owner.client.get(address).status_code == 200
    assert owner.client.get(address.replace("sort=name", "sort=state")).status_code == 400


def test_sources_tell_how_current_the_list_is(world: World, owner: Api) -> None:
    found = owner.get(f"{INSTANCES}?account={world.production.id}").json()["sources"]
    assert [(one["account"], one["region"], one["error"]) for one in found] == [
        (str(world.production.id), "eu-west-1", None)
    ]
    assert found[0]["read_at"].endswith("Z")


def test_a_role_on_one_account_shows_that_account_alone(world: World) -> None:
    from apps.tenancy import members
    from apps.tenancy.context import tenant_tx
    from apps.tenancy.models import Membership, Role
    from tests.people import make_member

    people = world.people
    person = make_member(people.tenant, people.owner, "viewer")
    with tenant_tx(people.tenant_id):
        membership = Membership.objects.get(tenant=people.tenant, user=person.user)
        membership.bindings.all().delete()
        role = Role.objects.get(tenant=people.tenant, builtin="viewer")
        members.bind(people.owner.actor, role, membership, account=world.staging.id)
    answer = Api(person).get(INSTANCES)
    assert len(ids(answer)) == 3
    assert {one["account"] for one in answer.json()["sources"]} == {str(world.staging.id)}
    hidden = f"i-{1:017x}"
    assert Api(person).get(f"{INSTANCES}{hidden}/").status_code == 404


def test_one_id_in_two_regions_is_told_apart(owner: Api) -> None:
    answer = owner.get("/ec2/instance-types/t3.micro/")
    assert answer.status_code == 409
    assert answer.json()["type"] == "/api/v1/problems/ambiguous"
    for address in answer.json()["candidates"]:
        assert owner.client.get(address).json()["id"] == "t3.micro"


def test_nothing_of_it_may_be_cached(owner: Api) -> None:
    answer = owner.get(INSTANCES)
    assert answer["Cache-Control"] == "no-store"
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


def test_a_list_takes_five_statements_with_its_sign_in(owner: Api) -> None:
    owner.get(INSTANCES)
    with CaptureQueriesContext(connection) as captured:
        owner.get(f"{INSTANCES}?state=running&sort=-name")
    statements = [one["sql"] for one in captured if one["sql"] not in {"BEGIN", "COMMIT"}]
    assert len(statements) <= 5, "\n".join(statements)


def test_more_rows_take_no_more_statements(world: World, owner: Api) -> None:
    account = make_account(world.people, "many", "333333333333")
    fill(account, "ec2.instance", "eu-west-1", instances(120, "eu-west-1", first=1000))
    path = f"{INSTANCES}?account={account.id}&limit="
    owner.get(f"{path}1")
    with CaptureQueriesContext(connection) as few:
        assert len(ids(owner.get(f"{path}1"))) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(ids(owner.get(f"{path}100"))) == 100
    assert len(few) == len(many)
    fill(account, "ec2.instance", "eu-west-1", [])
