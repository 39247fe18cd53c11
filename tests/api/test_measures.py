"""What CloudWatch measured, in lists and items: values, order, filters, and why there are none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.cloud.explain import Explained
from tests.api.world import Api, World
from tests.inventory.rows import measure, unmeasured

INSTANCES = "/ec2/instances/"
RUNNING = {1: 20.0, 3: 12.25, 5: 90.0}


@pytest.fixture
def measured(world: World) -> World:
    measure(world.production, "eu-west-1", {f"i-{n:017x}": [None, 1.0, value] for n, value in RUNNING.items()})
    denied = Explained("AccessDenied", "It lacks cloudwatch:GetMetricData.", kind="denied")
    unmeasured(world.staging, "us-east-1", denied)
    return world


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [item["id"] for item in answer.json()["results"]]


def test_the_last_value_is_among_the_columns(measured: World, owner: Api, viewer: Api) -> None:
    found = {item["id"]: item["columns"] for item in viewer.get(INSTANCES).json()["results"]}
    assert {id: columns["cpu"] for id, columns in found.items() if "cpu" in columns} == {
        f"i-{n:017x}": value for n, value in RUNNING.items()
    }
    assert found[f"i-{1:017x}"]["type"] == "t3.micro"
    assert owner.get(f"{INSTANCES}i-{3:017x}/").json()["columns"]["cpu"] == 12.25
    full = owner.get(f"{INSTANCES}?name=api-5&full=1").json()["results"]
    assert full[0]["columns"]["cpu"] == 90


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("f=cpu>12.25", {1, 5}),
        ("f=cpu<20&f=state=running", {3}),
        ("cpu=20", {1}),
        ("f=cpu!=20&f=type=m5.large&state=running", {3}),
        ("f=cpu>50&f=name=api-101&join=or", {5, 101}),
        ("f=cpu=&state=running", {101}),
    ],
)
def test_filters(measured: World, owner: Api, query: str, numbers: set[int]) -> None:
    assert set(ids(owner.get(f"{INSTANCES}?{query}"))) == {f"i-{n:017x}" for n in numbers}


@pytest.mark.parametrize("sort", ["cpu", "-cpu"])
def test_it_sorts_by_the_value_and_pages_by_cursor(measured: World, owner: Api, sort: str) -> None:
    whole = ids(owner.get(f"{INSTANCES}?sort={sort}"))
    known = [f"i-{n:017x}" for n in sorted(RUNNING, key=RUNNING.__getitem__, reverse=sort == "-cpu")]
    assert (whole[:3] if sort == "-cpu" else whole[-3:]) == known
    paged, address = [], f"/api/v1{INSTANCES}?sort={sort}&limit=2"
    while address:
        answer = owner.client.get(address)
        paged += ids(answer)
        address = answer.json()["next"]
    assert paged == whole


def test_a_source_tells_why_nothing_was_measured(measured: World, owner: Api) -> None:
    sources = {one["account"]: one for one in owner.get(INSTANCES).json()["sources"]}
    assert sources[str(measured.production.id)]["measures"] == {}
    told = sources[str(measured.staging.id)]["measures"]["cpu"]
    assert told["read_at"] is None
    assert told["errors"]["us-east-1"]["text"] == "It lacks cloudwatch:GetMetricData."
    assert "measures" not in owner.get("/ec2/volumes/").json()["sources"][0]


def test_another_organization_sees_none_of_it(measured: World, outsider: Api) -> None:
    answer = outsider.get(f"{INSTANCES}?sort=-cpu&f=cpu>0").json()
    assert (answer["results"], answer["sources"]) == ([], [])


def test_measures_take_no_statement_of_their_own(measured: World, owner: Api) -> None:
    owner.get(INSTANCES)
    with CaptureQueriesContext(connection) as captured:
        owner.get(f"{INSTANCES}?sort=-cpu&f=cpu>1")
    statements = [one["sql"] for one in captured if one["sql"] not in {"BEGIN", "COMMIT"}]
    assert len(statements) <= 5, "\n".join(statements)


def test_the_document_has_the_column(stranger: Api) -> None:
    document = stranger.get("/openapi.json").json()
    columns = document["components"]["schemas"]["Ec2Instance"]["properties"]["columns"]["properties"]
    assert columns["cpu"]["type"] == "number"
    assert "CPUUtilization" in columns["cpu"]["description"]
    names = {parameter["name"] for parameter in document["paths"]["/ec2/instances/"]["get"]["parameters"]}
    assert "cpu" in names
