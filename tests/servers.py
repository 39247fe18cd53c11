"""The test session's servers: the same functions that `make up` starts them with."""

import atexit
import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import redis

from apps.demo import cloud_venv, database
from apps.demo import servers as demo
from apps.demo.processes import Process, wait_until

ROOT = Path(__file__).resolve().parent.parent
SUPERUSER_PASSWORD = "superuser-of-the-tests"


class Servers:
    """What one pytest process has started, with every address known before anything starts."""

    def __init__(self) -> None:
        # A session that fails before it begins never gets to its own end.
        atexit.register(self.stop)
        self.started = False
        self.panel: Panel | None = None  # a running one, while there is one
        self._running: list[demo.Running] = []
        self._folder: Path | None = None
        self._held: list[socket.socket] = []
        self._ports = {
            name: self._free_port()
            for name in ("moto", "ministack", "demo_ec2", "brisk_ec2", "proxy", "storage_proxy", "panel")
        }
        # Where `make up` keeps the emulators' packages. Under a name of its own, for what this process starts (pytest's
        # workers, a run of chaos) inherits its STATE_DIR, and would install them anew.
        kept = os.environ.get("STATE_DIR", str(ROOT / ".state"))
        self.packages = Path(os.environ.setdefault("TESTS_PACKAGES", kept))
        self._environment = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "NORTHGATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "NORTHGATE_SEAL_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "NORTHGATE_ENDPOINTS": ",".join(self.address(name) for name in self._ports if name != "panel"),
            "NORTHGATE_ORIGIN": self.address("panel"),
            "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
            "DEBUG": "0",
            "PLAIN_STATIC": "1",
            "LOG_LEVEL": "WARNING",
            # What a killed worker held is free sooner.
            "NORTHGATE_LEASE_SECONDS": "10",
        }

    def _free_port(self) -> int:
        """One that no other process of tests chooses before somebody listens on it: they would meet once in a hundred
        runs. What holds it is a name that goes with this process."""
        while True:
            port, name = demo.free_port(), socket.socket(socket.AF_UNIX)
            try:
                name.bind(f"\0northgate-tests-{port}")
            except OSError:
                name.close()
                continue
            self._held.append(name)
            return port

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def port(self, name: str) -> int:
        return self._ports[name]

    @property
    def folder(self) -> Path:
        """The session's state folder. Short (sockets lie in it), and servers' own accounts may pass through it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="northgate-tests-"))
            self._folder.chmod(0o711)
        return self._folder

    def environment(self) -> dict[str, str]:
        """The panel's environment. The servers' addresses are those of `start`, which may come later or never."""
        place = str(self.folder / "postgres")
        return {
            **self._environment,
            "STATE_DIR": str(self.folder),
            "DATABASE_URL": f"postgresql://{database.APPLICATION}:application@/northgate?host={place}",
            "DATABASE_OWNER_URL": f"postgresql://{database.OWNER}:owner@/northgate?host={place}",
            "REDIS_URL": f"unix://{self.folder}/redis/redis.sock",
        }

    def start(self) -> None:
        """PostgreSQL with an empty database, and Redis."""
        self.postgres = demo.start_postgres(
            self.folder, password=SUPERUSER_PASSWORD, sink=self.folder / "postgres.log", durable=False
        )
        self._running.append(self.postgres)
        self.redis = demo.start_redis(self.folder, sink=self.folder / "redis.log")
        self._running.append(self.redis)
        database.ensure(self.postgres.url, "northgate", owner_password="owner", app_password="application")
        self.started = True

    def empty_queues(self) -> None:
        """What earlier tests left there would keep a worker busy for minutes."""
        redis.Redis.from_url(self.redis.url).flushall()

    @cache  # noqa: B019 (one object per process)
    def moto(self) -> str:
        return self._emulator(demo.start_moto, "moto")

    @cache  # noqa: B019 (one object per process)
    def ministack(self) -> str:
        return self._emulator(demo.start_ministack, "ministack")

    @cache  # noqa: B019 (one object per process)
    def demo_ec2(self) -> str:
        """The demo's EC2, its transitions shortened to a fraction of a second."""
        brief = {"PENDING": 0.4, "STOPPING": 0.4, "SHUTTING": 0.4, "REFRESH": 600}
        return self._emulator(partial(demo.start_demo_ec2, iam=self.ministack(), seconds=brief), "demo_ec2")

    @cache  # noqa: B019 (one object per process)
    def brisk_ec2(self) -> str:
        """The same, and nothing takes any time."""
        at_once = dict.fromkeys(("PENDING", "STOPPING", "SHUTTING"), 0.0)
        return self._emulator(partial(demo.start_demo_ec2, iam=self.ministack(), seconds=at_once), "brisk_ec2")

    def _emulator(self, start, name: str) -> str:
        python = cloud_venv.ensure(self.packages)
        running = start(self.folder, python, port=self.port(name), sink=self.folder / f"{name}.log")
        self._running.append(running)
        return running.url

    def stop(self) -> None:
        for running in reversed(self._running):
            running.stop()
        self._running.clear()
        for name in self._held:
            name.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


class Panel:
    """Web server, worker and beat as `make up` starts them, on the session's servers."""

    def __init__(self, servers: Servers) -> None:
        self.address = servers.address("panel")
        self._folder = servers.folder
        self._env = {**demo.clean_environment(HOME=str(servers.folder)), **servers.environment()}
        self._env["DJANGO_SETTINGS_MODULE"] = "controlpanel.settings"
        port = str(servers.port("panel"))
        celery = ["celery", "-A", "controlpanel", "worker", "--concurrency", "2", "--loglevel", "WARNING"]
        self._commands = {
            "web": ["uvicorn", "controlpanel.asgi:application", "--port", port, "--no-access-log"],
            "worker": [*celery, "-Q", "operations", "-n", "worker@%h"],
            "sync": [*celery, "-Q", "inventory", "-n", "sync@%h"],
            "beat": ["celery", "-A", "controlpanel", "beat", "--loglevel", "WARNING"],
        }
        # In a process of its own: a test's settings may name another folder here.
        collect = [sys.executable, ROOT / "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(collect, env=self._env, check=True)
        self.children = {name: self._start(name) for name in self._commands}

    def _start(self, name: str) -> Process:
        words, sink = self._commands[name], self._folder / f"{name}.log"
        return Process(name, [sys.executable, "-m", *words], env=self._env, sink=sink, cwd=ROOT, grace=3)

    def kill(self, name: str) -> None:
        """As a power cut would: the whole process group, at once."""
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children[name].popen.wait()

    def restart(self, name: str) -> None:
        self.children[name] = self._start(name)

    @contextlib.contextmanager
    def idle(self) -> Iterator[None]:
        """Nobody takes operations meanwhile: a test carries them out itself."""
        names = ("worker", "beat")
        for name in names:
            self.children[name].stop()
        yield
        for name in names:
            self.restart(name)

    def stop(self) -> None:
        for child in reversed(self.children.values()):
            child.stop()


@contextlib.contextmanager
def panel_processes(servers: Servers) -> Iterator[Panel]:
    """A running panel that answers."""
    servers.empty_queues()
    panel = Panel(servers)
    try:
        wait_until(panel.children["web"], lambda: _answers(f"{panel.address}/healthz/live"))
        yield panel
    finally:
        panel.stop()


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(url, timeout=2).status == 200)
    return False
