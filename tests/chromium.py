"""Debian's Chromium: no browser download, CSP left on, and what a visitor must never see.

Playwright's synchronous API keeps an event loop running in the tests' thread from the first browser test on, so those
come last (see conftest.py) and share one browser.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

AXE = (Path(__file__).parent / "browser/vendor/axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # because of that loop
    expect.set_options(timeout=20_000)  # milliseconds, for a machine that is busy; what comes sooner is not waited for
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or found, args=FLAGS)
        yield browser
        browser.close()


def watched(page: Page) -> list[str]:
    """The page's console errors (CSP reports among them), script errors and server errors, as they come."""
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "response", lambda answer: problems.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
    )
    return problems


def inaccessible(page: Page, include: str = "html") -> list[str]:
    """What axe-core finds wrong, as lines. Through the protocol, so the page's CSP stays as strict as in production."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        """([i, tags]) => axe.run(i, {runOnly: tags, preload: false, resultTypes: ['violations']})
            .then((found) => found.violations)""",
        [include, WCAG],
    )
    return [
        f"{one['id']} ({one['impact']}): {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for one in found
        for node in one["nodes"]
    ]


def inaccessible_in_any_theme(page: Page, include: str = "html") -> list[str]:
    """The same in the dark theme and then in the light one, by a change of theme without another load."""
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {line}" for line in inaccessible(page, include)]
    return found
