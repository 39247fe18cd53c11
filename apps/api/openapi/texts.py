"""The addresses of what one reading call answers of a resource as text."""

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog.resources import Resource, Tab

SCHEMAS: dict[str, Schema] = {
    "Text": s.obj(
        {
            "id": s.text(),
            "type": s.text("`text/plain`, or that of the picture which `text` holds in base64."),
            "text": s.text("Empty where AWS has none."),
        }
    )
}


def paths(resource: Resource) -> dict[str, Schema]:
    base = f"/{resource.service}/{resource.slug}/{{id}}/"
    return {f"{base}{one.id}/": {"get": _path(resource, one)} for one in resource.tabs}


def _path(resource: Resource, tab: Tab) -> Schema:
    words = [f"Read from AWS as it is asked for. Needs `{resource.permission}` and `{resource.kind}.{tab.permission}`."]
    words += ["Each reading is on the record."] if tab.secret else []
    return {
        "operationId": f"{resource.kind}.{tab.id}",
        "tags": [resource.service],
        "summary": f"{resource.label}: {tab.label}",
        "description": " ".join(words),
        "parameters": [query.ID, *query.PLACE],
        "responses": {"200": ok(ref("Text")), **problems((*READ, 409, 502))},
    }
