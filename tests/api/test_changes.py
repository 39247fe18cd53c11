"""Asking for changes: plans, operations, idempotency keys, and what is wrong with a request."""

from typing import Any

import pytest

from tests.api.world import Api, World, fill, instances, make_account

RUNNING, STOPPED = f"i-{1:017x}", f"i-{2:017x}"
STOP = f"/ec2/instances/{RUNNING}/stop/"


def launch(world: World, **more: Any) -> dict[str, Any]:
    """What launches one instance with a new key pair."""
    from apps.catalog import registry

    wizard = registry.action("ec2.instance.launch")
    return {"account": str(world.production.id), "region": "eu-west-1", **wizard.example, **more}


def problem(answer: Any, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"/api/v1/problems/{slug}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_a_change_answers_its_operation_and_where_it_is(owner: Api) -> None:
    answer = owner.post(STOP, {"force": True})
    assert answer.status_code == 202
    operation = answer.json()
    assert operation["act"] == "ec2.instance.stop"
    assert operation["state"] == "queued"
    assert operation["targets"][0]["id"] == RUNNING
    assert answer["Location"] == operation["url"]
    found = owner.client.get(answer["Location"]).json()
    assert found["id"] == operation["id"]
    assert [step["call"] for step in found["steps"]] == ["ec2.stop_instances"]
    assert found["steps"][0]["state"] == "planned"
    assert found["progress"] == {"total": 1, "done": 0, "now": found["steps"][0]["title"], "swept": 0}


def test_its_intent_is_on_the_record(owner: Api) -> None:
    operation = owner.post(STOP, {}).json()
    events = owner.get(f"/audit/?operation={operation['id']}").json()["results"]
    assert [(one["act"], one["result"], one["target"]["id"]) for one in events] == [
        ("ec2.instance.stop", "intent", RUNNING)
    ]


def test_a_body_is_not_needed_where_no_field_is(owner: Api) -> None:
    for media_type in ("", "application/json", "application/x-www-form-urlencoded"):
        answer = owner.client.generic("POST", f"/api/v1{STOP}", b"", content_type=media_type)
        assert answer.status_code == 202, media_type


def test_a_plan_changes_nothing(owner: Api) -> None:
    before = owner.get("/operations/?limit=500").json()
    answer = owner.post(f"{STOP}?plan=1", {"force": True})
    assert answer.status_code == 200
    preview = answer.json()
    assert preview["plan"]["steps"][0]["params"] == {"InstanceIds": [RUNNING], "Force": True}
    assert len(preview["plan_hash"]) == 64
    assert preview["permission"]["allowed"] is True
    assert {one["id"] for one in preview["code"]} >= {"cli", "boto3"}
    assert RUNNING in preview["code"][0]["text"]
    assert owner.get("/operations/?limit=500").json() == before


def test_the_plan_and_the_operation_are_the_same(owner: Api) -> None:
    planned = owner.post(f"{STOP}?plan=1", {}).json()
    assert owner.post(STOP, {}).json()["plan_hash"] == planned["plan_hash"]


def test_a_viewer_may_plan_but_not_probe(viewer: Api) -> None:
    preview = viewer.post(f"{STOP}?plan=1", {})
    assert preview.status_code == 200
    assert preview.json()["permission"]["allowed"] is False
    problem(viewer.post(f"{STOP}?plan=1&probe=1", {}), 403, "denied")


def test_a_launch_is_priced(world: World, owner: Api) -> None:
    preview = owner.post("/ec2/instances/?plan=1", launch(world))
    assert preview.status_code == 200, preview.content
    cost = preview.json()["cost"]
    assert cost["currency"] == "USD"
    assert cost["total"] == pytest.approx(sum(part["amount"] for part in cost["parts"]))
    assert cost["total"] > 0
    assert cost["price_date"]


def test_a_new_private_key_is_shown_once(world: World, owner: Api) -> None:
    body = launch(world, access="new", new_key_name="once")
    first = owner.post("/ec2/instances/", body, **{"Idempotency-Key": "launch-1"})
    assert first.status_code == 202, first.content
    assert any("PRIVATE KEY" in text for text in first.json()["secrets"].values())
    again = owner.post("/ec2/instances/", body, **{"Idempotency-Key": "launch-1"})
    assert again.status_code == 202
    assert again.json()["id"] == first.json()["id"]
    assert "secrets" not in again.json()
    shown = owner.client.get(first["Location"]).content + owner.get("/audit/").content
    assert b"PRIVATE KEY" not in shown


def test_the_same_key_answers_the_same_operation(owner: Api) -> None:
    key = {"Idempotency-Key": "stop-it"}
    first = owner.post(STOP, {"force": False}, **key)
    again = owner.post(STOP, {"force": False}, **key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert first["Location"] == again["Location"]
    assert owner.post(STOP, {"force": False}).json()["id"] != first.json()["id"]


def test_a_changed_body_under_the_same_key_is_refused(owner: Api) -> None:
    key = {"Idempotency-Key": "changed"}
    assert owner.post(STOP, {"force": False}, **key).status_code == 202
    problem(owner.post(STOP, {"force": True}, **key), 422, "key-reused")
    problem(owner.post(f"/ec2/instances/{RUNNING}/reboot/", {"force": False}, **key), 422, "key-reused")


def test_a_key_is_its_member_s_own(world: World) -> None:
    key = {"Idempotency-Key": "shared"}
    first = Api(world.people.owner).post(STOP, {}, **key).json()
    other = Api(world.people.operator).post(STOP, {"force": True}, **key)
    assert other.status_code == 202
    assert other.json()["id"] != first["id"]


def test_a_replay_answers_though_the_state_has_changed(world: World, owner: Api) -> None:
    account = make_account(world.people, "replay", "444444444444")
    (made,) = instances(1, "eu-west-1", first=4001)
    fill(account, "ec2.instance", "eu-west-1", [made])
    path, key = f"/ec2/instances/{made['InstanceId']}/stop/", {"Idempotency-Key": "replay"}
    first = owner.post(path, {}, **key)
    fill(account, "ec2.instance", "eu-west-1", [{**made, "State": {"Name": "stopped"}}])
    assert owner.post(path, {}, **key).json()["id"] == first.json()["id"]
    problem(owner.post(path, {}), 422, "invalid")


@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "caf\xe9", "\x7f"])
def test_a_key_is_visible_ascii(owner: Api, key: str) -> None:
    problem(owner.post(STOP, {}, **{"Idempotency-Key": key}), 400, "idempotency-key")


