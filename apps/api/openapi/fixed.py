"""The addresses that are there whatever services are declared."""

from typing import Any

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, WRITE, accepted, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.api.openapi.sealing import CHAIN
from apps.api.record import FILTERS as AUDIT_FILTERS
from apps.audit.formats import FORMATS
from apps.audit.models import Result

GRANT = s.obj(
    {
        "role": s.text(),
        "permissions": s.array(s.text()),
        "scope": s.obj(
            {
                "account": s.nullable("string"),
                "region": s.nullable("string"),
                "tag": s.nullable("string"),
                "path": s.nullable("string", "`bucket/prefix*`."),
            }
        ),
    }
)
ME = s.obj(
    {
        "kind": s.text(enum=["user", "token", "system"]),
        "id": s.nullable("string"),
        "name": s.text(),
        "email": s.text(),
        "organization": s.obj({"id": s.UUID, "name": s.text(), "slug": s.text()}),
        "token": {"anyOf": [s.obj({"id": s.UUID, "name": s.text()}), {"type": "null"}]},
        "roles": s.array(GRANT),
        "only_permissions": s.array(s.text()),
        "only_accounts": s.array(s.text()),
    }
)
TOKEN = s.obj(
    {
        "id": s.UUID,
        "url": s.text(),
        "name": s.text(),
        "prefix": s.text("The first characters of its secret part."),
        "current": {"type": "boolean", "description": "Whether this request came with it."},
        "only_permissions": s.array(s.text()),
        "only_accounts": s.array(s.UUID),
        "created_at": s.MOMENT,
        "expires_at": s.MOMENT,
        "last_used_at": s.NO_MOMENT,
    }
)
EVENT = s.obj(
    {
        "id": {"type": "integer"},
        "at": s.MOMENT,
        "act": s.text(),
        "result": s.text(enum=list(Result.values)),
        "reason": s.text(),
        "who": s.obj({name: s.text() for name in ("kind", "id", "name", "address", "session")}),
        "target": s.obj(
            {name: s.text() for name in ("kind", "id", "name", "account", "account_name", "region", "arn")}
        ),
        "params": s.ANY,
        "before": s.ANY,
        "after": s.ANY,
        "operation": s.nullable("string"),
        "step": s.text(),
        "plan_hash": s.text(),
        "request_ids": s.array(s.text()),
    }
)
PROBLEM_TYPE = s.obj({"type": s.text(), "status": {"type": "integer"}, "title": s.text(), "advice": s.text()})
_COST = s.nullable("number", "USD a month; null where there is no price.")
IDLE = s.obj(
    {
        "id": s.text(),
        "url": s.text(),
        "kind": s.text(),
        "name": s.text(),
        "state": s.text(),
        "account": {"anyOf": [ref("AccountRef"), {"type": "null"}]},
        "region": s.text(),
        "why": s.text("Why it buys nothing, in a sentence."),
        "created_at": s.nullable("string", "Null where AWS does not tell.", format="date-time"),
        "monthly_cost": _COST,
        "fix": {
            "anyOf": [ref("ActionLink"), {"type": "null"}],
            "description": "The action that ends it; null where you may not do it.",
        },
    }
)
_SUM: dict[str, Schema] = {
    "count": {"type": "integer"},
    "monthly_cost": {"type": "number", "description": "USD a month."},
    "unpriced": {"type": "integer", "description": "How many have no price and are not in the sum."},
}
SCHEMAS: dict[str, Schema] = {
    "Me": ME,
    "Token": TOKEN,
    "AuditEvent": EVENT,
    "ProblemType": PROBLEM_TYPE,
    "IdleResource": IDLE,
    "AuditChain": CHAIN,
}

_AUDIT_SCHEMAS: dict[str, Schema] = {
    "result": {"type": "string", "enum": list(Result.values)},
    "operation": {"type": "string", "format": "uuid"},
    "after": {"type": "string", "format": "date-time"},
    "before": {"type": "string", "format": "date-time"},
}
_PUBLIC: dict[str, Any] = {"security": []}


def paths() -> dict[str, Schema]:
    """The fixed addresses, below /api/v1."""
    return {**_start(), **_problem_types(), **_mine(), **_operations(), **_audit(), **_idle()}


def _get(id: str, tag: str, summary: str, schema: Schema, *, statuses: tuple[int, ...] = READ, **more: Any) -> Schema:
    return {
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "responses": {"200": ok(schema), **problems(statuses)},
        **more,
    }


def _post(id: str, tag: str, summary: str, success: dict[str, Schema], **more: Any) -> Schema:
    return {
        "operationId": id,
        "tags": [tag],
        "summary": summary,
        "responses": {**success, **problems(WRITE)},
        **more,
    }


def _body(properties: dict[str, Schema], example: dict[str, str]) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": s.obj(properties, examples=[example])}}}


def _start() -> dict[str, Schema]:
    index = {"type": "object", "additionalProperties": True}
    return {"/": {"get": _get("index", "panel", "What is where", index)}}


