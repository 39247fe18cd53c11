"""What a person does in every wizard and dialog, in a word."""

from __future__ import annotations

import re
from types import SimpleNamespace

from playwright.sync_api import Locator, Page, expect


def choose(within: Page | Locator, label: str, id: str) -> None:
    """Finds a resource by typing its id."""
    within.get_by_role("combobox", name=label).fill(id)
    within.locator(f'[role=option][data-value="{id}"]').click()


def refused(page: Page, field: str, *said: str) -> None:
    """The wizard's button is pressed: the message leads to its field and says all that."""
    with page.expect_navigation():  # an input before the new page listens would be summed up later than expected
        page.locator("#submit").click()
    errors = page.locator("#errors")
    expect(errors.get_by_role("link", name=field)).to_be_visible()
    for text in said:
        expect(errors).to_contain_text(text)


def submitted(page: Page) -> SimpleNamespace:
    """The operation that a wizard's button began, by its id."""
    page.locator("#submit").click()
    page.wait_for_url(re.compile("/operations/"))
    return SimpleNamespace(id=page.url.rstrip("/").rpartition("/")[2])


def begun(page: Page, button: str) -> SimpleNamespace:
    """The operation that a dialog's button began, by its id."""
    page.locator("#dialog").get_by_role("button", name=button, exact=True).click()
    expect(page.locator("#dialog")).to_be_hidden()  # before that, the first link may be an earlier operation's
    follow = page.get_by_role("link", name="View progress").first
    return SimpleNamespace(id=follow.get_attribute("href").rstrip("/").rpartition("/")[2])


def sticks_out(page: Page) -> list[str]:
    """What is wider than a phone, by its beginning; the page is as wide as before afterwards."""
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    found = page.evaluate(
        """[...document.querySelectorAll('html, main, dialog[open]')].every((e) => e.scrollWidth <= e.clientWidth + 1)
           ? [] : [...document.querySelectorAll('body *')].filter(
           (e) => e.checkVisibility() && e.getBoundingClientRect().right > 391
           && !e.closest('.table-scroll, .tabs, pre, .sr')).map((e) => e.outerHTML.slice(0, 120)).slice(0, 5)"""
    )
    page.set_viewport_size(before)
    return found
