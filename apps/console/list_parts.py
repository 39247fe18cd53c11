"""The parts around a list's rows: column headers, filter tokens, pager, and why there are no rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.catalog import filters
from apps.catalog.resources import Column, Resource
from apps.catalog.text import within
from apps.console.freshness import Freshness
from apps.console.list_query import ListQuery
from apps.console.painting import css, trails
from apps.console.scope import Place
from apps.console.shell import Shell

SIGNS = {"=": "=", "!=": "≠", ":": ":", "!:": "!:", "^": "^", ">": ">", "<": "<"}


@dataclass(frozen=True, slots=True)
class Header:
    label: Any
    css: str
    sort: str
    direction: str


@dataclass(frozen=True, slots=True)
class Token:
    label: Any
    op: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Pager:
    words: str
    previous: str
    next: str


def headers(asked: ListQuery, columns: Sequence[Column], costs: bool) -> list[Header]:
    """The table's columns in the order of a row's cells."""
    found = [_header(asked, _("Name"), "name", "")]
    if asked.resource.state:
        found.append(_header(asked, _("State"), "state", "c-state"))
    found += [_header(asked, column.label, column.key, css(column)) for column in columns if not trails(column)]
    found.append(_header(asked, _("Account / zone"), "account", "c-acct"))
    found += [_header(asked, column.label, column.key, css(column)) for column in columns if trails(column)]
    if costs:
        found.append(_header(asked, _("Cost/month"), "cost", "c-cost end"))
    return found


def _header(asked: ListQuery, label: Any, key: str, css: str) -> Header:
    direction = "descending" if asked.sort == f"-{key}" else "ascending" if asked.sort == key else "none"
    return Header(label, css, asked.link(sort=f"-{key}" if asked.sort == key else key, page=None), direction)


def tokens(asked: ListQuery, places: Sequence[Place]) -> list[Token]:
    """The filters as removable tokens."""
    labels = dict(filters.properties(asked.resource))
    texts = [str(one) for one in asked.filters]
    return [
        Token(
            labels.get(one.key) or _("Tag %(key)s") % {"key": one.key.removeprefix("tag:")},
            SIGNS.get(one.op, one.op),
            _told(one, places),
            asked.link(f=[text for text in texts if text != str(one)] or None, page=None),
        )
        for one in asked.filters
    ]


def _told(one: filters.Filter, places: Sequence[Place]) -> str:
    names = {place.id: place.name for place in places} if one.key == "account" else {}
    return ", ".join(names.get(value, value) for value in one.values) or _("none")


def pager(asked: ListQuery, shown: int, total: str, more: bool) -> Pager:
    """`shown` rows of `total`; `more` when another page follows."""
    first = (asked.page - 1) * asked.size + 1
    words = _("%(first)s–%(last)s of %(total)s") % {
        "first": f"{first if shown else 0:,}",
        "last": f"{first + shown - 1 if shown else 0:,}",
        "total": total,
    }
    previous = asked.link(page=asked.page - 1 if asked.page > 2 else None) if asked.page > 1 else ""
    return Pager(words, previous, asked.link(page=asked.page + 1) if more else "")


def blank(asked: ListQuery, places: Sequence[Place], fresh: Freshness, may_see: bool) -> str:
    """Why there are no rows; the words stand in resource/blank.html."""
    if not places:
        return "accounts"
    if not may_see:
        return "denied"
    if asked.narrowing and fresh.total:
        return "unmatched"
    failed = len(fresh.failed)
    if failed and failed + fresh.waiting >= fresh.sources:
        return "error"
    return "first" if fresh.waiting or (fresh.running and not fresh.at) else "empty"


def hidden_words(resource: Resource, hidden: int) -> str:
    what = within(resource.plural)
    return ngettext(
        "%(count)s resource of this kind (%(what)s) is hidden by the filters.",
        "%(count)s %(what)s are hidden by the filters.",
        hidden,
    ) % {"count": f"{hidden:,}", "what": what}


def scope_words(resource: Resource, shell: Shell) -> str:
    """Where there are none."""
    accounts = ngettext("%(n)d account", "%(n)d accounts", shell.accounts_in_view) % {"n": shell.accounts_in_view}
    if resource.scope == "global":
        return _("There are none in the %(accounts)s in view.") % {"accounts": accounts}
    regions = ngettext("%(n)d Region", "%(n)d Regions", shell.regions_in_view) % {"n": shell.regions_in_view}
    return _("There are none in the %(accounts)s and %(regions)s in view.") % {"accounts": accounts, "regions": regions}
