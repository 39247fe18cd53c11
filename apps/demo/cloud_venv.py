"""The demo cloud's own virtual environment: its pins and the panel's exclude each other."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from apps.demo import privileges
from apps.demo.processes import ServerFailed

REQUIREMENTS = Path(__file__).resolve().parent / "cloud/requirements.txt"


def ensure(state: Path) -> Path:
    """The Python of the environment, which is made or brought up to date when requirements.txt changed.

    Raises ServerFailed with pip's last lines.
    """
    account = privileges.demo_cloud_account()
    # Ours, not the emulators' account's: what they run must not be theirs to change.
    folder = privileges.home(state, "cloud-venv", privileges.Account())
    if account.uid is not None and not privileges.can_enter(folder.parent, account):
        folder = privileges.home(state, "cloud", account).with_name("cloud-venv")
        folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    python, stamp = folder / "bin/python", folder / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(folder)
    _call([_interpreter(account), "-m", "venv", "--without-pip", folder])
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "--quiet"]
    _call([*pip, "--no-deps", "-r", REQUIREMENTS])
    stamp.write_text(wanted)
    return python


def _interpreter(account: privileges.Account) -> Path:
    """A Python that the emulators' account may run: ours, or the system's where ours lies somewhere closed."""
    own = Path(getattr(sys, "_base_executable", sys.executable))
    others = (Path(found) for name in ("python3", "python3.11") if (found := shutil.which(name, path="/usr/bin")))
    for candidate in (own, *others):
        if privileges.can_enter(candidate, account) and _is_usable(candidate):
            return candidate
    raise ServerFailed(
        f"The demo cloud runs as an unprivileged user, who can't enter {own.parent}. "
        "Install a Python 3.11 for everybody (on Debian: apt-get install python3-venv), or run make up as a user."
    )


def _is_usable(python: Path) -> bool:
    test = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", test], check=False, capture_output=True).returncode == 0


def _call(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-8:])
        raise ServerFailed(f"The demo cloud's packages could not be installed.\n{last}")
