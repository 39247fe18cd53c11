"""Chromium on a served panel: CSP left on, and every console error, page error and 5xx fails the test.

The panel is served by a thread of the test (WSGI, so without the event stream) over the test session's servers; AWS is
not asked: tests/console/world.py fills the inventory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.shelf import shelf, stocked  # noqa: F401  fixtures
from tests.chromium import inaccessible_in_any_theme, watched
from tests.conftest import servers


@pytest.fixture(scope="package", autouse=True)
def _idle(panel_env) -> Iterator[None]:
    """The panel of tests that came before leaves these tests' operations alone."""
    with servers.panel.idle() if servers.panel else nullcontext():
        yield


@pytest.fixture(scope="session")
def site(panel_env, tmp_path_factory) -> Iterator[str]:
    """The address of the panel."""
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application
    from django.test.utils import override_settings

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_args: object) -> None:
            pass

    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, ALLOWED_HOSTS=["127.0.0.1", "testserver"], DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, connections_override={})
        server.daemon_threads = True
        server.set_app(get_wsgi_application())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="package")
def window(chromium) -> Iterator[BrowserContext]:
    """One for all tests: it keeps the panel's scripts and styles, which a new one would load and compile anew."""
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-US")
    made.keeper = made.new_page()  # a context without a page lets go of its process
    yield made
    made.close()


@pytest.fixture
def page(window, site) -> Iterator[Page]:
    """A page whose problems fail the test. `page.site` is the panel's address, of which it remembers nothing yet."""
    made = window.new_page()
    problems = watched(made)
    made.set_default_timeout(20_000)
    made.site = site
    yield made
    for one in window.pages:
        if one is not window.keeper:
            one.close()
    session = window.new_cdp_session(window.keeper)
    session.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": "all"})
    session.detach()
    window.clear_cookies()
    assert not problems, problems


@pytest.fixture
def enter(page) -> Callable[[object], None]:
    """Signs a person in without the form."""

    def go(person) -> None:
        from tests.console.world import client

        cookie = client(person).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": page.site}])

    return go


@pytest.fixture
def axe(page) -> Callable[..., list[str]]:
    """What axe-core finds wrong in either theme, as lines."""

    return lambda include="html": inaccessible_in_any_theme(page, include)
