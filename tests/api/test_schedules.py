"""Schedules by REST: the same form, preview, refusals and runs as the pages'."""

import secrets

import pytest

from tests.api.world import Api, World

TAGS = [{"key": "owner", "value": "data"}]


@pytest.fixture
def body() -> dict:
    return {
        "name": f"nightly {secrets.token_hex(4)}",
        "tags": TAGS,
        "every": "week",
        "weekdays": ["1", "4"],
        "time": "22:30",
        "zone": "Europe/Berlin",
        "keep_days": 30,
        "values": {"boot": True, "copy_tags": False},
    }


def test_made_read_changed_and_forgotten(owner: Api, world: World, body: dict) -> None:
    answer = owner.post("/schedules/", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["cron"], made["zone"]) == ("30 22 * * 1,4", "Europe/Berlin")
    assert (made["keep_count"], made["keep_days"]) == (None, 30)
    assert made["act"] == "ec2.instance.back-up"
    assert made["values"] == {"boot": True, "copy_tags": False}
    assert made["runs_as"]["kind"] == "token"
    assert answer["Location"] == made["url"]
    assert owner.client.get(made["url"]).json() == made
    assert made["id"] in [one["id"] for one in owner.get("/schedules/").json()["results"]]
    path = f"/schedules/{made['id']}/"
    changed = owner.send("PATCH", path, {"keep_count": 3, "keep_days": None}).json()
    assert (changed["keep_count"], changed["keep_days"], changed["cron"]) == (3, None, made["cron"])
    assert changed["values"] == made["values"]
    assert owner.post(f"{path}pause/").json()["next_at"] is None
    assert owner.post(f"{path}resume/").json()["next_at"]
    assert owner.get(f"{path}runs/").json() == {"results": [], "next": None}
    assert owner.send("DELETE", path).status_code == 204
    assert owner.client.get(made["url"]).status_code == 404
    acts = [one["act"].rpartition(".")[2] for one in owner.get(f"/audit/?target={made['id']}").json()["results"]]
    assert acts == ["delete", "resume", "pause", "change", "create"]


def test_a_plan_changes_nothing(owner: Api, body: dict) -> None:
    answer = owner.post("/schedules/?plan=1", body)
    assert answer.status_code == 200, answer.content
    plan = answer.json()
    assert len(plan["next"]) == 5
    assert {one["kind"] for one in plan["targets"]} <= {"ec2.instance"}
    assert plan["copies"] >= 8
    assert body["name"] not in owner.get("/schedules/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"tags": []}, "tags"),
        ({"tags": [{"key": {"a": 1}, "value": "b"}]}, "tags[0].key"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"every": "cron", "cron": "* * * * *"}, "cron"),
        ({"keep_days": None, "keep_count": None}, "keep_count"),
        ({"accounts": ["00000000-0000-0000-0000-000000000000"]}, "accounts"),
        ({"values": {"boot": "yes"}}, "values.boot"),
        ({"values": {"volume": True}}, "values.__all__"),
        ({"values": 7}, "values.__all__"),
        ({"act": "ec2.instance.terminate"}, "act"),
        ({"owner": "me"}, "__all__"),
    ],
)
def test_what_is_refused(owner: Api, body: dict, wrong: dict, field: str) -> None:
    answer = owner.post("/schedules/", body | wrong)
    assert answer.status_code == 422, answer.content
    assert field in answer.json()["errors"]


def test_a_name_stands_once(owner: Api, body: dict) -> None:
    assert owner.post("/schedules/", body).status_code == 201
    answer = owner.post("/schedules/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"name": ["There is a schedule of this name."]}


def test_who_may_not(owner: Api, viewer: Api, outsider: Api, body: dict) -> None:
    made = owner.post("/schedules/", body).json()
    path = f"/schedules/{made['id']}/"
    assert viewer.get(path).status_code == 200
    refused = viewer.post("/schedules/", body | {"name": "mine"})
    assert refused.status_code == 403
    assert refused.json()["permission"] == "operations.schedule.create"
    for method, at in (("PATCH", path), ("DELETE", path), ("POST", f"{path}pause/"), ("POST", f"{path}run/")):
        assert viewer.send(method, at, {}).status_code == 403
        assert outsider.send(method, at, {}).status_code == 404
    assert outsider.get(path).status_code == 404
