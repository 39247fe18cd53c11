"""What people ask for while everything breaks: operations in lanes, each by REST with an idempotency key."""

import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import psycopg

LANES = 24
PATIENCE = 300.0  # seconds after which an operation counts as stuck
TYPES = ("t3.small", "t3.micro")
# What is done to an instance or a bucket that is there, and the last part of its address.
LATER = {verb: verb for verb in ("stop", "start", "tag", "empty", "delete")}
LATER |= {"type": "change-type", "versions": "edit-versioning"}
OBJECTS = 30  # that are put into a bucket before it is emptied


@dataclass
class Ask:
    """One thing asked for. `verb` is what was really asked: what needs an instance is a launch where there is none.
    `target` is the instance or bucket, `running` how the instance was, `value` what it was to be given."""

    number: int
    verb: str
    name: str
    target: str = ""
    operation: str = ""
    state: str = ""
    count: int = 1
    running: bool = False
    value: str = ""
    refusals: list[str] = field(default_factory=list)


def plan(seed: int, count: int) -> list[list[str]]:
    """Chains of verbs: what is launched is stopped, started, tagged and made another type, what is created is set,
    emptied and deleted, some are wizards, some must fail."""
    dice, chains, total = random.Random(f"work {seed}"), [], 0
    kinds = {"life": 4, "wizard": 3, "bucket": 3, "doomed": 2, "doomed-full": 1, "doomed-bucket": 1}
    while total < count:
        kind = dice.choices(list(kinds), list(kinds.values()))[0]
        chain = [kind]
        if kind == "life":
            chain = ["launch", *dice.choices(("stop", "tag", "type"), (4, 2, 2), k=dice.randint(2, 4))]
        elif kind == "bucket":
            chain = ["bucket", "versions", "empty", "delete"][: dice.randint(2, 4)]
        chain = chain[: count - total]
        chains.append(chain)
        total += len(chain)
    return chains


class Watch:
    """The states of all operations, read again and again past the application."""

    def __init__(self, dsn: str, tenant: str) -> None:
        self._dsn, self._tenant = dsn, tenant
        self.states: dict[str, str] = {}
        self._news = threading.Condition()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(10)

    def ended(self, operation: str, seconds: float) -> str:
        """The state that the operation ended in, or nothing when it has not in time."""
        with self._news:
            self._news.wait_for(lambda: self.states.get(operation) not in {None, "queued", "running"}, seconds)
            state = self.states.get(operation, "")
        return "" if state in {"queued", "running"} else state

    def _look(self) -> None:
        wanted = "SELECT id::text, state FROM operations_operation WHERE tenant_id = %s"
        while not self._over.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=2) as connection:
                    while not self._over.wait(0.25):
                        found = dict(connection.execute(wanted, [self._tenant]).fetchall())
                        with self._news:
                            self.states = found
                            self._news.notify_all()
            except psycopg.Error:
                self._over.wait(0.3)


