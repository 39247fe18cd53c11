"""The pages and REST answers that are measured: their requests, their floors, their SQL."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.demo.processes import Process
from bench.house import House
from bench.load import Target
from bench.world import World

LIST, API = "/ec2/instances/", "/api/v1/ec2/instances/"
SORTED = f"{LIST}?f=state%3Drunning&sort=-cost"
MEASURED = f"{LIST}?f=cpu%3E90&sort=-cpu"
FILTERED = f"{LIST}?f=state%3Drunning&f=tag%3Aenv%3Dproduction&f=type%3Am5&sort=-cost"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
SEARCHES = (
    "payments-api-0",
    "10.12.3",
    "i-0",
    "cost-center=cc-led-7",
    "ledger worker",
    "54.100.",
    "no such thing",
    "data-001",
)


@dataclass(frozen=True)
class Row:
    """A line of the table: `ours` against `floor`. `most` is the highest ratio that meets the goal, `sql` the most
    statements, `p95` the most milliseconds; None: no such goal."""

    what: str
    ours: Target
    floor: str
    goal: str
    most: float | None = None
    sql: int | None = None
    p95: float | None = None


def floors(house: House, server: Process, world: World) -> list[Target]:
    port = house.ports["floor"]
    return [Target("page", server, port, ("/",), _session(world)), Target("json", server, port, ("/json",))]


def rows(house: House, server: Process, world: World, wide: World) -> list[Row]:
    """`world` has 10,000 instances, `wide` 100,000 resources. Where the goal is a multiple of NetBox, `most` is that
    multiple read across the floor that both were measured against: see README.md."""
    port, session = house.ports["web"], _session(world)
    bearer = {"Authorization": f"Bearer {world.token}", "Accept": "application/json"}

    def page(what: str, *paths: str, **headers: str) -> Target:
        return Target(what, server, port, paths, {**session, **headers})

    details = tuple(f"{LIST}{id}/" for id in world.ids[:: len(world.ids) // 20])
    panels = tuple(f"{path}panel/" for path in details)
    searches = tuple(f"/palette/?q={words.replace(' ', '+')}" for words in SEARCHES)
    return [
        Row("1 list page", page("list", LIST), "page", "≤ 1.6 × floor, ≤ 6 SQL", 1.6, 6),
        Row("1 … by state and cost", page("sorted", SORTED), "page", "≤ 1.6 × floor, ≤ 6 SQL", 1.6, 6),
        Row("1 … by three filters and cost", page("filtered", FILTERED), "page", "≤ 1.6 × floor, ≤ 6 SQL", 1.6, 6),
        Row("1 … by CPU", page("measured", MEASURED), "page", "≤ 1.6 × floor, ≤ 6 SQL", 1.6, 6),
        Row("1 … page 150", page("deep", f"{LIST}?page=150"), "page", "≤ 1.6 × floor, ≤ 6 SQL", 1.6, 6),
        Row("2 list fragment", page("fragment", LIST, **PARTIAL), "page", "≤ 1.3 × floor", 1.3),
        Row("2 … by state and cost", page("sorted fragment", SORTED, **PARTIAL), "page", "≤ 1.3 × floor", 1.3),
        Row(
            "2 … by three filters and cost",
            page("filtered fragment", FILTERED, **PARTIAL),
            "page",
            "≤ 1.3 × floor",
            1.3,
        ),
        Row("3 REST list", Target("rest", server, port, (API,), bearer), "json", "≤ 2 × floor", 2.0),
        Row(
            "3 … by two filters and cost",
            Target(
                "filtered rest", server, port, (f"{API}?state=running&f=tag%3Aenv%3Dproduction&sort=-cost",), bearer
            ),
            "json",
            "≤ 2 × floor",
            2.0,
        ),
        Row("4 detail page", page("detail", *details), "page", "5 × NetBox: ≤ 1.5 × floor", 1.5),
        Row("4 split panel", page("panel", *panels, **PARTIAL), "page", "5 × NetBox: ≤ 1.5 × floor", 1.5),
        Row(
            "5 palette, 100,000",
            Target("palette", server, port, searches, {**_session(wide), **PARTIAL}),
            "page",
            "10 × NetBox: ≤ 1.2 × floor, p95 ≤ 50 ms",
            1.2,
            p95=50,
        ),
    ]


GROWING = {
    "6 list": LIST,
    "6 … by state and cost": SORTED,
    "6 … by CPU": MEASURED,
    "6 … by a tag": f"{LIST}?f=tag%3Aenv%3Dproduction",
    "6 … by three filters and cost": FILTERED,
}


def growth(house: House, server: Process, world: World, vast: World) -> list[tuple[str, Target, Target]]:
    """What, at 10,000 and at 1,000,000 instances."""
    port = house.ports["web"]
    return [
        (
            what,
            Target(f"{what}, few", server, port, (path,), _session(world)),
            Target(f"{what}, many", server, port, (path,), _session(vast)),
        )
        for what, path in GROWING.items()
    ]


def statements(target: Target) -> int:
    """SQL statements of one request once it is warm; BEGIN and COMMIT carry no question and are not counted."""
    client = Client(headers={name: value for name, value in target.headers.items() if name != "Cookie"})
    if "Cookie" in target.headers:
        client.cookies[settings.SESSION_COOKIE_NAME] = target.headers["Cookie"].partition("=")[2]
    most = 0
    for path in target.paths:
        client.get(path)
        with CaptureQueriesContext(connection) as found:
            client.get(path)
        asked = [query for query in found.captured_queries if query["sql"] not in ("BEGIN", "COMMIT")]
        most = max(most, len(asked))
    return most


def _session(world: World) -> dict[str, str]:
    return {"Cookie": f"sessionid={world.cookie}"}
