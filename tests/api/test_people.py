"""Owner, viewer, outsider and nobody, at every address of the document."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from apps.api.openapi.document import document
from apps.catalog import registry
from tests.api.world import Api, World

PUBLIC = {"problem.list", "problem.read"}
# What needs no permission of its own: oneself, and what one asked for oneself.
OWN = {"index", "me.read", "token.list", "token.read", "operation.list"}
# An id that nobody has, whatever the permission.
UNKNOWN = {"operation.read", "token.delete", "token.read"} | {
    f"operation.{verb}" for verb in ("cancel", "retry", "approve", "decline")
}
UNKNOWN |= {f"operations.schedule.{verb}" for verb in ("read", "change", "delete", "pause", "resume", "run", "runs")}
# What an owner makes in an organization of their own names nothing of another's.
OWN_MADE = {"cloud.account.external-id", "cloud.account.create", "operations.schedule.create"}
AUDIT = {"audit.event.list", "audit.event.export", "audit.chain.read"}
# What AWS is asked for as text takes a permission of its own.
TEXTS = {f"{resource.kind}.{tab.id}" for resource in registry.resources() for tab in resource.tabs}


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    id: str
    example: Any

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}


def routes() -> list[Route]:
    schemas = document()["components"]["schemas"]
    found = []
    for path, methods in document()["paths"].items():
        if "/objects/" in path or path.startswith("/bookmarks/"):
            continue  # they ask AWS: tests/api/test_objects.py and tests/tenancy/test_walk.py visit them
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            schema = schema.get("anyOf", [schema])[0]  # of several wizards the first, which is the default
            name = schema.get("$ref", "").rpartition("/")[2]
            example = next(iter(schemas.get(name, schema).get("examples", ())), None)
            found.append(Route(method.upper(), path, operation["operationId"], example))
    return found


def every_route(*, without: set[str] = frozenset()) -> pytest.MarkDecorator:
    chosen = [route for route in routes() if route.id not in without]
    return pytest.mark.parametrize("route", chosen, ids=lambda route: route.id)


def ask(world: World, person: Api, route: Route) -> Any:
    """The request that the document suggests, for resources that are there."""
    from apps.catalog import registry

    parts = route.path.strip("/").split("/")
    path = route.path.replace("{slug}", "denied")
    if "{id}" in path:
        path = path.replace("{id}", str(world.production.id) if parts[0] == "accounts" else _id(parts))
    body = json.loads(json.dumps(route.example)) if route.example is not None else None
    if isinstance(body, dict) and "account" in body:
        body |= {"account": str(world.production.id), "region": "eu-west-1"}
    if isinstance(body, dict) and "ids" in body:
        body["ids"] = [f"i-{1:017x}"] if parts[1] == "instances" else body["ids"]
    query = ""
    if len(parts) > 2 and parts[0] in {service.name for service in registry.services()}:
        region = "eu-west-1" if registry.by_slug(parts[0], parts[1]).placed else "global"
        query = f"?account={world.production.id}&region={region}"
    return person.send(route.method, path + query, body)


def _id(parts: list[str]) -> str:
    from apps.catalog import registry

    if parts[0] in {"operations", "schedules", "tokens"}:
        return str(uuid4())
    resource = registry.by_slug(parts[0], parts[1])
    return f"i-{1:017x}" if resource.kind == "ec2.instance" else resource.item(resource.example, "", "").id


@every_route(without=PUBLIC)
def test_nobody_is_asked_to_sign_in(world: World, stranger: Api, route: Route) -> None:
    answer = ask(world, stranger, route)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@every_route(without=PUBLIC)
def test_a_token_that_is_no_good_opens_nothing(world: World, stranger: Api, route: Route) -> None:
    good = world.people.owner.token
    for text in (good[:-1] + ("A" if good[-1] != "A" else "B"), "ngt_x", world.people.outsider.token[:20]):
        stranger.client.headers = {}
        person = Api()
        person.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {text}"
        assert ask(world, person, route).status_code == 401


def asks_first(route: Route) -> bool:
    """Whether something is read anew before anything else, without which the action does not go on."""
    if route.id in TEXTS:
        return True
    try:
        action = registry.action(route.id.removesuffix("-many"))
    except registry.UnknownKind:
        return False
    if action.act == "ec2.image.share":
        return False  # of an image that isn't known to be the account's own, AWS is not asked who may use it
    soft = {part.key for part in action.resource.parts if part.soft}
    return bool(set(action.facts) - soft)


@every_route(without=PUBLIC | UNKNOWN)
def test_an_owner_is_refused_nothing(world: World, owner: Api, route: Route) -> None:
    if route.id in {"cloud.account.delete", "cloud.account.update", "cloud.account.check", "cloud.account.create"}:
        pytest.skip("calls AWS or ends the world: see test_accounts")
    answer = ask(world, owner, route)
    if asks_first(route):  # and this account has no credential to read it by
        assert answer.status_code == 502
        assert answer.json()["type"] == "/api/v1/problems/aws"
        return
    assert answer.status_code in {200, 201, 202, 422}, answer.content
    if answer.status_code == 422:
        assert answer.json()["type"] == "/api/v1/problems/invalid"


@every_route(without=PUBLIC | UNKNOWN)
def test_a_viewer_reads_and_changes_nothing(world: World, viewer: Api, route: Route) -> None:
    answer = ask(world, viewer, route)
    if route.changes or route.id in AUDIT | TEXTS:
        assert answer.status_code == 403, answer.content
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "/api/v1/problems/denied"
        assert answer.json()["permission"].count(".") == 2
    else:
        assert answer.status_code == 200, answer.content


@every_route(without=PUBLIC | OWN)
def test_an_outsider_finds_nothing(world: World, outsider: Api, route: Route) -> None:
    """An owner elsewhere, so no permission is missing: what is another organization's isn't there."""
    answer = ask(world, outsider, route)
    if route.path.endswith("}/") or "{id}" in route.path:
        assert answer.status_code == 404, answer.content
        nowhere = ask(World(world.people, *(_Elsewhere(), _Elsewhere())), outsider, route)
        assert nowhere.json() == answer.json()
    elif route.method == "GET":
        assert answer.status_code == 200
        content = answer.getvalue().decode()  # a file comes in pieces
        assert str(world.production.id) not in content
        assert f"i-{1:017x}" not in content
    elif route.id not in OWN_MADE:
        assert answer.status_code in {404, 422}, answer.content


class _Elsewhere:
    """Stands for an account that nobody has."""

    def __init__(self) -> None:
        self.id = uuid4()


def test_a_denial_is_on_the_record(world: World, viewer: Api, owner: Api) -> None:
    answer = viewer.post(f"/ec2/instances/i-{1:017x}/stop/", {})
    assert answer.status_code == 403
    assert answer.json()["permission"] == "ec2.instance.stop"
    events = owner.get("/audit/?act=ec2.instance.stop&result=denied&limit=1").json()["results"]
    assert events[0]["who"]["name"].startswith("Viewer")


def test_a_browser_s_session_reads_and_changes_only_with_its_csrf_token(world: World) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(world.people.owner.user)
    assert browser.get("/api/v1/me/").json()["kind"] == "user"
    answer = browser.post("/api/v1/accounts/external-id/", b"", content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["type"] == "/api/v1/problems/csrf"
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    answer = browser.post(
        "/api/v1/accounts/external-id/", b"", content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 201


def test_me_names_the_organization_and_the_roles(world: World, viewer: Api) -> None:
    me = viewer.get("/me/").json()
    assert me["organization"]["id"] == str(world.people.tenant_id)
    assert me["kind"] == "token"
    assert [role["role"] for role in me["roles"]] == ["Viewer"]
    assert me["roles"][0]["scope"] == {"account": None, "region": None, "tag": None, "path": None}


def test_the_index_lists_what_there_is(owner: Api) -> None:
    index = owner.get("/").json()
    for address in (index["services"]["ec2"]["instances"], index["me"], index["openapi"], index["docs"]):
        assert owner.client.get(address).status_code == 200
