"""Filters of a list as they stand in a URL: `f=state!=terminated&f=tag:owner=platform,data&q=api&join=or`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.catalog.resources import Resource
from apps.catalog.text import Text

OPERATORS = ("!=", "!:", "=", ":", "^", ">", "<")
# What every kind can be filtered and sorted by, besides its own columns.
COMMON = ("name", "id", "state", "account", "region", "zone", "cost")
_TOKEN = re.compile(
    r"(?P<key>tag:[^=!:^<>]{1,127}|[a-z][a-z0-9_]{0,62})(?P<op>!=|!:|=|:|\^|>|<)(?P<value>.{0,256})\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition. `op`: = is one of, != none of, : contains, !: does not, ^ starts with, > and < compare."""

    key: str
    op: str
    value: str

    @property
    def values(self) -> list[str]:
        """The comma-separated alternatives."""
        return [each.strip() for each in self.value.split(",") if each.strip()]

    def __str__(self) -> str:
        return f"{self.key}{self.op}{self.value}"


def parse(texts: Iterable[str], resource: Resource) -> list[Filter]:
    """The valid ones, in order, each once; what can't be understood is dropped."""
    found: dict[Filter, None] = {}
    for text in texts:
        match = _TOKEN.match(text.strip())
        if match and known(match["key"], resource) and "\x00" not in text:
            found[Filter(match["key"], match["op"], match["value"].strip())] = None
    return list(found)


def known(key: str, resource: Resource) -> bool:
    return key in COMMON or key.startswith("tag:") or resource.column(key) is not None


def properties(resource: Resource) -> list[tuple[str, Text]]:
    """What the filter box offers: key and label."""
    labels: dict[str, Text] = {
        "name": _("Name"),
        "id": "ID",
        "state": _("State"),
        "account": _("Account"),
        "region": _("Region"),
        "zone": _("Availability Zone"),
        "cost": _("Cost per month"),
    }
    if resource.state is None:
        del labels["state"]
    if not resource.zone:
        del labels["zone"]
    if resource.monthly_cost is None:
        del labels["cost"]
    return [*labels.items(), *((column.key, column.label) for column in resource.listed)]
