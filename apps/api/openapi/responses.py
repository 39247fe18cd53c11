"""The responses that operations of the document share."""

from collections.abc import Iterable
from typing import Any

from apps.api.openapi.schemas import Schema, ref
from apps.api.problems import MEDIA_TYPE, TYPES

HEADERS: dict[str, dict[str, Any]] = {
    "unauthorized": {"WWW-Authenticate": {"schema": {"type": "string"}}},
    "method": {"Allow": {"schema": {"type": "string"}}},
}
READ = (400, 401, 403, 404, 405, 500, 503)
WRITE = (*READ, 409, 413, 415, 422, 502)


def problems(statuses: Iterable[int]) -> dict[str, Schema]:
    """References to the shared responses of these statuses."""
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted(statuses)}


def ok(schema: Schema, description: str = "OK", **more: Any) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}, **more}


def accepted() -> Schema:
    """What every change answers: its operation, and where to follow it."""
    location = {"description": "The operation.", "schema": {"type": "string"}}
    return ok(ref("Operation"), "The operation that does it.", headers={"Location": location})


def shared() -> dict[str, Schema]:
    """One response per status, naming the problem types that it stands for."""
    out: dict[str, Schema] = {}
    for status in sorted({found.status for found in TYPES.values()}):
        types = [found for found in TYPES.values() if found.status == status]
        headers = {name: value for found in types for name, value in HEADERS.get(found.slug, {}).items()}
        out[f"Problem{status}"] = {
            "description": "; ".join(f"{found.title} ({found.uri})" for found in types),
            "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
            **({"headers": headers} if headers else {}),
        }
    return out
