"""Child processes: start one, wait until it answers, read what it said last, stop it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.demo.privileges import Account

Sink = Path | Callable[[str, str], None]


class ServerFailed(Exception):
    """A server did not start. The message is one readable sentence, with the server's last words."""


class Process:
    """One child in a session of its own, so that the terminal's Ctrl-C reaches only us and we decide the order.

    `sink` is a file that takes the output, or a function (name, line) called for each line.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        sink: Sink,
        account: Account | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 5.0,
    ) -> None:
        self.name, self.stop_signal, self.grace = name, stop_signal, grace
        self._asked = False
        self._last: deque[str] = deque(maxlen=12)
        self._log = sink if isinstance(sink, Path) else None
        self._reader: threading.Thread | None = None
        with open(sink, "ab") if isinstance(sink, Path) else contextlib.nullcontext(subprocess.PIPE) as output:
            self.popen = subprocess.Popen(
                [str(word) for word in command],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **(account or Account()).popen,
            )
        if not isinstance(sink, Path):
            self._reader = threading.Thread(target=self._read, args=(sink,), daemon=True)
            self._reader.start()

    @property
    def pid(self) -> int:
        return self.popen.pid

    def alive(self) -> bool:
        return self.popen.poll() is None

    def last_words(self) -> str:
        """The last lines of its output, one per line."""
        if self._log:
            return "\n".join(self._log.read_text(errors="replace").splitlines()[-12:])
        if self._reader and not self.alive():
            self._reader.join(1)
        return "\n".join(self._last)

    def ask_to_stop(self) -> None:
        """Once: to some, a second signal means to hurry."""
        if not self._asked and self.alive():
            self._asked = True
            self.popen.send_signal(self.stop_signal)

    def stop(self, grace: float | None = None) -> None:
        """Ask, wait `grace` seconds (its own when None), then kill what is left of its process group."""
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(self.grace if grace is None else grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def _read(self, sink: Callable[[str, str], None]) -> None:
        assert self.popen.stdout
        for raw in self.popen.stdout:
            line = raw.decode(errors="replace").rstrip()
            self._last.append(line)
            sink(self.name, line)


@dataclass(frozen=True)
class Running:
    """A server that answers. `process` is None for one that somebody else runs: it is never stopped."""

    url: str
    process: Process | None = None

    def stop(self) -> None:
        if self.process:
            self.process.stop()


def wait_until(process: Process, answers: Callable[[], bool], *, seconds: float = 60, every: float = 0.05) -> None:
    """Return once `answers()` is true; ServerFailed when the process ends or the time is up before."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not process.alive():
            code = process.popen.returncode
            raise ServerFailed(f"{process.name} ended at once (code {code}).\n{process.last_words()}")
        if answers():
            return
        time.sleep(every)
    raise ServerFailed(f"{process.name} did not answer within {seconds:.0f} s.\n{process.last_words()}")


def wait_or_stop(process: Process, answers: Callable[[], bool]) -> None:
    try:
        wait_until(process, answers)
    except BaseException:
        process.stop()
        raise


def clean_environment(**more: str) -> dict[str, str]:
    """Nothing of ours reaches a server: no secrets, no AWS variables, no proxies."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **more}


_helpers: set[subprocess.Popen[str]] = set()


def run(
    name: str,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    account: Account | None = None,
    cwd: Path | str = "/",
    given: str | None = None,
    stderr: int = subprocess.STDOUT,
) -> str:
    """Run to the end, `given` as its input, and return its output. Raises ServerFailed with the last lines."""
    helper = subprocess.Popen(
        [str(word) for word in command],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        **(account or Account()).popen,
    )
    _helpers.add(helper)
    try:
        output, errors = helper.communicate(given)
    except BaseException:
        helper.terminate()
        raise
    finally:
        _helpers.discard(helper)
    if helper.returncode:
        last = "\n".join((output + (errors or "")).splitlines()[-12:])
        raise ServerFailed(f"{name} failed (code {helper.returncode}).\n{last}")
    return str(output)


def stop_helpers() -> None:
    """End what `run` is waiting for in other threads."""
    for helper in list(_helpers):
        helper.terminate()
