"""Three ways of doing the same, each in an AWS account of its own: the panel, the AWS CLI's text and boto3's text."""

import itertools
import json
import os
import re
import secrets
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from apps.catalog import model, registry
from apps.catalog.resources import Action
from apps.cloud import accounts, clients
from apps.inventory import sync
from apps.inventory.models import Entry
from apps.operations import run as running
from apps.operations.models import Operation
from apps.tenancy.context import tenant_tx
from tests.api.world import Api
from tests.cloud.helpers import keys_draft
from tests.code import shell
from tests.people import People

REGION = "us-east-1"
REGIONS = (REGION, "eu-central-1")


@dataclass
class Way:
    """An AWS account, and one way to change something in it. `kinds` are those that are looked at."""

    name: str
    people: People
    account: Any
    folder: Path
    does: Callable[["Way", str, dict[str, Any]], None]
    endpoints: Mapping[str, str]
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def aws(self, service: str, region: str = REGION) -> Any:
        """A boto3 client in the account."""
        return clients.client(self.account, service, region)

    def sync(self, kinds: Iterable[str]) -> None:
        for kind in kinds:
            place = "global" if registry.resource(kind).scope == "global" else REGION
            outcome = sync.sync(self.account, place, kind)
            assert outcome.error is None, (kind, outcome.error)

    def begin(self, act: str) -> None:
        """Names of an act's things are numbered from the same number in each account, whatever failed before."""
        self.numbers = itertools.count(zlib.crc32(act.encode()) % 100_000 * 10)

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
        if "?" in path:  # a wizard
            answer = self.api.post(_query(path, more), {**place, **values})
        else:
            answer = self.api.post(_query(path, {**place, **more}), values)
        assert answer.status_code in {200, 202}, answer.content.decode()
        return answer.json()

    def code(self, path: str, values: dict[str, Any], lang: str) -> str:
        outline = self.ask(path, values, plan="1")
        return next(str(one["text"]) for one in outline["code"] if one["id"] == lang)

    @cached_property
    def environment(self) -> dict[str, str]:
        """That of somebody who has a profile of the account's name, and nothing else."""
        config = self.folder / f"{self.name}.ini"
        own = "\n".join(f"{_id(name)} =\n  endpoint_url = {url}" for name, url in self.endpoints.items() if name != "*")
        config.write_text(
            f"[profile {self.account.name}]\naws_access_key_id = {self.account.number}\naws_secret_access_key = x\n"
            f"endpoint_url = {self.endpoints['*']}\nservices = here\n[services here]\n{own}\n"
        )
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return {"AWS_CONFIG_FILE": str(config), "HOME": str(self.folder), "PATH": path, "LANG": "C.UTF-8"}


def _id(service: str) -> str:
    """A service as a profile's file names it."""
    metadata = model.loader().load_service_model(service, "service-2")["metadata"]
    return str(metadata["serviceId"]).lower().replace(" ", "_")


def _path(action: Action, id: str) -> str:
    where = f"/{action.resource.service}/{action.resource.slug}/"
    return f"{where}?wizard={action.verb}" if action.creates else f"{where}{quote(id, safe='')}/{action.verb}/"


def _query(path: str, parts: Mapping[str, str]) -> str:
    words = "&".join(f"{key}={quote(value)}" for key, value in parts.items())
    return path + (("&" if "?" in path else "?") + words if words else "")


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
    shell.bash(way.code(path, values, "cli"), way.environment, way.folder)


def by_boto3(way: Way, path: str, values: dict[str, Any]) -> None:
    shell.python(way.code(path, values, "boto3"), way.environment)


def make(people: People, folder: Path, endpoints: Mapping[str, str]) -> list[Way]:
    """The three of them, in three accounts that are alike."""
    found = []
    for does in (by_panel, by_cli, by_boto3):
        number = str(secrets.randbelow(899_999_999_999) + 100_000_000_000)
        name = f"{does.__name__[3:]}-{secrets.token_hex(3)}"
        draft = keys_draft("", number, name=name, regions=REGIONS, endpoints=dict(endpoints))
        account = accounts.create_account(people.owner.actor, draft, check=False)
        found.append(Way(does.__name__, people, account, folder, does, endpoints))
    return found


