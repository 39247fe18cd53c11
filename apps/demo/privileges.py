"""Running servers as somebody with fewer rights.

PostgreSQL refuses to run as root, and the demo cloud executes code that users wrote. So where `make up` is root
(containers, mostly), each server gets a user of its own and folders that this user may enter. Where it is not root,
nothing here does anything.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# No entry in /etc/passwd is needed to run as this id, so it owns nothing on any machine but what we give to it.
DEMO_CLOUD_ID = 61184
CLOSED_STATE_ROOT = Path("/var/lib")


@dataclass(frozen=True)
class Account:
    """Who a server runs as. `uid` None: whoever runs us."""

    uid: int | None = None
    gid: int | None = None

    @property
    def popen(self) -> dict[str, Any]:
        """Arguments for `subprocess` that make the child run as this account."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


def is_root() -> bool:
    return os.geteuid() == 0


def database_account() -> Account:
    """PostgreSQL's and Redis' account: the distribution's `postgres`, else `nobody` (initdb looks its name up)."""
    if not is_root():
        return Account()
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    return Account(65534, 65534)


def demo_cloud_account() -> Account:
    """The emulators' account, which can read neither the database's files nor the panel's secrets."""
    return Account(DEMO_CLOUD_ID, DEMO_CLOUD_ID) if is_root() else Account()


def can_enter(path: Path, account: Account) -> bool:
    """Whether the account may pass through every folder down to `path` and read it."""
    if account.uid is None:
        return True
    path = path.resolve()
    steps = (*reversed(path.parents), path)
    return all(_may(step, account, read=step == path and not step.is_dir()) for step in steps)


def _may(path: Path, account: Account, *, read: bool) -> bool:
    info = path.stat()
    user, group, other = (
        (stat.S_IRUSR, stat.S_IRGRP, stat.S_IROTH) if read else (stat.S_IXUSR, stat.S_IXGRP, stat.S_IXOTH)
    )
    if info.st_uid == account.uid:
        return bool(info.st_mode & user)
    if info.st_gid == account.gid:
        return bool(info.st_mode & group)
    return bool(info.st_mode & other)


def make_state_folder(state: Path) -> None:
    """The state folder, closed to others, except that a server's own account may pass through on root's machine."""
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o711 if is_root() else 0o700)


def place(state: Path, name: str, account: Account) -> Path:
    """Where the account's own folder for the server `name` is, or will be.

    In the state folder, or under /var/lib where root keeps the state folder somewhere closed (/root, say).
    """
    if can_enter(state, account):
        return state / name
    return CLOSED_STATE_ROOT / f"northgate-{hashlib.sha256(bytes(state.resolve())).hexdigest()[:8]}" / name


def home(state: Path, name: str, account: Account) -> Path:
    """`place`, made when absent."""
    folder = place(state, name, account)
    if folder.parent != state:
        folder.parent.mkdir(mode=0o711, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def reachable(source: Path, folder: Path, account: Account) -> Path:
    """`source` itself where the account may enter it, else a fresh copy of it in `folder`."""
    if can_enter(source, account):
        return source
    copy = folder / source.name
    if source.is_dir():
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        copy.unlink(missing_ok=True)
        shutil.copy(source, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
    return copy
