"""The state folder: everything that outlives a stop. PostgreSQL's data, the secrets, and a note of what runs now."""

import base64
import contextlib
import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import psutil  # type: ignore[import-untyped]

from apps.demo import privileges
from apps.demo.servers import free_port

SIGN_INS = ("owner", "operator", "viewer", "auditor", "outsider")


class StateFailed(Exception):
    """The state folder can't be used. The message says what to do."""


@dataclass(frozen=True)
class State:
    """An opened state folder. `secrets` never leave it but in the environment of the panel's own processes."""

    folder: Path
    secrets: Mapping[str, Any]
    lock: TextIO | None = None

    @property
    def seal_key(self) -> str:
        """What signs the record's seals: derived, so that folders of before there were seals have one too."""
        key = self.secrets["NORTHGATE_KEY"].encode()
        return base64.b64encode(hmac.digest(key, b"northgate audit seal", hashlib.sha256)).decode()

    def note_running(self, note: Mapping[str, Any]) -> None:
        """What `make demo-token` and the next start need to know; see `running`."""
        path = self.folder / "running.json"
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(note, indent=1))
        draft.chmod(0o600)
        draft.rename(path)

    def forget_running(self) -> None:
        (self.folder / "running.json").unlink(missing_ok=True)

    def ports(self, *names: str) -> dict[str, int]:
        """A free port for each name, the same as last time where it can be: the accounts' endpoints name them."""
        path = self.folder / "ports.json"
        try:
            before = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            before = {}
        found = {name: free_port(before[name] if isinstance(before.get(name), int) else 0) for name in names}
        path.write_text(json.dumps(found))
        return found

    def running(self) -> dict[str, Any]:
        """{"environment": {…}, "processes": {name: [pid, started]}}; empty when nothing was noted."""
        try:
            note: dict[str, Any] = json.loads((self.folder / "running.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return note


def take(folder: Path) -> State:
    """Open the folder for a start: made when absent, locked for as long as this process lives.

    Raises StateFailed when it can't be written, is broken, or is in use.
    """
    try:
        privileges.make_state_folder(folder)
        lock = open(folder / "up.lock", "w")  # noqa: SIM115  held until the process ends
        os.set_inheritable(lock.fileno(), False)
    except OSError as problem:
        raise StateFailed(
            f"The state folder {folder} can't be written ({os.strerror(problem.errno or errno.EIO)}). "
            "Choose another: make up STATE_DIR=/path/to/folder"
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StateFailed(
            f"A make up is already running on {folder}. Stop it, or choose another folder and port: "
            "make up STATE_DIR=/path/to/folder PORT=8100"
        ) from None
    path = folder / "secrets.json"
    if not path.exists():
        _write_secrets(path, folder)
    return State(folder, _read_secrets(path), lock)


def peek(folder: Path) -> State:
    """Open the folder of a running panel, to read. Raises StateFailed when there is none."""
    path = folder / "secrets.json"
    if not path.exists():
        raise StateFailed(f"No panel has been started on {folder}. Start it: make up")
    return State(folder, _read_secrets(path))


def _write_secrets(path: Path, folder: Path) -> None:
    data = privileges.place(folder, "postgres", privileges.database_account()) / "data"
    if data.exists():
        raise StateFailed(
            f"{path} is gone, but {data} holds data that only its passwords open. "
            "Restore the file, or choose another STATE_DIR."
        )
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "NORTHGATE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "postgres": secrets.token_urlsafe(24),
        "owner": secrets.token_urlsafe(24),
        "app": secrets.token_urlsafe(24),
        "external_id": secrets.token_hex(16),
        "sign_ins": {name: secrets.token_urlsafe(9) for name in SIGN_INS},
        "born": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    draft = path.with_suffix(".new")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        json.dump(fresh, file, indent=1)
    draft.rename(path)


def _read_secrets(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
        missing = {"SECRET_KEY", "NORTHGATE_KEY", "postgres", "owner", "app", "sign_ins"} - set(found)
    except (OSError, ValueError) as problem:
        raise StateFailed(f"{path} can't be read ({problem}). Restore it, or choose another STATE_DIR.") from None
    if missing:
        raise StateFailed(f"{path} lacks {', '.join(sorted(missing))}. Restore it, or choose another STATE_DIR.")
    return found


def started_at(pid: int) -> float | None:
    """When the process began (seconds since 1970); None when there is none. With the pid, it names one process."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def end_leftovers(state: State) -> list[str]:
    """End what a start that was killed left running; the names of what was ended."""
    ended = []
    for name, (pid, started) in state.running().get("processes", {}).items():
        now = started_at(pid)
        if now is None or abs(now - started) > 1:
            continue
        process = psutil.Process(pid)
        # To PostgreSQL, SIGTERM means to wait for everybody who is still connected.
        process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)
        try:
            process.wait(5)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)
        ended.append(name)
    state.forget_running()
    return ended
