"""Keeps a handful of processes running in one terminal: their lines under their names, restarts, one clean stop."""

import contextlib
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from types import FrameType

from apps.demo.processes import Process, stop_helpers

COLORS = {"web": 36, "worker": 32, "sync": 92, "beat": 35, "postgres": 34, "redis": 31, "aws": 33, "ec2": 33, "up": 1}
# A process that ends this often within a minute won't get better by starting it once more.
TRIES = 5


class StopAsked(BaseException):
    """Ctrl-C or SIGTERM. Not an Exception: no `except Exception` on the way may swallow it."""


class CannotGoOn(Exception):
    """Something ended that the rest can't live without. The message says what."""


class Terminal:
    """One line at a time, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._colored = sys.stdout.isatty()

    def line(self, name: str, text: str) -> None:
        label = f"{name:<9}│"
        if self._colored:
            label = f"\033[{COLORS.get(name, 37)}m{label}\033[0m"
        # The reader of our output may have gone before us (a closed terminal): stopping matters more.
        with self._lock, contextlib.suppress(OSError, ValueError):
            print(f"{label} {text}", flush=True)


class Supervisor:
    """Owns the processes in the order of their start; stops them in the opposite one."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._lock = threading.Lock()
        self._processes: list[Process] = []
        self._again: dict[str, Callable[[], Process]] = {}
        self._ends: dict[str, deque[float]] = {}

    def keep(self, process: Process | None) -> None:
        """Watch it: when it ends, everything ends. None (a server that somebody else runs) is nothing to watch."""
        if process:
            with self._lock:
                self._processes.append(process)

    def keep_up(self, name: str, start: Callable[[], Process]) -> Process:
        """Start it, and again whenever it ends."""
        self._again[name] = start
        process = start()
        self.keep(process)
        return process

    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in self._processes}

    def check(self) -> bool:
        """Whether something was started again. CannotGoOn when that doesn't help."""
        changed = False
        for process in list(self._processes):
            if not process.alive():
                self._replace(process)
                changed = True
        return changed

    def _replace(self, process: Process) -> None:
        code = process.popen.returncode
        ended = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        if process.name not in self._again:
            raise CannotGoOn(f"{process.name} {ended}. Nothing works without it, so everything stops.")
        ends = self._ends.setdefault(process.name, deque(maxlen=TRIES))
        ends.append(time.monotonic())
        if len(ends) == TRIES and ends[-1] - ends[0] < 60:
            raise CannotGoOn(f"{process.name} {ended}, {TRIES} times within a minute, so everything stops.")
        self._terminal.line("up", f"{process.name} {ended}. Starting it again.")
        process.stop(grace=0)
        fresh = self._again[process.name]()
        with self._lock:
            self._processes[self._processes.index(process)] = fresh

    def stop(self) -> None:
        """First the panel's own processes, which need the servers to end well, then the servers; each lot at once."""
        stop_helpers()
        with self._lock:
            panel = [process for process in self._processes if process.name in self._again]
            servers = [process for process in self._processes if process.name not in self._again]
            self._processes = []
        for lot in (panel, servers):
            asked = time.monotonic()
            for process in lot:
                process.ask_to_stop()
            for process in lot:
                process.stop(grace=max(0.0, process.grace - (time.monotonic() - asked)))


@contextlib.contextmanager
def stop_signals(terminal: Terminal) -> Iterator[None]:
    """The first Ctrl-C, SIGTERM or SIGHUP raises StopAsked in the main thread; further ones are only answered."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            terminal.line("up", "Already stopping.")
            return
        asked = True
        raise StopAsked

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
