"""One key, however often and however fast: one operation."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.api.test_changes import STOP, launch
from tests.api.world import Api, World

AT_ONCE = 50


def at_once(api: Api, path: str, bodies: list[dict[str, Any]], key: str) -> list[Any]:
    def send(body: dict[str, Any]) -> Any:
        try:
            return api.post(path, body, **{"Idempotency-Key": key})
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def made(world: World, key: str) -> int:
    with tenant_tx(world.people.tenant_id):
        return Operation.objects.filter(tenant_id=world.people.tenant_id, idempotency_key=key).count()


@pytest.mark.parametrize("wizard", [False, True])
def test_fifty_at_once_make_one(world: World, owner: Api, wizard: bool) -> None:
    path, body = ("/ec2/instances/", launch(world)) if wizard else (STOP, {})
    key = f"fifty-{wizard}"
    answers = at_once(owner, path, [body] * AT_ONCE, key)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert made(world, key) == 1
    # A secret that was made is in one answer alone, and all the rest are the same.
    assert sum("secrets" in answer.json() for answer in answers) <= 1
    plain = [{name: value for name, value in answer.json().items() if name != "secrets"} for answer in answers]
    assert len({json.dumps(one, sort_keys=True) for one in plain}) == 1


def test_of_two_bodies_at_once_one_is_done_and_the_other_refused(world: World, owner: Api) -> None:
    bodies = [{"force": bool(n % 2)} for n in range(AT_ONCE)]
    answers = at_once(owner, STOP, bodies, "two-bodies")
    assert made(world, "two-bodies") == 1
    (winner,) = {body["force"] for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 202}
    for body, answer in zip(bodies, answers, strict=True):
        assert answer.status_code == (202 if body["force"] == winner else 422), answer.content
