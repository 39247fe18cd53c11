"""Three ways of doing the same, each in an AWS account of its own: the panel, the AWS CLI's text and boto3's text."""

import copy
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from apps.catalog import registry
from apps.catalog.columns import value_at
from apps.catalog.resources import Action
from apps.cloud import accounts, clients
from apps.inventory import sync
from apps.inventory.models import Entry
from apps.operations import run as running
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.cloud.helpers import keys_draft
from tests.people import People

REGION = "us-east-1"


@dataclass
class Way:
    """An AWS account, and one way to change something in it. `kinds` are those that are looked at."""

    name: str
    people: People
    account: Any
    folder: Path
    does: Callable[["Way", str, dict[str, Any]], None]
    endpoints: Mapping[str, str]

    def aws(self, service: str, region: str = REGION) -> Any:
        """A boto3 client in the account."""
        return clients.client(self.account, service, region)

    def sync(self, kinds: Iterable[str]) -> None:
        for kind in kinds:
            place = "global" if registry.resource(kind).scope == "global" else REGION
            outcome = sync.sync(self.account, place, kind)
            assert outcome.error is None, (kind, outcome.error)

    def know(self, kind: str, *ids: str) -> None:
        """Reads these, which a form may then refer to."""
        sync.refresh(self.account, REGION, kind, ids)

    def act(self, action: Action, id: str, values: dict[str, Any]) -> None:
        """Does it, or lets its code do it."""
        self.does(self, _path(action, id), values)

    def text(self, action: Action, id: str, values: dict[str, Any], lang: str) -> str:
        """Its code."""
        return self.code(_path(action, id), values, lang)

    @cached_property
    def api(self) -> Api:
        return Api(self.people.owner)

    def ask(self, path: str, values: dict[str, Any], **more: str) -> Any:
        """What the REST door answers to these values."""
        place = {"account": str(self.account.id), "region": REGION}
        if path.count("/") == 3:
            answer = self.api.post(path + _query(more), {**place, **values})
        else:
            answer = self.api.post(path + _query({**place, **more}), values)
        assert answer.status_code in {200, 202}, answer.content.decode()
        return answer.json()

    def code(self, path: str, values: dict[str, Any], lang: str) -> str:
        outline = self.ask(path, values, plan="1")
        return next(str(one["text"]) for one in outline["code"] if one["id"] == lang)

    @cached_property
    def environment(self) -> dict[str, str]:
        """That of somebody who has a profile of the account's name, and nothing else."""
        config = self.folder / f"{self.name}.ini"
        own = "\n".join(f"{name} =\n  endpoint_url = {url}" for name, url in self.endpoints.items() if name != "*")
        config.write_text(
            f"[profile {self.account.name}]\naws_access_key_id = {self.account.number}\naws_secret_access_key = x\n"
            f"endpoint_url = {self.endpoints['*']}\nservices = here\n[services here]\n{own}\n"
        )
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {"AWS_CONFIG_FILE": str(config), "HOME": str(self.folder), "PATH": path, "LANG": "C.UTF-8"}


def _path(action: Action, id: str) -> str:
    where = f"/{action.resource.service}/{action.resource.slug}/"
    return where if action.creates else f"{where}{quote(id, safe='')}/{action.verb}/"


