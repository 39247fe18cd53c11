"""A running panel with a connected account, for journeys by REST and in the browser."""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

import pytest

from apps.cloud import clients
from apps.cloud.accounts import create_account
from apps.cloud.connect import Draft
from apps.inventory import sync
from tests.people import make_people
from tests.proxy import Proxy

REGION = "eu-west-1"
KINDS = (
    "ec2.image",
    "ec2.instance-type",
    "ec2.vpc",
    "ec2.subnet",
    "ec2.security-group",
    "ec2.key-pair",
    "ec2.instance",
)


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any


@dataclass
class Stage:
    """The running panel, its people, and their account in the emulator."""

    address: str
    people: Any
    account: Any
    aws: Any
    proxy: Proxy

    def ask(self, person, method, path, body=None, **headers) -> Answer:
        """One REST request with the person's token."""
        data = None if body is None else json.dumps(body).encode()
        url = path if path.startswith("http") else f"{self.address}/api/v1{path}"
        request = urllib.request.Request(url, data, person.bearer | headers, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        return Answer(answer.status, json.loads(text) if text else None, answer.headers)

    def ended(self, person, operation_id, seconds=90) -> dict[str, Any]:
        """The operation once it has ended: asks until then."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.ask(person, "GET", f"/operations/{operation_id}/").body
            if found["state"] not in {"queued", "running"}:
                return found
            pause(0.2)
        raise AssertionError(f"not ended: {found}")

    def image(self) -> str:
        answer = self.ask(self.people.viewer, "GET", "/ec2/images/?q=al2023&limit=500")
        return next(i["id"] for i in answer.body["results"] if i["columns"]["architecture"] == "x86_64")


def pause(seconds: float) -> None:
    """The API is asked again after a pause: it has no event to wait for."""

    threading.Event().wait(seconds)


@pytest.fixture(scope="session")
def stage(running, ministack, proxy):
    people = make_people()
    draft = Draft(
        name="prod-payments",
        number="123456789012",
        environment="production",
        regions=(REGION,),
        credential="keys",
        access_key="AKIA" + secrets.token_hex(8).upper(),
        secret_key="secret",
        endpoints={"ec2": proxy.url, "*": ministack},
    )
    account = create_account(people.owner.actor, draft, check=False)
    for kind in KINDS:
        outcome = sync.sync(account, REGION, kind)
        assert outcome.error is None, outcome.error
    return Stage(running.address, people, account, clients.client(account, "ec2", REGION), proxy)


@pytest.fixture(autouse=True)
def _quiet_proxy(proxy):
    proxy.reset()
    yield
    proxy.reset()