def _problem_types() -> dict[str, Schema]:
    slug = query.in_path("slug", "The end of a problem's `type`.", pattern="^[a-z-]+$")
    listing, single = s.page(ref("ProblemType")), ref("ProblemType")
    missing: dict[str, Any] = {"statuses": (404, 405), **_PUBLIC}
    return {
        "/problems/": {"get": _get("problem.list", "panel", "The problem types", listing, **missing)},
        "/problems/{slug}": {
            "get": _get("problem.read", "panel", "A problem type", single, parameters=[slug], **missing)
        },
    }


def _mine() -> dict[str, Schema]:
    gone = {"204": {"description": "It can't be used any more."}}
    return {
        "/me/": {"get": _get("me.read", "panel", "Who am I", ref("Me"))},
        "/tokens/": {"get": _get("token.list", "panel", "My tokens", s.page(ref("Token")))},
        "/tokens/{id}/": {
            "get": _get("token.read", "panel", "One of my tokens", ref("Token"), parameters=[query.UUID]),
            "delete": _post("token.delete", "panel", "Revoke a token", gone, parameters=[query.UUID]),
        },
    }


def _operations() -> dict[str, Schema]:
    states: Schema = {"type": "array", "items": {"type": "string", "enum": s.OPERATION_STATES}}
    filters = [
        query.in_query("state", states, "More than once for several.", explode=True),
        query.LIMIT,
        query.CURSOR,
    ]
    one = [query.UUID]
    return {
        "/operations/": {
            "get": _get("operation.list", "operations", "List operations", s.page(ref("Operation")), parameters=filters)
        },
        "/operations/{id}/": {
            "get": _get("operation.read", "operations", "An operation with its steps", ref("Operation"), parameters=one)
        },
        "/operations/{id}/cancel/": {
            "post": _post(
                "operation.cancel", "operations", "Cancel: no further step begins", {"202": accepted()}, parameters=one
            )
        },
        "/operations/{id}/approve/": {
            "post": _post(
                "operation.approve",
                "operations",
                "Approve what waits for it",
                {"202": accepted()},
                parameters=one,
                requestBody=_body(
                    {"plan_hash": s.text("Of the plan that was read: nothing else is approved.")},
                    {"plan_hash": "0" * 64},
                ),
            )
        },
        "/operations/{id}/decline/": {
            "post": _post(
                "operation.decline",
                "operations",
                "Decline what waits for approval",
                {"202": accepted()},
                parameters=one,
                requestBody=_body(
                    {"reason": s.text("Told to the person who asked.", minLength=1, maxLength=500)},
                    {"reason": "Not on a Friday"},
                ),
            )
        },
        "/operations/{id}/retry/": {
            "post": _post(
                "operation.retry", "operations", "Retry from the step that failed", {"202": accepted()}, parameters=one
            )
        },
    }


def _idle() -> dict[str, Schema]:
    several: Schema = {"type": "array", "items": {"type": "string"}}
    filters = [
        query.in_query("kind", several, "Such as `ec2.volume`; more than once for several.", explode=True),
        query.in_query("account", several, "Account id; more than once for several.", explode=True),
        query.in_query("region", several, "Region; more than once for several.", explode=True),
        query.LIMIT,
        query.CURSOR,
    ]
    by_reason = s.array(s.obj({"kind": s.text(), "why": s.text(), **_SUM}))
    return {
        "/idle/": {
            "get": _get(
                "idle.list",
                "panel",
                "What costs and buys nothing, the dearest first",
                s.page(ref("IdleResource"), total=s.obj(_SUM), by_reason=by_reason),
                parameters=filters,
                description="Of the kinds that you may read. `total` and `by_reason` are of all pages together.",
            )
        }
    }


def _audit() -> dict[str, Schema]:
    filters = [
        query.in_query(name, _AUDIT_SCHEMAS.get(name, {"type": "string"}), f"Only events with this {name}.")
        for name in AUDIT_FILTERS
        if name != "cursor"
    ]
    return {
        "/audit/": {
            "get": _get(
                "audit.event.list",
                "audit",
                "The record, newest first",
                s.page(ref("AuditEvent")),
                parameters=[*filters, query.LIMIT, query.CURSOR],
                description="Needs `audit.event.read`.",
            )
        },
        "/audit/export/": {"get": _export(filters)},
        "/audit/chain/": {
            "get": _get(
                "audit.chain.read",
                "audit",
                "How far the record is sealed and anchored",
                ref("AuditChain"),
                description="Needs `audit.event.read`. `manage.py verify_audit` verifies it.",
            )
        },
    }


def _export(filters: list[Schema]) -> Schema:
    form: Schema = {"type": "string", "enum": list(FORMATS), "default": "csv"}
    made = _get(
        "audit.event.export",
        "audit",
        "The record as a file, newest first",
        {"type": "string"},
        parameters=[query.in_query("format", form, "`ocsf`: a line of JSON each, OCSF's API Activity."), *filters],
        description="Needs `audit.event.export`. The export is on the record itself. In CSV, an apostrophe stands "
        "before a cell that a spreadsheet would take for a formula.",
    )
    types = {each.media_type.partition(";")[0]: {"schema": {"type": "string"}} for each in FORMATS.values()}
    made["responses"]["200"] = {"description": "The file.", "content": types}
    return made
