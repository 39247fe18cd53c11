"""What ends is started again, what can't be done without ends everything, and a stop leaves nothing behind."""

import os
import signal
import sys
import threading
import time

import psutil
import pytest

from apps.demo.processes import Process, ServerFailed, run, wait_until
from apps.demo.supervisor import CannotGoOn, StopAsked, Supervisor, Terminal, stop_signals

pytestmark = pytest.mark.pure
SLEEP = "import time; print('here', flush=True); time.sleep(60)"


@pytest.fixture
def supervisor():
    made = Supervisor(Terminal())
    yield made
    made.stop()


def python(name, code, **more):
    return Process(name, [sys.executable, "-c", code], env=os.environ, sink=lambda *_: None, **more)


def until(true):
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def test_dead_worker_is_started_again(supervisor, capsys):
    first = supervisor.keep_up("worker", lambda: python("worker", SLEEP))
    assert not supervisor.check()
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not first.alive())
    assert supervisor.check()
    assert supervisor.pids()["worker"] != first.pid
    assert "worker was killed by signal 9. Starting it again." in capsys.readouterr().out


def test_dead_database_ends_everything(supervisor):
    server = python("postgres", "raise SystemExit(3)")
    supervisor.keep(server)
    until(lambda: not server.alive())
    with pytest.raises(CannotGoOn, match="postgres ended with code 3"):
        supervisor.check()


def test_what_keeps_dying_ends_everything(supervisor):
    supervisor.keep_up("web", lambda: python("web", "raise SystemExit(1)"))
    with pytest.raises(CannotGoOn, match="5 times within a minute"):
        until(lambda: supervisor.check() and False)


def test_stop_takes_children_of_children_along(supervisor):
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); {SLEEP}"
    parent = supervisor.keep_up("worker", lambda: python("worker", code))
    until(lambda: psutil.Process(parent.pid).children())
    (child,) = psutil.Process(parent.pid).children()
    supervisor.stop()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_stop_does_not_wait_for_the_deaf(supervisor):
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
    process = supervisor.keep_up("worker", lambda: python("worker", deaf, grace=0.3))
    until(lambda: process.last_words())
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 20, "it sleeps for a minute"
    assert not process.alive()


def test_first_signal_raises_and_further_ones_are_answered(capsys):
    with stop_signals(Terminal()):
        with pytest.raises(StopAsked):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert "Already stopping." in capsys.readouterr().out


def test_failed_start_says_the_last_words():
    process = python("redis", "print('no room left'); raise SystemExit(1)")
    with pytest.raises(ServerFailed, match=r"redis ended at once.*\n.*no room left"):
        wait_until(process, lambda: False)


def test_failed_command_says_the_last_words():
    with pytest.raises(ServerFailed, match=r"preparing failed .code 7.*\n.*half-way"):
        run("preparing", [sys.executable, "-c", "print('half-way'); raise SystemExit(7)"], env=os.environ)
