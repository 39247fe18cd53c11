"""The record: search, page by page, rows that open. Needs audit.event.read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _

from apps.audit import search
from apps.audit.models import AuditEvent, Result
from apps.audit.search import Filters
from apps.console import scope, shell
from apps.tenancy import access
from apps.tenancy.decorators import SignedRequest, signed_in

TONES = {"intent": "idle", "ok": "ok", "failed": "bad", "denied": "warn", "unknown": "unknown"}
SIZE = 50


@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """The record with the filters of the URL: q, act, result, who, account, since, until, operation, target, before."""
    access.require(request.actor, "audit.event.read")
    shell.at(request, "audit")
    filters = _filters(request)
    page = search.query(request.actor.tenant_id, filters, before=_number(request.GET.get("before")), size=SIZE)
    context = {
        "events": [_row(event) for event in page.events],
        "older": page.older,
        "newest": "before" not in request.GET,
        "filters": filters,
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
        "results": Result.choices,
        "accounts": scope.accounts(request),
        "filtered": filters != Filters(),
    }
    return render(request, "pages/audit.html", context)


def _filters(request: SignedRequest) -> Filters:
    get = request.GET.get
    found = Filters(
        act=get("act", "").strip()[:120],
        who=get("who", "").strip()[:120],
        target=get("target", "").strip()[:512],
        operation=get("operation", "").strip()[:40],
        text=get("q", "").strip()[:200],
        since=_day(get("since", "")),
    )
    until = _day(get("until", ""))
    known = {place.id for place in scope.accounts(request)}
    return replace(
        found,
        # "until" a day means with that day
        until=until + timedelta(days=1) if until else None,
        result=get("result", "") if get("result", "") in Result.values else "",
        # `account` is the scope's word in a URL
        account=get("in", "") if get("in", "") in known else "",
    )


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return make_aware(datetime(day.year, day.month, day.day)) if day else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _row(event: AuditEvent) -> dict[str, Any]:
    """An event with its JSON parts as text, each under its words."""
    parts = ((_("Parameters"), event.params), (_("Before"), event.before), (_("After"), event.after))
    return {
        "event": event,
        "tone": TONES.get(event.result, "unknown"),
        "label": Result(event.result).label,
        "glyph": "circle-dot" if event.result == Result.INTENT else "",
        "parts": [(words, pretty(value)) for words, value in parts if value],
    }


def pretty(value: Any) -> str:
    """JSON for people."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()