def test_several_at_once(owner: Api) -> None:
    ids = [f"i-{n:017x}" for n in (1, 3, 5)]
    operation = owner.post("/ec2/instances/actions/stop/", {"ids": [*ids, ids[0]], "force": True}).json()
    assert [target["id"] for target in operation["targets"]] == ids
    assert len(operation["steps"]) == 3


@pytest.mark.parametrize("ids", [None, [], "i-1", [1], [""], [f"i-{n}" for n in range(101)]])
def test_the_ids_of_several_are_a_list_of_text(owner: Api, ids: Any) -> None:
    body = {} if ids is None else {"ids": ids}
    assert "ids" in problem(owner.post("/ec2/instances/actions/stop/", body), 422, "invalid")["errors"]


def test_an_id_in_two_accounts_is_told_apart(world: World, owner: Api) -> None:
    account = make_account(world.people, "twin", "777777777777")
    fill(account, "ec2.instance", "eu-west-1", instances(2, "eu-west-1"))
    body = problem(owner.post(STOP, {}), 409, "ambiguous")
    assert len(body["candidates"]) == 2
    problem(owner.post("/ec2/instances/actions/stop/", {"ids": [RUNNING]}), 409, "ambiguous")
    place = f"?account={account.id}&region=eu-west-1"
    for path, fields in ((STOP, {}), ("/ec2/instances/actions/stop/", {"ids": [RUNNING]})):
        operation = owner.post(path + place, fields).json()
        assert [target["account"] for target in operation["targets"]] == [str(account.id)]
    fill(account, "ec2.instance", "eu-west-1", [])


def test_one_unknown_id_fails_them_all(owner: Api) -> None:
    problem(owner.post("/ec2/instances/actions/stop/", {"ids": [RUNNING, "i-none"]}), 404, "not-found")


def test_a_state_in_which_it_makes_no_sense(owner: Api) -> None:
    body = problem(owner.post(f"/ec2/instances/{STOPPED}/stop/", {}), 422, "invalid")
    assert "stopped" in body["errors"]["__all__"][0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"force": "yes"}, "force"),
        ({"force": 1}, "force"),
        ({"farce": True}, "__all__"),
        ({"ids": [RUNNING]}, "__all__"),
    ],
)
def test_fields_are_strict(owner: Api, body: dict[str, Any], field: str) -> None:
    assert list(problem(owner.post(STOP, body), 422, "invalid")["errors"]) == [field]


