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


@dataclass
class Ask:
    """One thing asked for. `verb` is what was really asked: what needs an instance is a launch where there is none."""

    number: int
    verb: str
    name: str
    target: str = ""
    operation: str = ""
    state: str = ""
    count: int = 1
    refusals: list[str] = field(default_factory=list)


def plan(seed: int, count: int) -> list[list[str]]:
    """Chains of verbs: what is launched is stopped and started, some are wizards, some must fail."""
    dice, chains, total = random.Random(f"work {seed}"), [], 0
    while total < count:
        kind = dice.choices(("life", "wizard", "doomed", "doomed-full"), (4, 3, 2, 1))[0]
        chain = ["launch", "stop", "start", "stop", "start"][: dice.randint(3, 5)] if kind == "life" else [kind]
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

    def __init__(self, address: str, token: str, place: dict[str, str], image: str, watch: Watch, seed: int) -> None:
        self.address, self.token, self.place, self.image, self.watch, self.seed = (
            address,
            token,
            place,
            image,
            watch,
            seed,
        )
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
        instance = ""
        for verb in chain:
            ask = self._new(verb if instance or verb not in {"stop", "start"} else "launch")
            if ask.verb in {"stop", "start"}:
                ask.target = instance
            made = self._post(ask)
            if not made:
                instance = ""
                continue
            ask.operation = made["id"]
            ask.state = self.watch.ended(ask.operation, PATIENCE)
            if ask.verb == "launch":
                instance = self._result(ask) if ask.state == "succeeded" else ""
            elif ask.state != "succeeded":
                instance = ""

    def _new(self, verb: str) -> Ask:
        with self._lock:
            number = len(self.asks)
            prefix = verb if verb.startswith("doomed") else "chaos"
            ask = Ask(number, verb, f"{prefix}-{self.seed}-{number}", count=1 + number % 2 if verb == "wizard" else 1)
            self.asks.append(ask)
        return ask

    def _body(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        if ask.target:
            return f"/ec2/instances/{ask.target}/{ask.verb}/", {}
        body = {**self.place, "name": ask.name, "image": self.image, "type": "t3.micro", "access": "none"}
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
