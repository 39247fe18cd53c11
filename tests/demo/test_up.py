"""`manage.py up` as somebody at a terminal sees it, with real processes from beginning to end."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from apps.demo.servers import free_port
from tests.conftest import servers
from tests.servers import ROOT

PANEL = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "NORTHGATE_KEY", "NORTHGATE_ENDPOINTS")


class Up:
    """One `manage.py up` and everything that it printed."""

    def __init__(self, folder, port):
        env = {key: value for key, value in os.environ.items() if key not in PANEL and not key.startswith("AWS_")}
        self.env = {**env, "STATE_DIR": str(folder), "PORT": str(port)}
        self.log = open(folder.parent / f"up-{time.monotonic_ns()}.log", "w+")  # noqa: SIM115
        self.folder, self.port = folder, port
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.env, stdout=self.log, stderr=subprocess.STDOUT
        )

    def text(self):
        self.log.flush()
        with open(self.log.name) as file:
            return file.read()

    def until(self, words, seconds=180):
        deadline = time.monotonic() + seconds
        while words not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)

    def end(self, number=signal.SIGTERM):
        """Stops it, within a minute."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(60)
        self.log.close()

    def inside(self, *words):
        return subprocess.run(
            [sys.executable, "-m", "apps.demo.inside", *words], cwd=ROOT, env=self.env, capture_output=True, text=True
        )

    def pids(self):
        return {
            name: pid for name, (pid, _) in json.loads((self.folder / "running.json").read_text())["processes"].items()
        }

    def get(self, path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()


@pytest.fixture
def folder():
    """A state folder that has the emulators' packages already: installing them is another test's subject. Not below
    pytest's own, which each session of pytest closes to other accounts anew."""
    with tempfile.TemporaryDirectory(prefix="northgate-up-", ignore_cleanup_errors=True) as outer:
        os.chmod(outer, 0o711)
        made = Path(outer) / "state"
        made.mkdir(mode=0o711)
        os.symlink(servers.packages.absolute() / "cloud-venv", made / "cloud-venv")
        yield made


@pytest.fixture
def start(folder):
    started = []

    def starter(port=None):
        started.append(Up(folder, port or free_port()))
        return started[-1]

    yield starter
    for up in started:
        if not up.log.closed:
            up.end()


def test_first_start_killed_start_and_one_that_loses_its_database(start):
    up = start()
    up.until("The demo cloud is there")
    assert "Northgate is ready" in up.text()
    assert "<form" in up.get("/sign-in/")
    password = _password(up)

    second = subprocess.run(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=up.env, capture_output=True, text=True, check=False
    )
    assert second.returncode == 1
    assert "A make up is already running on" in second.stdout
    assert "Traceback" not in second.stdout + second.stderr

    token = up.inside("demo_token", "operator").stdout
    assert re.fullmatch(r"ngt_[0-9a-f]{32}_[\w-]{43}\n", token)
    assert "results" in json.loads(up.get("/api/v1/ec2/instances/", Authorization=f"Bearer {token.strip()}"))
    nobody = up.inside("demo_token", "king")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "ROLE is one of owner, operator, viewer, auditor, outsider" in nobody.stderr

    before = up.pids()
    os.kill(before["worker"], signal.SIGKILL)
    up.until("worker was killed by signal 9. Starting it again.")
    assert "postgres" in before
    up.end()
    assert up.process.returncode == 0
    assert not any(psutil.pid_exists(pid) for pid in before.values())

    killed = start(up.port)
    killed.until("The demo cloud is there")
    assert _password(killed) == password
    assert "Collected static files" not in killed.text()
    left = killed.pids()
    killed.end(signal.SIGKILL)
    assert psutil.pid_exists(left["postgres"])

    again = start(up.port)
    again.until("Northgate is ready")
    assert "was left over from a start that was killed. Ended it." in again.text()
    assert not psutil.pid_exists(left["postgres"])
    os.kill(again.pids()["postgres"], signal.SIGKILL)
    assert again.process.wait(60) == 1
    assert "postgres was killed by signal 9. Nothing works without it, so everything stops." in again.text()
    assert "Traceback" not in re.sub(r"(?m)^(web|worker|sync|beat) .*\n", "", again.text())


def test_taken_port(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        up = start(taken.getsockname()[1])
        assert up.process.wait(60) == 1
    assert "can't be used (Address already in use). Choose another: make up PORT=" in up.text()
    assert "Traceback" not in up.text()


def test_database_without_its_owner(start, monkeypatch):
    monkeypatch.setitem(os.environ, "DATABASE_URL", os.environ["DATABASE_URL"])
    monkeypatch.setattr(sys.modules[__name__], "PANEL", ("DATABASE_OWNER_URL", *PANEL[2:]))
    up = start()
    assert up.process.wait(60) == 1
    assert "DATABASE_URL is given, but not DATABASE_OWNER_URL" in up.text()


def _password(up):
    return re.search(r"owner@harbour\.example +(\S+)", up.text())[1]
