"""The record as files: CSV for people with a spreadsheet, OCSF for machines that collect security events."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from apps.audit.models import AuditEvent

FIELDS = (
    *("id", "at", "act", "result", "who_kind", "who_id", "who_name", "who_address", "who_session"),
    *("target_kind", "target_id", "target_name", "target_account", "target_account_name", "target_region"),
    *("target_arn", "operation", "step", "plan_hash", "request_ids", "reason", "params", "before", "after"),
)
# What spreadsheets take for a formula at the beginning of a cell, the wide forms too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

OCSF = "1.6.0"
_CLASS = 6003  # API Activity
_ACTIVITIES = {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other"}
_VERBS = {
    1: {"create", "launch", "add", "allocate", "put", "upload", "connect", "copy", "import", "write", "bind"},
    2: {"read", "list", "export", "download", "share", "preview"},
    4: {"delete", "remove", "terminate", "release", "revoke", "empty", "unbind", "disconnect"},
    99: {"sign-in", "sign-out", "approve", "decline", "cancel", "retry"},
}
_STATUS = {"ok": (1, "Success"), "failed": (2, "Failure"), "denied": (2, "Failure")}


@dataclass(frozen=True, slots=True)
class Format:
    """`head` stands once at the beginning; `lines` makes the bytes of some rows."""

    name: str
    media_type: str
    ending: str
    head: bytes
    lines: Callable[[Sequence[AuditEvent]], bytes]


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    # Every cell in quotes: a spreadsheet that splits at semicolons finds none to split at.
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


def csv_lines(events: Sequence[AuditEvent]) -> bytes:
    """A line each, in the order of FIELDS; times in UTC, JSON as text."""
    return _csv([[harmless(_cell(name, getattr(event, name))) for name in FIELDS] for event in events])


def harmless(cell: str) -> str:
    """The cell as text that no spreadsheet computes: an apostrophe stands before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in ("params", "before", "after", "request_ids"):
        return orjson.dumps(value, default=str).decode()
    return value.isoformat().replace("+00:00", "Z") if name == "at" else str(value)


def ocsf_lines(events: Sequence[AuditEvent]) -> bytes:
    """One event of OCSF's class API Activity on each line."""
    return b"".join(orjson.dumps(ocsf(event), default=str, option=orjson.OPT_APPEND_NEWLINE) for event in events)


def ocsf(event: AuditEvent) -> dict[str, Any]:
    """A row as https://schema.ocsf.io/1.6.0/classes/api_activity has it. What has no place there is `unmapped`."""
    activity = _activity(event.act)
    status_id, status = _STATUS.get(event.result, (99, event.get_result_display()))
    refused = event.result in ("failed", "denied")
    told: dict[str, Any] = {
        "category_uid": 6,
        "category_name": "Application Activity",
        "class_uid": _CLASS,
        "class_name": "API Activity",
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"API Activity: {_ACTIVITIES[activity]}",
        "severity_id": 2 if refused else 1,
        "severity": "Low" if refused else "Informational",
        "time": int(event.at.timestamp() * 1000),
        "status_id": status_id,
        "status": str(status),
        "status_code": event.result,
        "status_detail": event.reason,
        "metadata": _metadata(event),
        "actor": _actor(event),
        "api": _api(event),
        "src_endpoint": {"ip": event.who_address} if event.who_address else {"name": "Northgate"},
        "resources": _resources(event),
        "cloud": _cloud(event),
        "unmapped": {
            name: getattr(event, name)
            for name in ("params", "before", "after", "step", "plan_hash", "request_ids")
            if getattr(event, name) not in (None, "", [], {})
        },
    }
    return {name: value for name, value in told.items() if value not in ("", None, [], {})}


def _activity(act: str) -> int:
    verb = act.rpartition(".")[2]
    return next((id for id, verbs in _VERBS.items() if verb in verbs), 3)


def _metadata(event: AuditEvent) -> dict[str, Any]:
    return {
        "version": OCSF,
        "product": {"name": "Northgate", "vendor_name": "Northgate"},
        "log_name": "audit",
        "uid": f"{event.tenant_id}/{event.id}",
        "tenant_uid": str(event.tenant_id),
        "event_code": event.act,
        **({"correlation_uid": str(event.operation)} if event.operation else {}),
        **({"profiles": ["cloud"]} if event.target_account else {}),
    }


def _actor(event: AuditEvent) -> dict[str, Any]:
    kind = {"user": (1, "User"), "system": (3, "System")}.get(event.who_kind, (99, event.who_kind))
    user = {"uid": event.who_id, "name": event.who_name, "type_id": kind[0], "type": kind[1]}
    return {"user": user, **({"session": {"uid": event.who_session}} if event.who_session else {})}


def _api(event: AuditEvent) -> dict[str, Any]:
    request = {"request": {"uid": event.request_ids[0]}} if event.request_ids else {}
    return {"operation": event.act, "service": {"name": event.act.partition(".")[0]}, **request}


def _resources(event: AuditEvent) -> list[dict[str, Any]]:
    named = {"uid": event.target_arn or event.target_id, "name": event.target_name, "type": event.target_kind}
    named["region"] = event.target_region
    found = {name: value for name, value in named.items() if value}
    return [found] if event.target_id or event.target_arn or event.target_name else []


def _cloud(event: AuditEvent) -> dict[str, Any]:
    if not event.target_account:
        return {}
    account = {"uid": event.target_account, "name": event.target_account_name}
    return {"provider": "AWS", "account": account, **({"region": event.target_region} if event.target_region else {})}


FORMATS = {
    "csv": Format("csv", "text/csv; charset=utf-8", "csv", _csv([FIELDS]), csv_lines),
    "ocsf": Format("ocsf", "application/x-ndjson", "jsonl", b"", ocsf_lines),
}
