"""The record: search, page by page, rows that open. Needs audit.event.read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.timezone import make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from apps.audit import chain, formats, search
from apps.audit.models import AuditEvent, Result
from apps.audit.search import Filters
from apps.console import scope, shell
from apps.objects.sending import attachment
from apps.tenancy import access
from apps.tenancy.context import tenant_tx
from apps.tenancy.decorators import SignedRequest, own_transactions, signed_in
from apps.witness import export as exporting

TONES = {"intent": "idle", "ok": "ok", "failed": "bad", "denied": "warn", "unknown": "unknown"}
SIZE = 50
# Neither path nor name: these are the operator's, and the same for every organization.
ANCHORS = {"file": gettext_lazy("A file"), "bucket": gettext_lazy("An S3 bucket with Object Lock")}
FORMATS = (("csv", "CSV"), ("ocsf", "OCSF JSON"))


@signed_in
def index(request: SignedRequest) -> HttpResponse:
    """The record with the filters of the URL: q, act, result, who, account, since, until, operation, target, before."""
    access.require(request.actor, "audit.event.read")
    shell.at(request, "audit")
    filters, sealed = _filters(request), chain.state(request.actor.tenant_id)
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
        "chain": sealed,
        "anchors": [(ANCHORS.get(anchor.place, anchor.place), anchor) for anchor in sealed.anchors],
        "formats": [(name, label) for name, label in FORMATS if access.allowed(request.actor, exporting.PERMISSION)],
    }
    return render(request, "pages/audit.html", context)


@own_transactions
@signed_in
@require_safe
def export(request: SignedRequest) -> HttpResponseBase:
    """All that the page's filters find, as a file: `format` is csv or ocsf. Needs audit.event.export."""
    form = formats.FORMATS.get(request.GET.get("format", "csv"))
    if form is None:
        raise Http404
    with tenant_tx(request.actor.tenant_id):
        rows = search.matching(request.actor.tenant_id, _filters(request))
        if request.method == "HEAD":
            access.require(request.actor, exporting.PERMISSION)
            return HttpResponse(content_type=form.media_type)
        asked = {name: str(value) for name, value in request.GET.items() if name != "format" and value}
        made = exporting.begin(request.actor, rows, form, asked)
    return attachment(request, made.pieces(), f'attachment; filename="{made.name}"', form.media_type)


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
