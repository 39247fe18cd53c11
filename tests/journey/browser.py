"""Debian's Chromium: no browser download, CSP left on, every console error fails the test."""

import os
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).resolve().parent.parent / "browser/vendor/axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def launch(playwright):
    return playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)


class Visitor:
    """A person at a browser: `page`, and what went wrong on the way."""

    def __init__(self, browser, address: str, **context) -> None:
        self.address, self.problems = address, []
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15000)
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("response", lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 500 else None)

    def sign_in(self, person) -> "Visitor":
        self.go("/sign-in/")
        self.page.get_by_label("Email").fill(person.email)
        self.page.get_by_label("Password", exact=True).fill(person.password)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in", exact=True).click()
        return self

    def go(self, path: str):
        return self.page.goto(self.address + path)

    def axe(self) -> list[str]:
        """What axe-core finds, through the protocol, so that the page's CSP stays as strict as in production."""
        self.page.evaluate(AXE.read_text())
        script = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(r => r.violations)"
        found = self.page.evaluate(script, WCAG)
        return [
            f"{v['id']} ({v['impact']}): {n['target']} {n['failureSummary'].splitlines()[-1].strip()}"
            for v in found
            for n in v["nodes"]
        ]

    def close(self) -> None:
        self.context.close()
        assert not self.problems, self.problems
