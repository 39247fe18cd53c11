"""The schemas that every kind shares: problems, references, operations, previews."""

from typing import Any

from apps.operations.models import State, StepState

Schema = dict[str, Any]


def text(description: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **more}


def nullable(kind: str, description: str = "", **more: Any) -> Schema:
    return {"type": [kind, "null"], **({"description": description} if description else {}), **more}


def obj(properties: dict[str, Any], *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object of which every property is there, but for the optional ones."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        **more,
    }


def array(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def page(items: Schema, **more: Schema) -> Schema:
    """What a list answers."""
    next_page = nullable("string", "The address of the next page; null on the last one.")
    return obj({"results": array(items), "next": next_page, **more})


UUID = text(format="uuid")
MOMENT = text(format="date-time")
NO_MOMENT = nullable("string", format="date-time")
ANY: Schema = {}

PROBLEM = obj(
    {
        "type": text("The address of this type's documentation."),
        "title": text(),
        "status": {"type": "integer"},
        "detail": text(),
        "errors": {
            "type": "object",
            "description": "Messages by field; a row's field is `tags[1].key`, the whole is `__all__`.",
            "additionalProperties": array(text()),
        },
        "permission": text("What is missing."),
        "code": text("AWS's error code."),
        "request_id": text("AWS's request id."),
        "changed": text("Whether AWS did anything.", enum=["no", "yes", "unknown"]),
        "retry": {"type": "boolean", "description": "Whether the same may succeed later."},
        "next": text("What to do."),
        "candidates": array(text("The addresses of those that are meant.")),
    },
    optional=("errors", "permission", "candidates", "code", "request_id", "changed", "retry", "next"),
    description="RFC 9457.",
)
ACCOUNT_REF = obj({"id": UUID, "name": text(), "number": text("12 digits.")})
LINK = obj(
    {
        "href": text(),
        "label": text(),
        "risk": text(enum=["safe", "interrupts", "destroys"]),
        "permission": text(),
    }
)
STEP = obj(
    {
        "key": text(),
        "title": text(),
        "call": text("The AWS call, such as `ec2.run_instances`."),
        "state": text(enum=list(StepState.values)),
        "account": text(),
        "region": text(),
        "attempts": {"type": "integer"},
        "started_at": NO_MOMENT,
        "ended_at": NO_MOMENT,
        "request_ids": array(text()),
        "progress": nullable("object", "Of a sweep: how many things are `done`, and how many could not be (`failed`)."),
        "error": nullable("object"),
    }
)
OPERATION_STATES = list(State.values)
OPERATION = obj(
    {
        "id": UUID,
        "url": text(),
        "act": text("The permission, such as `ec2.instance.stop`."),
        "title": text(),
        "state": text(
            "`failed` left nothing behind; `attention` names what it left in `left`; `awaiting` needs approval.",
            enum=OPERATION_STATES,
        ),
        "asked_by": obj({"kind": text(), "id": text(), "name": text()}),
        "targets": array(obj({"kind": text(), "id": text(), "name": text(), "account": text(), "region": text()})),
        "accounts": array(text()),
        "regions": array(text()),
        "result": {"description": "What a wizard made, once it is done."},
        "error": nullable("object", "Why it ended badly: code, text, request_id, changed."),
        "left": array({"type": "object"}),
        "plan_hash": text(),
        "decision": {
            "type": ["object", "null"],
            "description": "Where it needed approval: `approved` or `declined`, by whom, and why.",
            "properties": {"decision": text(), "by": text(), "at": NO_MOMENT, "reason": text()},
        },
        "cancel_asked_at": NO_MOMENT,
        "created_at": MOMENT,
        "started_at": NO_MOMENT,
        "ended_at": NO_MOMENT,
        "progress": obj(
            {
                "total": {"type": "integer"},
                "done": {"type": "integer"},
                "now": text("The current step's title."),
                "swept": {"type": "integer", "description": "With how many things it has dealt, where it is a sweep."},
            }
        ),
        "steps": array(ref("OperationStep")),
        "secrets": {
            "type": "object",
            "description": "What was made for this request alone and is shown only now, such as a private key.",
            "additionalProperties": text(),
        },
    },
    optional=("targets", "steps", "secrets"),
)
PREVIEW = obj(
    {
        "plan": obj(
            {
                "act": text(),
                "title": text(),
                "targets": array({"type": "object"}),
                "steps": array({"type": "object"}),
                "result": ANY,
            }
        ),
        "plan_hash": text("SHA-256 of the plan."),
        "permission": obj({"name": text(), "allowed": {"type": "boolean"}, "reason": text()}),
        "cost": obj(
            {
                "currency": text(),
                "total": nullable("number", "A month; null when a part has no price."),
                "parts": array(obj({"label": text(), "amount": nullable("number")})),
                "price_date": text(),
            }
        ),
        "checks": array(obj({"tone": text(enum=["ok", "warn", "bad", "busy"]), "text": text(), "detail": text()})),
        "means": array(text("What will be so then, in a sentence.")),
        "notes": array(text("What is odd about the values.")),
        "risks": array(text("What the values put at risk.")),
        "code": array(obj({"id": text(), "label": text(), "language": text(), "text": text()})),
    }
)
SOURCE = obj(
    {
        "account": UUID,
        "region": text(),
        "read_at": NO_MOMENT,
        "error": nullable("object"),
        "measures": {
            "type": "object",
            "description": "How current each measure is, by its column's key. `errors` are by Region.",
            "additionalProperties": obj({"read_at": NO_MOMENT, "errors": {"type": "object"}}),
        },
    },
    optional=("measures",),
    description="How current the list is in one account and Region.",
)

SHARED: dict[str, Schema] = {
    "Problem": PROBLEM,
    "AccountRef": ACCOUNT_REF,
    "ActionLink": LINK,
    "OperationStep": STEP,
    "Operation": OPERATION,
    "Preview": PREVIEW,
    "Source": SOURCE,
}
