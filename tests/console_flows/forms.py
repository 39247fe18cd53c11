"""What a browser would post: every control of a page's form as it stands there."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

PLACE = "in-account={}&in-region=eu-west-1"
LAUNCH = "/ec2/instances/create/launch/"


def launch(world: Any, part: str = "") -> str:
    return f"{LAUNCH}{part}?{PLACE.format(world.production.id)}"


class _Form(HTMLParser):
    def __init__(self, id: str) -> None:
        super().__init__()
        self.id, self.inside, self.hidden = id, False, 0
        self.values: dict[str, list[str]] = {}
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form" and (self.id in (at.get("id"), at.get("class", ""))):
            self.inside = True
        self.hidden += tag == "template"
        if not self.inside or self.hidden or at.get("form"):
            return
        name = at.get("name") or ""
        if tag == "input" and name and at.get("type") not in {"radio", "checkbox"} | {"submit"}:
            self._put(name, at.get("value") or "")
        elif tag == "input" and name and "checked" in at and "disabled" not in at:
            self._put(name, at.get("value") or "on")
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in at:
            self._put(self.select, at.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self._put(name, "")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag == "template"
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area and self.inside:
            self.values[self.area][-1] += data.removeprefix("\n")

    def _put(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


def values(response: Any, id: str = "wizard") -> dict[str, Any]:
    """The form's names and values; without the CSRF token, which the test client does not check."""
    parser = _Form(id)
    parser.feed(response.content.decode())
    found = {name: each if len(each) > 1 else each[0] for name, each in parser.values.items()}
    found.pop("csrfmiddlewaretoken", None)
    return found
