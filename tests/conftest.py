"""Real servers for every test: PostgreSQL, Redis and, for those that ask, the demo cloud's two emulators.

Each pytest process (each xdist worker too) has its own, on loopback or Unix sockets, under a temporary folder. Django
connects as the application's role, so that row-level security really applies. Nothing is rolled back: a test makes its
own tenants. A test that needs no server at all says `pytest.mark.pure`; a run of only those starts none.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

from tests.chromium import chromium  # noqa: F401  a fixture
from tests.people import people  # noqa: F401  a fixture
from tests.proxy import Proxy
from tests.servers import Panel, Servers, panel_processes

# Each act, address or page in turn, and the whole panel as a person meets it: `make test-all` runs these too, and what
# is marked at its place (roles of the walk).
THOROUGH = (
    "api/test_fuzz_changes.py",
    "api/test_fuzz_reads.py",
    "browser/",
    "code/test_code.py",
    "demo/test_up.py",
    "journey/",
)

# Not in pyproject.toml: pytest-django would load the settings before the servers' addresses are known.
os.environ["DJANGO_SETTINGS_MODULE"] = "controlpanel.settings"
servers = Servers()
# Here and not in a hook: the conftests of folders import the rooms before any hook runs.
os.environ.update(servers.environment())
django.setup()
# pytest-xdist's workers inherit this environment, and would load the settings before they know their own servers.
del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "pure: needs neither database nor Redis")
    config.addinivalue_line("markers", "thorough: left to make test-all; see THOROUGH")
    config.addinivalue_line("markers", "long: begins before its like, so that no process waits for it at the end")


def pytest_unconfigure(config: pytest.Config) -> None:
    servers.stop()


@pytest.hookimpl(tryfirst=True)  # before the markers choose
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what is thorough. Last come tests with a browser (see chromium.py), before them those with a running panel:
    its worker would take what other tests put into the queue."""

    for item in items:
        if item.path.relative_to(Path(__file__).parent).as_posix().startswith(THOROUGH):
            item.add_marker(pytest.mark.thorough)

    def rank(item: pytest.Item) -> tuple[bool, bool, bool]:
        names = getattr(item, "fixturenames", ())
        long = item.get_closest_marker("long") is not None
        return "chromium" in names, "running" in names and not long, not long

    items.sort(key=rank)


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly or all(item.get_closest_marker("pure") for item in session.items):
        return
    if not _is_xdist_controller(session.config):
        servers.start()


def _is_xdist_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput") and getattr(config.option, "dist", "no") != "no"


@pytest.fixture(scope="session", autouse=True)
def panel_env(django_db_blocker) -> Iterator[dict[str, str]]:
    """A database made by its owner and open to every test; the value is the panel's environment."""
    if not servers.started:
        yield servers.environment()
        return
    with django_db_blocker.unblock():
        from django.core.management import call_command
        from django.db import connections

        call_command("migrate", database="owner", verbosity=0)
        connections["owner"].close()
        yield servers.environment()
        connections.close_all()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Instead of pytest-django's: there is one database, and `panel_env` made it."""


@pytest.fixture(scope="session")
def postgres(panel_env) -> str:
    """The superuser's address of the test server."""
    return servers.postgres.url


@pytest.fixture(scope="session")
def redis(panel_env) -> str:
    return servers.redis.url


@pytest.fixture
def empty_queues(panel_env) -> None:
    """What earlier tests left in the queues is gone."""
    servers.empty_queues()


@pytest.fixture(scope="session")
def moto() -> str:
    """The address of an unpatched moto_server: the EC2 family, its states changing at once."""
    return servers.moto()


@pytest.fixture(scope="session")
def ministack() -> str:
    """The address of ministack with IAM enforced: everything but the EC2 family."""
    return servers.ministack()


@pytest.fixture(scope="session")
def demo_ec2() -> str:
    """The address of the demo's EC2: moto with time, idempotency and accounts. Asks `ministack` whose a key is."""
    return servers.demo_ec2()


@pytest.fixture(scope="session")
def brisk_ec2() -> str:
    """The demo's EC2, where nothing takes any time: no waiter waits."""
    return servers.brisk_ec2()


@pytest.fixture(scope="session")
def proxy(moto) -> Iterator[Proxy]:
    """In front of moto, for tests in which AWS's answer does not come. Rules are a test's own: reset it before."""
    found = Proxy(moto, servers.port("proxy"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def storage_proxy(ministack) -> Iterator[Proxy]:
    """The same in front of ministack."""
    found = Proxy(ministack, servers.port("storage_proxy"))
    yield found
    found.close()


@pytest.fixture(scope="session")
def running(panel_env, moto, ministack) -> Iterator[Panel]:
    """A running panel, whose processes a test may kill and start again."""
    with panel_processes(servers) as servers.panel:
        yield servers.panel
    servers.panel = None


@pytest.fixture(scope="session")
def panel(running) -> str:
    """The address of the running panel."""
    return running.address
