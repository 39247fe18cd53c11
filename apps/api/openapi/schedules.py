"""The addresses of schedules."""

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, WRITE, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog import registry
from apps.catalog.forms import schema as form_schema
from apps.operations.models import RunState, State
from apps.operations.schedule_form import ScheduleForm

TAG = s.obj({"key": s.text(), "value": s.text("Several, by commas, mean any of them.")})
RUN = s.obj(
    {
        "id": s.UUID,
        "due_at": s.MOMENT,
        "begun_at": s.MOMENT,
        "ended_at": s.NO_MOMENT,
        "state": s.text(enum=list(RunState.values)),
        "reason": s.text("Why nothing was done, or what went wrong."),
        "by": s.text("Who asked for it, off the timetable."),
        "targets": {"type": "integer"},
        "left_out": s.array(s.text("Who is no target, and why.")),
        "deleted": {"type": "integer", "description": "How many old things it asked to delete."},
        "operations": s.array(
            s.obj({"id": s.UUID, "url": s.text(), "act": s.text(), "state": s.text(enum=list(State.values))})
        ),
    }
)
SCHEDULE = s.obj(
    {
        "id": s.UUID,
        "url": s.text(),
        "name": s.text(),
        "act": s.text("What is done, such as `ec2.instance.back-up`."),
        "values": {"type": "object", "description": "What the act's own form was filled in with."},
        "tags": s.array(TAG, description="What has all of these is chosen anew at each run."),
        "accounts": s.array(s.text(), description="Ids; none means all."),
        "regions": s.array(s.text(), description="None means all of each account."),
        "cron": s.text("Minute, hour, day of the month, month, day of the week."),
        "zone": s.text("The time zone that `cron` is read in."),
        "grace": {"type": "integer", "description": "Minutes that a run may be late; then it is missed."},
        "keep_count": s.nullable("integer"),
        "keep_days": s.nullable("integer"),
        "runs_as": s.obj({"kind": s.text(), "id": s.text(), "name": s.text()}),
        "created_at": s.MOMENT,
        "changed_at": s.MOMENT,
        "paused_at": s.NO_MOMENT,
        "next_at": s.NO_MOMENT,
        "last_run": {"anyOf": [ref("ScheduleRun"), {"type": "null"}]},
        "troubled": {"type": "boolean", "description": "Its last run was missed, refused, failed or found nothing."},
    }
)
PREVIEW = s.obj(
    {
        "cron": s.text(),
        "next": s.array(s.MOMENT),
        "targets": s.array(
            s.obj({name: s.text() for name in ("kind", "id", "name", "account", "region")}),
        ),
        "more": {"type": "boolean", "description": "There are more than a run takes."},
        "left_out": s.array(s.text()),
        "copies": {"type": "integer", "description": "Of each target, at most."},
        "cost": s.obj(
            {
                "currency": s.text(enum=["USD"]),
                "total": s.nullable("number", "A month of all copies at most; null where a price is not known."),
                "parts": s.array(s.obj({"label": s.text(), "amount": s.nullable("number")})),
                "price_date": s.text(),
            }
        ),
        "checks": s.array(s.obj({"tone": s.text(), "text": s.text(), "detail": s.text()})),
    }
)
EXAMPLE = {
    "name": "Nightly",
    "tags": [{"key": "backup", "value": "daily"}],
    "every": "day",
    "time": "03:00",
    "zone": "Europe/Berlin",
    "keep_count": 7,
    "values": {},
}
PLAN = query.in_query("plan", query.TRUTH, "`1` answers what the schedule would do, and changes nothing.")


def schemas() -> dict[str, Schema]:
    routines = registry.routines()
    form = form_schema(ScheduleForm)
    own: dict[str, Schema] = {
        "act": s.nullable("string", "What is done.", enum=[*(one.action.act for one in routines), None]),
        "values": {
            "description": "The act's own form; what is left out has its default.",
            "anyOf": [form_schema(one.action.form) | {"title": one.action.act} for one in routines],
        },
        "accounts": s.nullable("array", "Ids; none means all, later ones too.", items=s.UUID),
        "regions": s.nullable("array", "None means all that an account is used in.", items=s.text()),
        "zone": s.text("A name of the IANA's time zones, such as Europe/Berlin.", default="UTC"),
    }
    properties = form["properties"] | own
    properties["tags"] = properties["tags"] | {"minItems": 1}
    change = {
        name: {key: value for key, value in field.items() if key != "default"} for name, field in properties.items()
    }
    return {
        "Schedule": SCHEDULE,
        "ScheduleRun": RUN,
        "SchedulePreview": PREVIEW,
        "ScheduleForm": form | {"properties": properties, "required": ["name", "tags"], "examples": [EXAMPLE]},
        "ScheduleChange": {
            "type": "object",
            "properties": change,
            "additionalProperties": False,
            "examples": [{"keep_count": 14}],
        },
    }


def paths() -> dict[str, Schema]:
    """The addresses of schedules, below /api/v1."""
    location = {"headers": {"Location": {"schema": s.text()}}}
    found, run, preview = ok(ref("Schedule")), ref("ScheduleRun"), ok(ref("SchedulePreview"), "With `plan=1`.")
    either = ok({"anyOf": [ref("Schedule"), ref("SchedulePreview")]})
    return {
        "/schedules/": {
            "get": _operation("list", "List schedules", {"200": ok(s.page(ref("Schedule")))}, READ, needs="read"),
            "post": _operation(
                "create",
                "Create a schedule",
                {"200": preview, "201": ok(ref("Schedule"), "Created.", **location)},
                body="ScheduleForm",
                plan=True,
            ),
        },
        "/schedules/{id}/": {
            "get": _operation("read", "A schedule", {"200": found}, READ, id=True),
            "patch": _operation(
                "change", "Change a schedule", {"200": either}, body="ScheduleChange", id=True, plan=True
            ),
            "delete": _operation(
                "delete", "Forget a schedule", {"204": {"description": "What it made stays."}}, id=True
            ),
        },
        "/schedules/{id}/pause/": {"post": _operation("pause", "Pause a schedule", {"200": found}, id=True)},
        "/schedules/{id}/resume/": {
            "post": _operation("resume", "Resume a schedule", {"200": found}, id=True, needs="pause")
        },
        "/schedules/{id}/run/": {
            "post": _operation("run", "Run a schedule now", {"202": ok(run, "The run.")}, id=True, keyed=True)
        },
        "/schedules/{id}/runs/": {
            "get": _operation(
                "runs", "The runs of a schedule", {"200": ok(s.page(run))}, READ, id=True, needs="read", limit=True
            )
        },
    }


def _operation(
    verb: str,
    summary: str,
    success: dict[str, Schema],
    statuses: tuple[int, ...] = WRITE,
    *,
    body: str = "",
    id: bool = False,
    plan: bool = False,
    limit: bool = False,
    keyed: bool = False,
    needs: str = "",
) -> Schema:
    out: Schema = {
        "operationId": f"operations.schedule.{verb}",
        "tags": ["schedules"],
        "summary": summary,
        "responses": {**success, **problems(statuses)},
        "description": f"Needs `operations.schedule.{needs or verb}` in the schedule's accounts.",
    }
    given = [*([query.UUID] if id else []), *([PLAN] if plan else []), *([query.LIMIT] if limit else [])]
    given += [query.IDEMPOTENCY] if keyed else []
    if given:
        out["parameters"] = given
    if body:
        out["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    return out
