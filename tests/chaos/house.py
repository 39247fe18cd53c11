"""The real application on servers of its own, and ways to make each part of it die."""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import redis

from apps.demo import database
from apps.demo import servers as demo
from apps.demo.processes import Process, wait_until
from tests.servers import ROOT, SUPERUSER_PASSWORD, Servers, _answers

WORKERS = ("worker1", "worker2")
# Shorter than the product's own, so that a run's waiting is bearable; the proportions are the same.
PATIENCE = {"NORTHGATE_CONNECT_SECONDS": "2", "NORTHGATE_READ_SECONDS": "3", "NORTHGATE_LEASE_SECONDS": "6"}


class Durable(Servers):
    """The tests' servers with a PostgreSQL that keeps what it committed when it is killed."""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "DATABASE_POOL": "4"}

    def start(self) -> None:
        self.start_postgres()
        self.start_redis()
        database.ensure(self.postgres.url, "northgate", owner_password="owner", app_password="application")
        self.started = True

    def start_postgres(self) -> None:
        self.postgres = demo.start_postgres(
            self.folder, password=SUPERUSER_PASSWORD, sink=self.folder / "postgres.log", durable=True
        )
        self._running.append(self.postgres)

    def start_redis(self) -> None:
        self.redis = demo.start_redis(self.folder, sink=self.folder / "redis.log")
        self._running.append(self.redis)


class House:
    """Web server, workers and beat. Whatever dies is started again, as a supervisor would."""

    def __init__(self, servers: Durable) -> None:
        self.servers, self.address = servers, servers.address("panel")
        self._env = {**demo.clean_environment(HOME=str(servers.folder)), **servers.environment(), **PATIENCE}
        self._env["DJANGO_SETTINGS_MODULE"] = "controlpanel.settings"
        celery = ["celery", "-A", "controlpanel"]
        worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING", "-Q", "operations", "-n"]
        port = str(servers.port("panel"))
        self._commands = {
            "web": ["uvicorn", "controlpanel.asgi:application", "--port", port, "--no-access-log"],
            **{name: [*worker, f"{name}@%h"] for name in WORKERS},
            "beat": [*celery, "beat", "--loglevel", "WARNING"],
        }
        self._all: list[Process] = []
        self._over = threading.Event()
        self.children = {name: self._start(name) for name in self._commands}
        wait_until(self.children["web"], lambda: _answers(f"{self.address}/healthz/live"))
        self._watch = threading.Thread(target=self._supervise, daemon=True)
        self._watch.start()

    def stop(self) -> None:
        self._over.set()
        self._watch.join()
        for child in self._all:
            if child.alive():
                os.killpg(child.pid, signal.SIGKILL)
            child.popen.wait()
        for pid in self._orphans():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _orphans(self) -> list[int]:
        """Workers that outlived their killed parent: processes with this house's environment."""
        ours, found = f"STATE_DIR={self.servers.folder}".encode(), []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                with contextlib.suppress(OSError):
                    words = (folder / "environ").read_bytes().split(b"\0")
                    if ours in words and b"controlpanel" in (folder / "cmdline").read_bytes():
                        found.append(int(folder.name))
        return found

    def log(self, name: str) -> Path:
        return self.servers.folder / f"{name}.log"

    def _start(self, name: str) -> Process:
        words = self._commands[name]
        made = Process(name, [sys.executable, "-m", *words], env=self._env, sink=self.log(name), cwd=ROOT, grace=3)
        self._all.append(made)
        return made

    def _supervise(self) -> None:
        while not self._over.wait(0.5):
            for name, child in list(self.children.items()):
                if not child.alive():
                    self.children[name] = self._start(name)


class Storm:
    """Kills something every few seconds, by the seed, until it is told to stop. `deaths` counts what died."""

    def __init__(self, house: House, seed: int, every: tuple[float, float]) -> None:
        self.house, self.deaths, self._every = house, Counter[str](), every
        self._dice = random.Random(f"storm {seed}")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self._bag: list[str] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(60)

    def _blow(self) -> None:
        while not self._over.wait(self._dice.uniform(*self._every)):
            # From a bag, so that even a short run has each of them.
            if not self._bag:
                self._bag = ["worker", "child", "child", "parent", "beat", "web", "flush", "redis", "postgres"]
                self._dice.shuffle(self._bag)
            what = self._bag.pop()
            getattr(self, f"_{what}")()
            self.deaths[what] += 1

    def _worker(self) -> None:
        """One worker with its children, as a power cut would."""
        self._kill(self._dice.choice(WORKERS), group=True)

    def _parent(self) -> None:
        """A worker without its children, which may go on for a while."""
        self._kill(self._dice.choice(WORKERS), group=False)

    def _child(self) -> None:
        pid = self.house.children[self._dice.choice(WORKERS)].pid
        with contextlib.suppress(OSError, ValueError):
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if found:
                os.kill(int(self._dice.choice(found)), signal.SIGKILL)

    def _beat(self) -> None:
        self._kill("beat", group=True)

    def _web(self) -> None:
        self._kill("web", group=True)

    def _kill(self, name: str, *, group: bool) -> None:
        child = self.house.children[name]
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(child.pid, signal.SIGKILL)

    def _flush(self) -> None:
        with contextlib.suppress(redis.RedisError):
            redis.Redis.from_url(self.house.servers.redis.url).flushall()

    def _redis(self) -> None:
        process = self.house.servers.redis.process
        assert process
        process.popen.kill()
        process.popen.wait()
        time.sleep(self._dice.uniform(0, 1))
        self.house.servers.start_redis()

    def _postgres(self) -> None:
        """`pg_ctl -m immediate`: every session is cut, nothing is written, the log is replayed at the next start."""
        process = self.house.servers.postgres.process
        assert process
        process.popen.send_signal(signal.SIGQUIT)
        process.popen.wait()
        time.sleep(self._dice.uniform(0, 1))
        self.house.servers.start_postgres()
