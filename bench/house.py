"""Everything that is measured, started as in production: PostgreSQL, Redis, the web servers, the Celery worker."""

import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from apps.demo import cloud_venv, database, servers
from apps.demo.processes import Process, wait_until

ROOT = Path(__file__).resolve().parent.parent


class House:
    """One run's servers in a folder of their own, all on loopback or Unix sockets. `stop` ends and removes them."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="northgate-bench-"))
        self.folder.chmod(0o711)
        self.ports = {name: servers.free_port() for name in ("web", "floor", "aws", "s3")}
        self._running: list[servers.Running | Process] = []

    def start(self) -> None:
        """PostgreSQL (with fsync, as in production) and Redis, and this process's environment to use them."""
        password = secrets.token_hex(16)
        self.postgres = servers.start_postgres(self.folder, password=password, sink=self.folder / "postgres.log")
        self._running.append(self.postgres)
        redis = servers.start_redis(self.folder, sink=self.folder / "redis.log")
        self._running.append(redis)
        found = database.ensure(self.postgres.url, "northgate", owner_password="owner", app_password="application")
        os.environ.update(
            {
                "DJANGO_SETTINGS_MODULE": "controlpanel.settings",
                "SECRET_KEY": secrets.token_urlsafe(48),
                "NORTHGATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
                "NORTHGATE_ENDPOINTS": f"{self.url('aws')},{self.url('s3')}",
                "NORTHGATE_ORIGIN": self.url("web"),
                "ALLOWED_HOSTS": "127.0.0.1,testserver",
                "DEBUG": "0",
                "LOG_LEVEL": "WARNING",
                "STATE_DIR": str(self.folder),
                "DATABASE_URL": found.url,
                "DATABASE_OWNER_URL": found.owner_url,
                "REDIS_URL": redis.url,
            }
        )

    @property
    def superuser(self) -> str:
        """The panel's database as PostgreSQL's superuser, whom row-level security doesn't bind."""
        return self.postgres.url.replace("/postgres?", "/northgate?")

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def web(self, name: str, application: str) -> Process:
        """A WSGI application under production's command."""
        words = [word for word in production_command("web") if word != "controlpanel.wsgi:application"]
        words[words.index("--host") + 1], words[words.index("--port") + 1] = "127.0.0.1", str(self.ports[name])
        return self._python(name, [*words, application], f"{self.url(name)}/healthz/live")

    def worker(self) -> Process:
        """The Celery worker under production's command, with one task more (see queue.py)."""
        words = production_command("worker")
        words[words.index("-A") + 1], words[words.index("--loglevel") + 1] = "bench.queue", "WARNING"
        return self._python("worker", words)

    def beat(self) -> Process:
        """The dispatcher's clock, under production's command."""
        words = production_command("beat")
        words[words.index("--schedule") + 1] = str(self.folder / "beat-schedule")
        return self._python("beat", words)

    def aws(self) -> Process:
        return self._python("aws", ["bench.stub", str(self.ports["aws"])], f"{self.url('aws')}/")

    def objects(self, settings: dict[str, str]) -> None:
        """The emulator of object storage, with what lies in its folder."""
        python, sink = cloud_venv.ensure(ROOT / ".state"), self.folder / "s3.log"
        running = servers.start_ministack(self.folder, python, port=self.ports["s3"], sink=sink, **settings)
        self._running.append(running)

    def _python(self, name: str, words: list[str], answers: str = "") -> Process:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        sink = self.folder / f"{name}.log"
        process = Process(name, [sys.executable, "-m", *words], env=environment, sink=sink, cwd=ROOT)
        self._running.append(process)
        if answers:
            wait_until(process, lambda: servers.http_answers(answers))
        return process

    def stop(self) -> None:
        for running in reversed(self._running):
            running.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def production_command(service: str) -> list[str]:
    """The words that docker/compose.yaml starts a service with."""
    text = (ROOT / "docker" / "compose.yaml").read_text()
    line = re.search(rf"^  {service}:\n(?:    .*\n)*?    command: \[(.*)\]$", text, re.M)
    if line is None:
        raise LookupError(f"docker/compose.yaml has no command for {service}")
    return [word.strip().strip('"') for word in line[1].split(",")]


def megabytes(process: Process) -> float:
    """Resident memory of the largest child: the parents of web workers and of Celery.s processes serve nobody."""
    return max(int(stat[21]) for stat in _children(process)) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu(process: Process) -> float:
    """Seconds of processor time that the children have used."""
    return sum(int(stat[11]) + int(stat[12]) for stat in _children(process)) / os.sysconf("SC_CLK_TCK")


def _children(process: Process) -> list[list[str]]:
    """/proc/PID/stat of each, from its third field on."""
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit():
                found.append(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split())
    return [stat for stat in found if int(stat[1]) == process.pid]


def as_json(url: str) -> object:
    """What a server here answers to a plain GET."""
    import urllib.request

    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
