"""The addresses of a kind's questions, and what an answer looks like."""

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog.forms import schema as form_schema
from apps.catalog.questions import Question
from apps.catalog.resources import Resource

_TONE: Schema = {"type": "string", "enum": ["ok", "warn", "bad", ""]}
_FIX = s.obj(
    {
        "label": s.text(),
        "act": s.text("An action on the resource `id`, or a wizard where that is empty."),
        "id": s.text(),
        "fills": {
            "type": "object",
            "description": "Fields of its form. A list of rows is to be added to those that are there.",
        },
    }
)
_FINDING = s.obj(
    {
        "tone": _TONE | {"description": "Empty where the panel can't tell."},
        "text": s.text(),
        "about": s.array(s.obj({"kind": s.text(), "id": s.text()})),
        "evidence": s.array(s.text()),
        "fixes": s.array(_FIX),
    }
)
SCHEMAS: dict[str, Schema] = {
    "Verdict": s.obj(
        {
            "question": s.text(),
            "tone": _TONE,
            "answer": s.text(),
            "findings": s.array(_FINDING),
            "notes": s.array(s.text()),
        }
    )
}


def paths(resource: Resource) -> dict[str, Schema]:
    base = f"/{resource.service}/{resource.slug}/{{id}}/"
    return {f"{base}{one.sheet.id}/": {"get": _path(resource, one)} for one in resource.questions}


def _said(field: Schema) -> Schema:
    """In an address nothing is null."""
    several = field["type"]
    found = field if isinstance(several, str) else field | {"type": several[0]}
    return found | {"enum": [each for each in found["enum"] if each is not None]} if "enum" in found else found


def _path(resource: Resource, question: Question) -> Schema:
    fields = form_schema(question.form)["properties"]
    given = [query.in_query(name, _said(field), field.get("title", name)) for name, field in fields.items()]
    return {
        "operationId": f"{resource.kind}.{question.sheet.id}",
        "tags": [resource.service],
        "summary": str(question.text),
        "description": f"{question.help}\n\nNeeds `{resource.permission}`.",
        "parameters": [query.ID, *query.PLACE, *given],
        "responses": {"200": ok(ref("Verdict")), **problems((*READ, 409))},
    }
