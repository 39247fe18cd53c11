"""Secrets of every sort are planted, used and made; then every page is visited and all that is kept is searched."""

from __future__ import annotations

import base64
import binascii
import io
import json
import logging
import re
import secrets
import socket
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import redis as redis_client
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from apps.cloud import clients, credentials, factory
from apps.cloud.models import Account
from apps.demo import postgres as servers
from apps.inventory import tasks as inventory
from apps.operations import tasks
from apps.tenancy.context import tenant_tx
from apps.users import factors
from apps.users.models import User
from apps.witness import rounds
from tests.operations.test_run import everything
from tests.servers import SUPERUSER_PASSWORD
from tests.tenancy import walk
from tests.tenancy.walk import make_victim, methods, send
from tests.users.test_factors import code

SECRET_KEY = f"planted+secret/key{secrets.token_hex(8)}"
PASSWORD = f"planted password {secrets.token_hex(8)}"
TYPED = {"secret_key": f"typed/secret+key{secrets.token_hex(8)}", "password": f"typed password {secrets.token_hex(8)}"}
SESSION = {"secret": f"planted/role/secret{secrets.token_hex(8)}", "token": f"planted/role/token{secrets.token_hex(8)}"}


class Found:
    """The secrets by name, and where they were seen."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.leaks: list[str] = []

    def search(self, place: str, text: str, *, but: str = "") -> None:
        for name, secret in self.secrets.items():
            if name != but and any(form in text for form in forms(secret)):
                self.leaks.append(f"{name} in {place}")


def forms(secret: str) -> tuple[str, ...]:
    """The ways in which text may hold it: as it is, in JSON, in an address, in hexadecimal, in base64."""
    raw = secret.encode()
    whole = base64.b64encode(raw).decode().rstrip("=")
    return secret, json.dumps(secret)[1:-1], secret.replace("/", "%2F").replace("+", "%2B"), raw.hex(), whole


def lines_of(pem: str) -> str:
    """The middle of a private key, which nothing else has."""
    return pem.strip().splitlines()[2]


@pytest.fixture
def log():
    """All that all loggers say with LOG_LEVEL=DEBUG, tracebacks too."""
    told = io.StringIO()
    handler, root = logging.StreamHandler(told), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def offline(monkeypatch):
    """Whoever may do anything tries everything here: nothing of that leaves the machine."""
    asked, looked = socket.socket.connect, socket.getaddrinfo

    def local(host):
        return str(host) in {"127.0.0.1", "localhost", "::1"}

    def connect(self, address):
        if isinstance(address, tuple) and not local(address[0]):
            raise OSError("offline")
        return asked(self, address)

    def look(host, *more, **named):
        if not local(host):
            raise socket.gaierror("offline")
        return looked(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", look)


def planted(world, found: Found):
    """An organization with an account of planted keys, and an owner with a planted password and a second factor who
    signs in with them."""
    victim = make_victim()
    found.secrets |= {"account's secret key": SECRET_KEY, "password": PASSWORD}
    found.secrets |= {f"typed {name}": text for name, text in TYPED.items()}
    names = ("SECRET_KEY", "NORTHGATE_KEY", "NORTHGATE_SEAL_KEY")
    found.secrets |= {name: getattr(settings, name) for name in names}
    with tenant_tx(victim.people.tenant_id):
        for id in (victim.ids.account, str(victim.staging.id)):
            account = Account.objects.get(id=id)
            account.secret = credentials.sealed_keys(account, "AKIAPLANTED", SECRET_KEY)
            account.endpoints = {"*": world.proxy.url}
            account.save()
        User.objects.filter(id=victim.people.owner.user.id).update(password=make_password(PASSWORD))
    browser = Client(raise_request_exception=False)
    answer = browser.post("/sign-in/", {"email": victim.people.owner.email, "password": PASSWORD})
    assert answer.status_code == 302
    page = browser.get("/profile/factors/app/").content.decode()
    found.secrets["app's secret"] = re.search(r'<code id="secret"[^>]*>([A-Z2-7]{32})</code>', page)[1]
    answer = browser.post("/profile/factors/app/", {"code": code(found.secrets["app's secret"])})
    codes = re.findall(r"\b\d{5}-\d{5}\b", answer.content.decode())
    found.secrets |= {"first recovery code": codes[0], "last recovery code": codes[-1]}
    assert Authenticator.objects.filter(user=victim.people.owner.user).count() == 2
    found.secrets["session"] = browser.cookies["sessionid"].value
    found.secrets["API token"] = victim.people.owner.token.split("_", 2)[2]
    return victim, browser, account


def test_a_planted_secret_is_nowhere(world, postgres, redis, log, tmp_path, monkeypatch, empty_queues, offline):
    found = Found()
    victim, browser, account = planted(world, found)
    bearer = victim.people.owner.bearer

    # A role's session, as AssumeRole answers it
    session = factory.Keys("ASIAPLANTED", SESSION["secret"], SESSION["token"])
    found.secrets |= {f"role's session {name}": secret for name, secret in SESSION.items()}
    made = factory.build(session, "ec2", "eu-west-1", endpoint=world.proxy.url)
    made.describe_regions()
    world.proxy.rule("DescribeRegions", code="AuthFailure", status=401)
    with pytest.raises(Exception, match="AuthFailure") as refused:
        made.describe_regions()
    found.search("botocore's exception", f"{refused.value!r} {refused.value}")

    # A key pair that the panel makes, and whose private key it shows once
    prepared = world.prepared(everything(world))
    (pem,) = [text for text in prepared.reveal.values() if "PRIVATE KEY" in text]
    found.secrets["private key"] = lines_of(pem)
    from apps.operations.submit import submit

    with tenant_tx(world.people.tenant_id):
        operation = submit(world.people.operator.actor, prepared)
    assert world.run(operation).state == "succeeded"

    # A presigned address
    answer = Client(headers=bearer).post(
        f"/api/v1/s3/buckets/{victim.ids.bucket}/objects/links/", json.dumps({"key": "a"}), "application/json"
    )
    signature = parse_qs(urlsplit(answer.json().get("url", "")).query).get("X-Amz-Signature", [""])[0]
    assert len(signature) == 64, answer.content
    found.secrets["presigned signature"] = signature

    # Tasks, with what they leave in the queue
    place = (str(account.tenant_id), str(account.id), "eu-west-1")
    inventory.sync_scope(*place, "ec2.instance")
    inventory.measure_scope(*place, "ec2.instance", ["cpu"])
    tasks.dispatch()

    # A failure where the secret is in a local variable
    def fails(self, *_args, **_more):
        unsealed = SECRET_KEY
        raise RuntimeError(f"something of {len(unsealed)} letters")

    with monkeypatch.context() as patch:
        patch.setattr(factory, "build", fails)
        clients.forget(account)
        for path in (f"/accounts/{account.id}/check/", f"/api/v1/accounts/{account.id}/check/"):
            answer = browser.post(path) if "api" not in path else Client(False, headers=bearer).post(path)
            found.search(f"the failure of {path}", answer.content.decode())
        inventory.sync_scope.apply(args=[*place, "ec2.volume"])
        clients.forget(account)

    # A code that opens nothing and one that does
    person = victim.people.owner.user
    assert factors.check(person, "00000-00000") == ""
    assert factors.check(person, found.secrets["last recovery code"])

    # Seals and their anchors
    rounds.go()
    found.search("the anchors", Path(settings.NORTHGATE_ANCHOR_FILE).read_text())

    # Every address by every method, as owner: first all pages, last what takes away
    tries = [(method, visit) for visit in walk.visits() for method in methods(visit)]
    tries.sort(key=lambda one: (one[0] != "GET", "/remove/" in one[1].path, one[0] == "DELETE"))
    statuses = set()
    for method, visit in tries:
        path = victim.ids.fill(visit.path).replace("{mine}", victim.ids.account)
        body = {name: TYPED.get(name, value) for name, value in victim.ids.fill(visit.body).items()}
        script = Client(raise_request_exception=False, headers=bearer) if path.startswith("/api/") else browser
        answer = send(script, method, path, body)
        told = answer.getvalue() if answer.streaming else answer.content
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        found.search(f"{method} {path}", told.decode(errors="replace") + str(headers))
        statuses.add((method, answer.status_code))
    assert {("POST", 302), ("POST", 202), ("POST", 201), ("DELETE", 204)} <= statuses, statuses

    found.search("the log", log.getvalue())
    assert len(log.getvalue()) > 500
    found.search("Redis", stored(redis))
    found.search("a dump", dumped(postgres, tmp_path))
    assert found.leaks == []
    assert len(found.secrets) == 16
    found.search("what holds them all", json.dumps(found.secrets))
    assert len(found.leaks) == 16  # so that it can see


def stored(url: str) -> str:
    """All of Redis, messages of the queue with their bodies decoded."""
    told = []
    with redis_client.Redis.from_url(url) as store:
        for key in store.scan_iter():
            told.append(key.decode(errors="replace"))
            match store.type(key):
                case b"list":
                    values = store.lrange(key, 0, -1)
                case b"hash":
                    values = [part for pair in store.hgetall(key).items() for part in pair]
                case b"zset":
                    values = store.zrange(key, 0, -1)
                case b"set":
                    values = store.smembers(key)
                case _:
                    values = [store.get(key)]
            for value in values:
                text = value.decode(errors="replace")
                told += [text, *(decoded(body) for body in re.findall(r'"body": "([^"]+)"', text))]
    assert any("operations.run" in one for one in told)
    return "\n".join(told)


def decoded(body: str) -> str:
    try:
        return base64.b64decode(body).decode(errors="replace")
    except binascii.Error:
        return ""


def dumped(url: str, folder: Path) -> str:
    """Every table in plain text."""
    program = servers._postgres_binaries(Path("/nonexistent")) / "bin" / "pg_dump"
    env = {"PGHOST": parse_qs(urlsplit(url).query)["host"][0], "PGPASSWORD": SUPERUSER_PASSWORD}
    words = [program, "-U", "postgres", "--data-only", connection.settings_dict["NAME"]]
    told = subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout
    assert "audit_event" in told
    return told
