"""The demo cloud's own virtual environment: its pins and the panel's exclude each other.

`python -m apps.demo.cloud_venv` makes it, beside the panel's own installation.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from apps.demo import privileges
from apps.demo.processes import ServerFailed, run

SOURCES = Path(__file__).resolve().parent
REQUIREMENTS = SOURCES / "cloud/requirements.txt"


def ensure(state: Path) -> Path:
    """The Python of the environment, which is made or brought up to date when requirements.txt changed.

    Raises ServerFailed with pip's last lines.
    """
    folder = _folder(state)
    python, stamp = folder / "bin/python", folder / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    # `make up` and `make test` at the same time make it once.
    with open(folder.with_name("cloud-venv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (python.exists() and stamp.exists() and stamp.read_text() == wanted):
            shutil.rmtree(folder)
            _install(folder, python)
            stamp.write_text(wanted)
    return python


def _folder(state: Path) -> Path:
    """Ours, not the emulators' account's: what they run must not be theirs to change."""
    account = privileges.demo_cloud_account()
    if privileges.can_enter(state, account):
        folder = privileges.home(state, "cloud-venv", privileges.Account())
    else:
        folder = privileges.home(state, "cloud", account).with_name("cloud-venv")
        folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    return folder


def _install(folder: Path, python: Path) -> None:
    run("venv", [_interpreter(), "-m", "venv", "--without-pip", folder], env=os.environ)
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    run("Installing the demo cloud's packages", [*pip, "--no-deps", "-r", REQUIREMENTS], env=os.environ)


def _interpreter() -> Path:
    """A Python that the emulators' account may run: ours, or the system's where ours lies somewhere closed."""
    account = privileges.demo_cloud_account()
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


def main() -> None:
    state = Path(os.environ.get("STATE_DIR") or SOURCES.parent.parent / ".state").absolute()
    privileges.make_state_folder(state)
    try:
        ensure(state)
    except ServerFailed as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
