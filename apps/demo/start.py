"""What `make up` does, in order: servers, demo cloud, database, tenants, panel. Everything runs until it is stopped."""

import json
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from apps.demo import cloud_venv, database, servers
from apps.demo.processes import Process, ServerFailed, run, wait_until
from apps.demo.state import State, end_leftovers, started_at
from apps.demo.supervisor import CannotGoOn, Supervisor, Terminal

ROOT = Path(__file__).resolve().parent.parent.parent
# What PostgreSQL and Redis say of an ordinary day, their own start and stop above all.
DULL = re.compile(
    r"LOG:  |FATAL:  (the database system is|terminating connection due to administrator command)|$"
    r"|worker: (Warm|Cold) shutdown"
    r"|\d+:[CM] .* # (oO0OoO0O|Redis |Configuration loaded|Server initialized|User requested shutdown|WARNING Memory)"
    r"|\d+:signal-handler"
)


@dataclass
class Demo:
    """One `make up`. `port` is the web server's, on 127.0.0.1."""

    state: State
    port: int
    terminal: Terminal
    supervisor: Supervisor
    _doors: dict[str, Any] = field(default_factory=dict)
    _cloud_problem: BaseException | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> None:
        """Start everything, then watch it. Returns never: ends by StopAsked, ServerFailed or CannotGoOn."""
        began = time.monotonic()
        for name in end_leftovers(self.state):
            self.say(f"{name} was left over from a start that was killed. Ended it.")
        require_free(self.port)
        ports = self.state.ports("ec2", "aws")
        cloud = threading.Thread(target=self._start_cloud, args=(ports,), daemon=True)
        cloud.start()
        environment, owner = self._start_databases(ports)
        self._manage("prepare_demo", {**environment, **owner})
        web = self._start_panel(environment)
        self._note(environment)
        wait_until(web, lambda: servers.http_answers(f"{self.address}/healthz/ready"), every=0.2)
        self._print_sign_ins(time.monotonic() - began)
        self._connect_cloud(cloud, environment)
        self._start_beat(environment)
        self._note(environment)
        while True:
            time.sleep(0.3)
            if self.supervisor.check():
                self._note(environment)

    def say(self, text: str) -> None:
        self.terminal.line("up", text)

    def _sink(self, name: str, line: str) -> None:
        if not DULL.match(line):
            self.terminal.line(name, line)

    # Servers

    def _start_databases(self, ports: Mapping[str, int]) -> tuple[dict[str, str], dict[str, str]]:
        """The panel's environment, and what migrations need besides."""
        own = database_given() or self._start_postgres()
        redis = self._start_redis()
        origins = [f"http://127.0.0.1:{port}" for port in ports.values()]
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "STATE_DIR": str(self.state.folder),
            "SECRET_KEY": self.state.secrets["SECRET_KEY"],
            "NORTHGATE_KEY": self.state.secrets["NORTHGATE_KEY"],
            "NORTHGATE_SEAL_KEY": os.environ.get("NORTHGATE_SEAL_KEY") or self.state.seal_key,
            "NORTHGATE_ORIGIN": self.address,
            "EMAIL_URL": os.environ.get("EMAIL_URL", "log:"),
            "NORTHGATE_ENDPOINTS": ",".join(origins),
            "DATABASE_URL": own.url,
            "REDIS_URL": redis,
        }
        environment.pop("DATABASE_OWNER_URL", None)
        return environment, {"DATABASE_OWNER_URL": own.owner_url}

    def _start_postgres(self) -> database.Database:
        secrets = self.state.secrets
        running = servers.start_postgres(self.state.folder, password=secrets["postgres"], sink=self._sink)
        self.supervisor.keep(running.process)
        return database.ensure(running.url, "northgate", owner_password=secrets["owner"], app_password=secrets["app"])

    def _start_redis(self) -> str:
        given = os.environ.get("REDIS_URL")
        if given:
            if not servers.redis_answers(given):
                raise ServerFailed("Nothing answers at REDIS_URL.")
            return given
        running = servers.start_redis(self.state.folder, sink=self._sink)
        self.supervisor.keep(running.process)
        return running.url

    def _start_cloud(self, ports: Mapping[str, int]) -> None:
        """In a thread beside the rest: the panel doesn't need the demo cloud to start."""
        folder, secrets = self.state.folder, self.state.secrets
        try:
            python = cloud_venv.ensure(folder)
            aws = servers.start_ministack(folder, python, port=ports["aws"], sink=self._sink)
            self.supervisor.keep(aws.process)
            ec2 = servers.start_demo_ec2(folder, python, port=ports["ec2"], iam=aws.url, sink=self._sink)
            self.supervisor.keep(ec2.process)
            seeded = servers.seed_demo_cloud(
                folder, python, ec2=ec2.url, aws=aws.url, born=secrets["born"], external_id=secrets["external_id"]
            )
            self._doors = {"ec2": ec2.url, "aws": aws.url, **seeded}
        except BaseException as problem:
            self._cloud_problem = problem

    # The panel

    def _manage(self, command: str, environment: Mapping[str, str], given: str | None = None) -> None:
        output = run(command, [sys.executable, ROOT / "manage.py", command], env=environment, cwd=ROOT, given=given)
        for line in output.splitlines():
            self.say(line)

    def _start_panel(self, environment: Mapping[str, str]) -> Process:
        def starter(name: str, *words: str, grace: float) -> Callable[[], Process]:
            # Root in a container is no reason for celery to warn at each start.
            command = [sys.executable, "-W", "ignore:::celery.platforms", "-m", *words]
            return lambda: Process(name, command, env=environment, sink=self._sink, cwd=ROOT, grace=grace)

        # Embedded, one ASGI process serves pages, REST and events alike.
        web = ("uvicorn", "controlpanel.asgi:application", "--host", "127.0.0.1", "--port", str(self.port))
        quiet = ("--log-level", "warning", "--no-access-log", "--lifespan", "off", "--timeout-graceful-shutdown", "1")
        celery = ("celery", "--quiet", "-A", "controlpanel", "worker", "--concurrency", "2", "--loglevel", "WARNING")
        alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        started = self.supervisor.keep_up("web", starter("web", *web, *quiet, grace=4))
        # Killing a worker loses nothing: its operation is taken up again when its lease runs out.
        for name, queue in (("worker", "operations"), ("sync", "inventory")):
            self.supervisor.keep_up(name, starter(name, *celery, *alone, "-Q", queue, "-n", f"{name}@%h", grace=4))
        return started

    def _start_beat(self, environment: Mapping[str, str]) -> None:
        """Last: until the accounts are connected anew, its refreshes would only find closed doors."""
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "controlpanel", "beat", "--loglevel", "WARNING"]
        self.supervisor.keep_up(
            "beat", lambda: Process("beat", command, env=environment, sink=self._sink, cwd=ROOT, grace=2)
        )

    def _connect_cloud(self, cloud: threading.Thread, environment: Mapping[str, str]) -> None:
        while cloud.is_alive():
            self.supervisor.check()
            cloud.join(0.3)
        if isinstance(self._cloud_problem, ServerFailed):
            raise self._cloud_problem
        if self._cloud_problem:
            raise CannotGoOn(f"The demo cloud did not start: {self._cloud_problem!r}") from self._cloud_problem
        self._manage("connect_demo", environment, given=json.dumps(self._doors))

    def _note(self, environment: Mapping[str, str]) -> None:
        told = ("STATE_DIR", "NORTHGATE_ORIGIN", "NORTHGATE_ENDPOINTS", "DATABASE_URL", "REDIS_URL")
        processes = {name: [pid, started_at(pid)] for name, pid in self.supervisor.pids().items()}
        self.state.note_running({"environment": {name: environment[name] for name in told}, "processes": processes})

    def _print_sign_ins(self, seconds: float) -> None:
        from apps.demo.tenants import PEOPLE

        self.say("")
        self.say(f"Northgate is ready after {seconds:.0f} s:  {self.address}")
        self.say("")
        width = max(len(person.email) for person in PEOPLE)
        for person in PEOPLE:
            password = self.state.secrets["sign_ins"][person.role]
            self.say(f"  {person.email:<{width}}  {password:<14}  {person.about}")
        self.say("")
        self.say("Ctrl-C stops everything; what you did is there again after the next start.")


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            raise ServerFailed(
                f"Port {port} can't be used ({problem.strerror}). Choose another: make up PORT={port + 100}"
            ) from None


def database_given() -> database.Database | None:
    """The database of DATABASE_URL (the application's role) and DATABASE_OWNER_URL (who migrates), if given."""
    url, owner_url = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
    if not url:
        return None
    if not owner_url:
        raise ServerFailed("DATABASE_URL is given, but not DATABASE_OWNER_URL: migrations run as the tables' owner.")
    for name, address in (("DATABASE_URL", url), ("DATABASE_OWNER_URL", owner_url)):
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.Error as problem:
            raise ServerFailed(f"{name} can't be connected to: {str(problem).strip()}") from None
    return database.Database(url, owner_url)


def panel_environment(state: State) -> dict[str, str]:
    """The environment of the panel that runs on this state folder, for a manage.py command beside it."""
    noted = state.running().get("environment")
    if not noted:
        raise ServerFailed(f"No panel runs on {state.folder}. Start it: make up")
    return {
        **os.environ,
        **noted,
        "SECRET_KEY": state.secrets["SECRET_KEY"],
        "NORTHGATE_KEY": state.secrets["NORTHGATE_KEY"],
        "NORTHGATE_SEAL_KEY": os.environ.get("NORTHGATE_SEAL_KEY") or state.seal_key,
    }