class Work:
    """The lanes. `asks` is everything that was asked for, `retries` how often a request had to be sent again."""

    def __init__(
        self, address: str, token: str, place: dict[str, str], image: str, storage: Any, watch: Watch, seed: int
    ) -> None:
        self.address, self.token, self.place, self.image = address, token, place, image
        self.storage, self.watch, self.seed = storage, watch, seed
        self.asks: list[Ask] = []
        self.retries = 0
        self.problems: list[str] = []
        self._lock = threading.Lock()

    def go(self, chains: list[list[str]]) -> None:
        """Returns when all has ended, or is stuck."""
        waiting = list(reversed(chains))

        def lane() -> None:
            while True:
                with self._lock:
                    if not waiting:
                        return
                    chain = waiting.pop()
                try:
                    self._chain(chain)
                except Exception as error:  # a lane that ends silently would hide what it was to ask
                    self.problems.append(f"{chain}: {error!r}")

        lanes = [threading.Thread(target=lane, daemon=True) for _ in range(LANES)]
        for one in lanes:
            one.start()
        for one in lanes:
            one.join()

    def _chain(self, chain: list[str]) -> None:
        there, running, type = "", False, TYPES[1]  # the instance or bucket that the chain is about
        for verb in chain:
            if verb == "stop" and not running:
                verb = "start"
            ask = self._new(verb if there or verb not in LATER else chain[0])
            ask.running = running
            if ask.verb in LATER:
                ask.target = there
                ask.value = TYPES[type == TYPES[0]] if verb == "type" else str(ask.number) if verb == "tag" else ""
            if ask.verb in {"empty", "delete"}:
                self._fill(there)
            made = self._post(ask)
            ask.operation = made["id"] if made else ""
            ask.state = self.watch.ended(ask.operation, PATIENCE) if made else ""
            if ask.state != "succeeded" or ask.verb == "delete":
                there, running, type = "", False, TYPES[1]
            elif ask.verb in {"launch", "bucket"}:
                there, running = self._result(ask), ask.verb == "launch"
            elif ask.verb in {"stop", "start"}:
                running = ask.verb == "start"
            elif ask.verb == "type":
                type = ask.value

    def _new(self, verb: str) -> Ask:
        with self._lock:
            number = len(self.asks)
            prefix = verb if verb.startswith("doomed") else "chaos"
            ask = Ask(number, verb, f"{prefix}-{self.seed}-{number}", count=1 + number % 2 if verb == "wizard" else 1)
            self.asks.append(ask)
        return ask

    def _fill(self, bucket: str) -> None:
        """Past the proxy: it is not the panel that puts these there."""
        for n in range(OBJECTS):
            self.storage.put_object(Bucket=bucket, Key=f"k/{n} <é>", Body=b"x")

    def _body(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        if ask.verb in {"versions", "empty", "delete"}:
            values = {"versions": {"status": "Enabled"}, "empty": {}, "delete": {"empty": True}}[ask.verb]
            return f"/s3/buckets/{ask.target}/{LATER[ask.verb]}/", values
        if ask.verb in LATER:
            tags = {"tags": [{"key": "chaos", "value": ask.value}]}
            values = {"tag": tags, "type": {"type": ask.value, "stop": True}}.get(ask.verb, {})
            return f"/ec2/instances/{ask.target}/{LATER[ask.verb]}/", values
        if ask.verb in {"bucket", "doomed-bucket"}:
            return "/s3/buckets/", {**self.place, "name": ask.name}
        body = {**self.place, "name": ask.name, "image": self.image, "type": TYPES[1], "access": "none"}
        body |= {"count": ask.count}
        if ask.verb != "launch":
            body |= {"access": "new", "new_key_name": ask.name, "group_choice": "new", "new_group_name": ask.name}
            body |= {"rules": [{"type": "ssh", "source": "192.0.2.7/32"}]}
        return "/ec2/instances/", body

    def _post(self, ask: Ask) -> dict[str, Any] | None:
        """Asks until there is an answer, under one key: what was asked for twice is done once."""
        path, body = self._body(ask)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            status, found = self._ask("POST", path, body, {"Idempotency-Key": f"{self.seed}-{ask.number}"})
            if status == 202:
                return found
            if 400 <= status < 500:
                ask.refusals.append(f"{status} {json.dumps(found)[:300]}")
                # A reader that died late may have left what it saw before: the list is right again after a moment.
                if len(ask.refusals) > 10:
                    return None
            self.retries += 1
            time.sleep(0.5)
        return None

    def _result(self, ask: Ask) -> str:
        while True:
            status, found = self._ask("GET", f"/operations/{ask.operation}/", None, {})
            if status == 200:
                return str(found["result"]["ids"][0])
            time.sleep(0.5)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/api/v1{path}", data, headers, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else {}
        except (OSError, ValueError) as error:  # the web server died, or is not there yet
            return 0, {"error": repr(error)}