def _query(parts: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{key}={quote(value)}" for key, value in parts.items()) if parts else ""


# The three ways


def by_panel(way: Way, path: str, values: dict[str, Any]) -> None:
    id = way.ask(path, values)["id"]
    for _n in range(200):
        with tenant_tx(way.people.tenant_id):  # a pause is not waited out, it is ended
            Operation.objects.filter(id=id).update(due_at="2020-01-01T00:00:00Z")
        running.run(way.people.tenant_id, id)
        with tenant_tx(way.people.tenant_id):
            found = Operation.objects.get(id=id)
        if found.ended:
            break
    assert found.state == "succeeded", (found.state, found.error)


def by_cli(way: Way, path: str, values: dict[str, Any]) -> None:
    _run(way, ["bash", "-euo", "pipefail", "-c"], way.code(path, values, "cli"))


def by_boto3(way: Way, path: str, values: dict[str, Any]) -> None:
    _run(way, [sys.executable, "-c"], way.code(path, values, "boto3"))


def _run(way: Way, program: list[str], text: str) -> None:
    done = subprocess.run([*program, text], env=way.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def make(people: People, folder: Path, endpoints: Mapping[str, str]) -> list[Way]:
    """The three of them, in three accounts that are alike."""
    found = []
    for does in (by_panel, by_cli, by_boto3):
        number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
        name = f"{does.__name__[3:]}-{secrets.token_hex(3)}"
        draft = keys_draft("", number, name=name, regions=(REGION,), endpoints=dict(endpoints))
        account = accounts.create_account(people.owner.actor, draft, check=False)
        found.append(Way(does.__name__, people, account, folder, does, endpoints))
    return found


# What is there


def things(way: Way, kinds: Iterable[str]) -> dict[tuple[str, str], Any]:
    """Everything of these kinds in the account, by kind and id."""
    way.sync(kinds)
    with tenant_tx(way.people.tenant_id):
        rows = Entry.objects.filter(account=way.account, kind__in=list(kinds), gone_at=None)
        return {(row.kind, row.resource_id): row.attrs for row in rows}


def settled(way: Way, kinds: Iterable[str]) -> dict[tuple[str, str], Any]:
    """The same, as soon as nothing is on its way from one state to another."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = things(way, kinds)
        if not any(_busy(kind, attrs) for (kind, _id), attrs in found.items()):
            return found
    raise AssertionError(f"never at rest: {found}")


def _busy(kind: str, attrs: Mapping[str, Any]) -> bool:
    state = registry.resource(kind).state
    return bool(state) and value_at(state.path, attrs) in state.busy


def delta(before: Mapping[Any, Any], after: Mapping[Any, Any], number: str) -> list[str]:
    """What became of what was there, in words that are the same in another account."""
    lines = []
    for kind, id in sorted({*before, *after}):
        was, now = before.get((kind, id)), after.get((kind, id))
        if was == now:
            continue
        word = "new" if was is None else "gone" if now is None else "changed"
        lines.append(f"{word} {kind} {_plain(now if now is not None else was, number)}")
    return sorted(lines)


_MOMENTS = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?")
_ADDRESSES = re.compile(r"\b\d{1,3}([.-])\d{1,3}\1\d{1,3}\1\d{1,3}\b(?!/\d)")
_IDS = re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}\b")
_RANDOM = re.compile(
    r"\b(?:[0-9a-f]{2}:){5,}[0-9a-f]{2}\b|\b[0-9a-f]{16,}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)
# A token, and who made it: each way has its own.
_OWN = {"ClientToken", "ETag", "LaunchTime", "RequestId"}


def _plain(value: Any, number: str) -> str:
    text = json.dumps(_without(copy.deepcopy(value)), sort_keys=True, default=str)
    for pattern, word in ((_MOMENTS, "MOMENT"), (_ADDRESSES, "ADDRESS"), (_IDS, r"\1-ID"), (_RANDOM, "RANDOM")):
        text = pattern.sub(word, text)
    return text.replace(number, "ACCOUNT")


def _without(value: Any) -> Any:
    if isinstance(value, datetime):
        return "MOMENT"
    if isinstance(value, dict):
        return {key: _without(each) for key, each in value.items() if key not in _OWN}
    if isinstance(value, list):
        kept = [_without(each) for each in value if not _is_mark(each)]
        return sorted(kept, key=lambda each: json.dumps(each, sort_keys=True, default=str))
    return value


def _is_mark(value: Any) -> bool:
    """The tag by which the panel finds its own unfinished calls again."""
    return isinstance(value, dict) and value.get("Key") == "northgate:operation"