def test_errors_of_rows_name_the_row(owner: Api) -> None:
    body = {"tags": [{"key": "env", "value": "prod"}, {"key": "aws:x", "value": "y"}]}
    errors = problem(owner.post(f"/ec2/instances/{RUNNING}/tag/", body), 422, "invalid")["errors"]
    assert list(errors) == ["tags[1].key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"account": "11111111-1111-1111-1111-111111111111"}, "account"),
        ({"account": "prod"}, "account"),
        ({"account": None}, "account"),
        ({"account": 5}, "account"),
        ({"region": "eu-west-9"}, "region"),
        ({"region": "global"}, "region"),
        ({"count": 0}, "count"),
    ],
)
def test_a_launch_names_what_is_wrong(world: World, owner: Api, change: dict[str, Any], field: str) -> None:
    body = problem(owner.post("/ec2/instances/", launch(world) | change), 422, "invalid")
    assert field in body["errors"]


def test_another_organization_s_account_is_no_account(world: World, outsider: Api) -> None:
    body = problem(outsider.post("/ec2/instances/", launch(world)), 422, "invalid")
    unknown = problem(
        outsider.post("/ec2/instances/", launch(world, account="11111111-1111-1111-1111-111111111111")), 422, "invalid"
    )
    assert body == unknown


@pytest.mark.parametrize(
    ("raw", "media_type", "status", "slug"),
    [
        (b"{", "application/json", 400, "unreadable"),
        (b"[]", "application/json", 400, "unreadable"),
        (b'"text"', "application/json", 400, "unreadable"),
        (b'{"force": "\\ud800"}', "application/json", 400, "unreadable"),
        (b"\xff", "application/json", 400, "unreadable"),
        (b"[" * 100_000, "application/json", 400, "unreadable"),
        (b"force=1", "application/x-www-form-urlencoded", 415, "media-type"),
        (b"{}", "text/plain", 415, "media-type"),
        (b"{}", "", 415, "media-type"),
        (b'{"force": "' + b"a" * 1024 * 1024 + b'"}', "application/json", 413, "too-large"),
    ],
)
def test_bodies_that_can_t_be_read(owner: Api, raw: bytes, media_type: str, status: int, slug: str) -> None:
    problem(owner.client.generic("POST", f"/api/v1{STOP}", raw, content_type=media_type), status, slug)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/ec2/instances/", "GET, HEAD, POST"),
        ("POST", "/ec2/images/", "GET, HEAD"),
        ("GET", STOP, "POST"),
        ("GET", "/ec2/instances/actions/stop/", "POST"),
        ("POST", f"/ec2/instances/{RUNNING}/", "GET, HEAD"),
        ("DELETE", "/me/", "GET, HEAD"),
        ("TRACE", "/operations/", "GET, HEAD"),
        ("OPTIONS", "/audit/", "GET, HEAD"),
    ],
)
def test_methods_that_an_address_does_not_take(owner: Api, method: str, path: str, allow: str) -> None:
    answer = owner.send(method, path)
    problem(answer, 405, "method")
    assert answer["Allow"] == allow


@pytest.mark.parametrize(
    "path",
    [
        "/nothing/",
        "/nothing",
        "/me",
        "/ec2/nothings/",
        "/none/instances/",
        "/ec2/instances/i-none/",
        "/ec2/instances/a%00b/",
        "/operations/none/",
        "/operations/11111111-1111-1111-1111-111111111111/",
        "/problems/nothing",
        "/docs/nothing/",
    ],
)
def test_addresses_of_nothing(owner: Api, path: str) -> None:
    problem(owner.get(path), 404, "not-found")


def test_an_unknown_action_is_none(owner: Api) -> None:
    answer = owner.post(f"/ec2/instances/{RUNNING}/dance/", {})
    problem(answer, 405, "method")  # an id may hold a slash, so this could be a resource's address
    assert answer["Allow"] == "GET, HEAD"
    problem(owner.post("/ec2/instances/actions/dance/", {"ids": [RUNNING]}), 404, "not-found")