# What is there


def things(way: Way, kind: str, id: str, kinds: Iterable[str]) -> dict[tuple[str, str], Entry]:
    """What the act is done to, or all of its kind for a wizard, and everything of the other kinds; by kind and id."""
    if id:
        way.know(kind, id)
    way.sync([*kinds, *([] if id else [kind])])
    with tenant_tx(way.people.tenant_id):
        rows = Entry.objects.filter(account=way.account, kind__in=[kind, *kinds], gone_at=None)
        found = {(row.kind, row.resource_id): row for row in rows}
    return {key: row for key, row in found.items() if key in {(kind, id)} or row.kind in kinds or not id}


def settled(way: Way, kind: str, id: str, kinds: Iterable[str]) -> dict[tuple[str, str], Entry]:
    """The same, as soon as nothing is on its way from one state to another."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = things(way, kind, id, kinds)
        if not any(_busy(row) for row in found.values()):
            return found
    raise AssertionError(f"never at rest: {found}")


def _busy(row: Entry) -> bool:
    state = registry.resource(row.kind).state
    return bool(state) and row.state in state.busy


def delta(before: Mapping[Any, Entry], after: Mapping[Any, Entry], number: str) -> list[str]:
    """What became of what was there, in words that are the same in another account."""
    lines = []
    for kind, id in sorted({*before, *after}):
        was, now = before.get((kind, id)), after.get((kind, id))
        if was and now and was.attrs == now.attrs:
            continue
        word = "new" if was is None else "gone" if now is None else "changed"
        lines.append(f"{word} {kind} {plain((now or was).attrs, number)}")
    return sorted(lines)


_MOMENTS = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?")
_ADDRESSES = re.compile(r"\b\d{1,3}([.-])\d{1,3}\1\d{1,3}\1\d{1,3}\b(?!/\d)")
_IDS = re.compile(r"\b([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8,17}\b")
# Of the demo's IPv6 blocks only the share of a VPC's that it is.
_SIX = re.compile(r"2001:db8:[0-9a-f]{1,4}:[0-9a-f]{1,2}([0-9a-f]{2})::(/\d+)")
_RANDOM = re.compile(
    r"\b(?:[0-9a-f]{2}:){5,}[0-9a-f]{2}\b|\b[0-9a-f]{16,}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)
# A token, and who made it: each way has its own.
_OWN = {"ClientToken", "ETag", "LaunchTime", "PercentageComplete", "RequestId"}


def plain(value: Any, number: str) -> str:
    """A value as text, without what differs between accounts that are alike."""
    return json.dumps(_plain(value, number), sort_keys=True)


# What an alarm makes of its metric, which goes on meanwhile.
_JUDGED = {"StateReason", "StateReasonData", "StateTransitionedTimestamp", "StateUpdatedTimestamp", "StateValue"}


def _plain(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        if "AlarmArn" in value:
            value = {key: each for key, each in value.items() if key not in _JUDGED}
        return {key: _plain(each, number) for key, each in value.items() if key not in _OWN}
    if isinstance(value, list | tuple):
        kept = [_plain(each, number) for each in value if not _is_mark(each)]
        return sorted(kept, key=lambda each: json.dumps(each, sort_keys=True))
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    words = ((_MOMENTS, "MOMENT"), (_ADDRESSES, "ADDRESS"), (_SIX, r"SIX-\1\2"), (_RANDOM, "RANDOM"), (_IDS, r"\1-ID"))
    for pattern, word in words:
        text = pattern.sub(word, text)
    return text.replace(number, "ACCOUNT")


def _is_mark(value: Any) -> bool:
    """The tag by which the panel finds its own unfinished calls again."""
    return isinstance(value, dict) and value.get("Key") == "northgate:operation"
