"""What a list's URL asks for: filters, text, sort, page. It is the only source; what is not valid in it is dropped."""

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from apps.catalog import filters
from apps.catalog.resources import Resource
from apps.console.scope import View
from apps.tenancy.decorators import SignedRequest

SIZES = (25, 50, 100, 200)


class ListQuery:
    """The parsed query of a list; `size` is the person's preferred page size."""

    def __init__(self, request: SignedRequest, resource: Resource, path: str, view: View, size: int) -> None:
        self.get, self.resource, self.path, self.view = request.GET, resource, path, view
        self.text = self.get.get("q", "").strip()[:200]
        self.taken = False  # the text was a condition and became a token
        self.filters = tuple(filters.parse([*self.get.getlist("f"), *self._typed()], resource))
        self.join = "or" if self.get.get("join") == "or" else "and"
        self.sort = self._sort()
        self.page = min(max(number(self.get.get("page"), 1), 1), 100_000)
        asked = number(self.get.get("size"), size)
        self.size = asked if asked in SIZES else 50

    @property
    def narrowing(self) -> bool:
        return bool(self.filters or self.text)

    def _typed(self) -> list[str]:
        """Text that is a whole condition (`state=running`, as the box's suggestions write it) becomes a token."""
        typed = filters.parse([self.text], self.resource) if self.text else []
        if typed:
            self.text, self.taken = "", True
        return [str(one) for one in typed]

    def _sort(self) -> str:
        asked = self.get.get("sort", "") or "name"
        return asked if asked.removeprefix("-") in self.sortable else "name"

    @cached_property
    def sortable(self) -> set[str]:
        return {*filters.COMMON, *(column.key for column in self.resource.listed)}

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form sends besides its text."""
        pairs = [("f", str(one)) for one in self.filters]
        if self.join == "or":
            pairs.append(("join", "or"))
        if self.sort != "name":
            pairs.append(("sort", self.sort))
        return [*pairs, *((key, self.get[key]) for key in ("size",) if key in self.get), *self._scope()]

    def _scope(self) -> list[tuple[str, str]]:
        return [*(("account", id) for id in self.view.accounts), *(("region", code) for code in self.view.regions)]

    def link(self, **changes: Any) -> str:
        """This page's URL with changes; None drops a part. The open row is not part of it."""
        pairs = {
            "q": self.text,
            "f": [str(one) for one in self.filters],
            "join": "or" if self.join == "or" else None,
            "sort": self.sort if self.sort != "name" else None,
            "page": self.page if self.page > 1 else None,
            "size": self.get.get("size"),
            "account": list(self.view.accounts),
            "region": list(self.view.regions),
        } | changes
        query_string = urlencode({key: value for key, value in pairs.items() if value}, doseq=True)
        return f"{self.path}?{query_string}" if query_string else self.path


def number(text: str | None, default: int) -> int:
    """A plain number of a URL, or the default."""
    return int(text) if text and text.isdecimal() and len(text) < 9 else default
