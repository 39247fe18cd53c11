"""The audit record: `/api/v1/audit/`, newest first, and how far it is sealed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from apps.api.addresses import with_query
from apps.api.answers import answer
from apps.api.bodies import number
from apps.api.endpoint import calls_aws, endpoint
from apps.api.problems import Problem
from apps.audit import chain, formats
from apps.audit.models import AuditEvent, Result
from apps.objects.sending import attachment
from apps.tenancy.access import Actor, require
from apps.tenancy.context import tenant_tx
from apps.witness import export

PERMISSION = "audit.event.read"
FIELDS = (
    *("id", "at", "act", "result", "reason", "params", "before", "after", "operation", "step", "plan_hash"),
    *("request_ids", "who_kind", "who_id", "who_name", "who_address", "who_session", "target_kind", "target_id"),
    *("target_name", "target_account", "target_account_name", "target_region", "target_arn"),
)


def _text(value: str) -> str:
    return value


def _moment(value: str) -> Any:
    try:
        moment = parse_datetime(value)
    except ValueError:
        moment = None
    if moment is None or not is_aware(moment):
        raise ValueError(_("The value is a moment with its zone, such as 2026-11-20T08:00:00Z."))
    return moment


def _result(value: str) -> str:
    if value not in Result.values:
        raise ValueError(_("The value is one of %(values)s.") % {"values": ", ".join(Result.values)})
    return value


def _uuid(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise ValueError(_("The value is a UUID.")) from None


def _position(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise ValueError(_("The value is the cursor of a `next` address."))
    return int(value)


# Query parameter: the look-up in the table, and how its value is read.
FILTERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "act": ("act", _text),
    "result": ("result", _result),
    "who": ("who_id", _text),
    "target": ("target_id", _text),
    "kind": ("target_kind", _text),
    "account": ("target_account", _text),
    "region": ("target_region", _text),
    "operation": ("operation", _uuid),
    "after": ("at__gte", _moment),
    "before": ("at__lt", _moment),
    "cursor": ("id__lt", _position),
}


def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Events that match every parameter given, 50 at a time unless `limit` says otherwise."""
    require(actor, PERMISSION)
    limit = number(request, "limit", 50, 500)
    events = list(_matching(request, actor).order_by("-id").values(*FIELDS)[: limit + 1])
    more = len(events) > limit
    results = [event_json(event) for event in events[:limit]]
    return answer({"results": results, "next": with_query(request, cursor=results[-1]["id"]) if more else None})


def exporting(request: HttpRequest, actor: Actor) -> Any:
    """All events that match, newest first, as a file: `format` is csv (unless given) or ocsf."""
    form = formats.FORMATS.get(request.GET.get("format", "csv"))
    if form is None:
        values = ", ".join(formats.FORMATS)
        raise Problem("query", errors={"format": [_("The value is one of %(values)s.") % {"values": values}]})
    if request.method == "HEAD":
        require(actor, export.PERMISSION)
        return HttpResponse(content_type=form.media_type)
    with tenant_tx(actor.tenant_id):
        rows = _matching(request, actor, besides="format")
        asked = {name: str(value) for name, value in request.GET.items() if name != "format"}
        made = export.begin(actor, rows, form, asked)
    return attachment(request, made.pieces(), f'attachment; filename="{made.name}"', form.media_type)


def _matching(request: HttpRequest, actor: Actor, besides: str = "limit") -> QuerySet[AuditEvent]:
    events, errors = AuditEvent.objects.filter(tenant_id=actor.tenant_id), {}
    for name in request.GET:
        value = str(request.GET[name])
        if name == besides:
            continue
        if name not in FILTERS or (besides != "limit" and name == "cursor"):
            errors[name] = [_("There is no parameter %(name)s.") % {"name": name}]
            continue
        lookup, read = FILTERS[name]
        try:
            events = events.filter(**{lookup: read(value)})
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        raise Problem("query", errors=errors)
    return events


def event_json(event: dict[str, Any]) -> dict[str, Any]:
    """A row of the record, with who and target as objects."""
    out: dict[str, Any] = {"who": {}, "target": {}}
    for name, value in event.items():
        part, _underscore, rest = name.partition("_")
        if part in ("who", "target"):
            out[part][rest] = value
        else:
            out[name] = value
    return out


def sealed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How far the record is sealed and anchored. Where the anchors lie is the operator's to know."""
    require(actor, PERMISSION)
    found = chain.state(actor.tenant_id)
    last = found.last
    waiting = {"rows": found.pending, "more": found.pending >= chain.MOST, "since": found.since}
    anchors = [
        {"place": one.place, "number": one.number, "head": one.head, "at": one.at, "behind": last.number - one.number}
        for one in found.anchors
        if last
    ]
    seal = {name: getattr(last, name) for name in ("number", "at", "total", "head", "key")} if last else None
    return answer({"key": found.key or None, "last": seal, "waiting": waiting, "anchors": anchors})


events = endpoint(get=listing)
chained = endpoint(get=sealed)
# Marked as if it called AWS: the bytes go when the transaction that records the export has ended.
exports = endpoint(get=calls_aws(exporting))
