"""The addresses of uploads to what holds objects."""

from typing import Any

from django import forms

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.kinds import body
from apps.api.openapi.responses import READ, WRITE, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog.forms import schema as form_schema
from apps.catalog.resources import Resource
from apps.objects.upload_forms import AbortForm, BeginForm, CompleteForm, SignForm

ANSWERS = (*READ, 409, 502)  # AWS is asked for each
_FILE = {"key": "reports/2026/october.csv", "size": 1048576, "content_type": "text/csv", "crc32": "JQFi2w=="}
SIGNED = {
    "method": s.text(enum=["PUT"]),
    "url": s.text("A secret: whoever has it may send these bytes."),
    "headers": {"type": "object", "additionalProperties": s.text(), "description": "Must be sent as they are."},
    "seconds": {"type": "integer", "description": "For which it holds; a role's session may end before."},
}
UPLOAD_ERROR = {
    "anyOf": [
        {"type": "null"},
        s.obj({"code": s.text(), "text": s.text(), "request_id": s.text(), "next": s.text()}),
    ]
}
UPLOAD_STATE = s.text(
    "`taken`: an object of this key is there, and was not to be replaced.",
    enum=["open", "done", "failed", "aborted", "taken"],
)
PARTS = s.array(s.obj({"number": {"type": "integer"}, "etag": s.text(), "crc32": s.text()}))
UPLOAD = s.obj(
    {
        "id": s.UUID,
        "key": s.text(),
        "size": {"type": "integer"},
        "state": UPLOAD_STATE,
        "part_size": s.nullable("integer", "Bytes of each part but the last; null of what is sent at once."),
        "request": {"anyOf": [{"type": "null"}, s.obj(SIGNED)]},
        "parts": PARTS | {"description": "Those that AWS has."},
        "error": UPLOAD_ERROR,
    }
)
UPLOAD_END = s.obj(
    {
        "id": s.UUID,
        "key": s.text(),
        "state": UPLOAD_STATE,
        "etag": s.nullable("string"),
        "version": s.nullable("string"),
        "error": UPLOAD_ERROR,
    }
)
UNFINISHED = s.obj(
    {
        "key": s.text(),
        "upload_id": s.text("AWS's."),
        "initiated_at": s.NO_MOMENT,
        "storage_class": s.nullable("string"),
        "id": {"anyOf": [{"type": "null"}, s.UUID], "description": "Of those that were begun here."},
        "by": s.nullable("string"),
        "size": s.nullable("integer"),
    }
)


def schemas() -> dict[str, Schema]:
    """What all of these share."""
    nobody = "00000000-0000-0000-0000-000000000000"
    return {
        "Upload": UPLOAD,
        "UploadEnd": UPLOAD_END,
        "UploadBeginForm": _example(BeginForm, {"objects": [_FILE]}),
        "UploadSignForm": _example(SignForm, {"parts": [{"number": 1, "crc32": "JQFi2w=="}]}),
        "UploadAbortForm": _example(AbortForm, {"uploads": [{"key": "big.iso", "upload_id": "2~abc"}]}),
        "UploadCompleteForm": _example(CompleteForm, {"uploads": [{"upload": nobody}]}),
    }


def _example(form: type[forms.Form], example: dict[str, Any]) -> Schema:
    return form_schema(form) | {"examples": [example]}


def paths(kind: Resource, base: str, place: list[Schema]) -> dict[str, Schema]:
    """Below `base`; `place` are the parameters that tell the container."""
    one = [*place, query.UPLOAD]
    write = problems((*WRITE, 502))

    def results(each: Schema) -> Schema:
        return s.obj({"results": s.array(each)})

    def operation(verb: str, summary: str, where: list[Schema], answers: dict[str, Schema], form: str = "") -> Schema:
        more = {"requestBody": body(ref(form), required=True)} if form else {}
        return {
            "operationId": f"{kind.kind}.{verb}",
            "tags": [kind.service],
            "summary": summary,
            "description": f"Needs `{kind.kind}.{'read' if verb == 'unfinished' else 'write'}`, at least on this path.",
            "parameters": where,
            "responses": answers,
            **more,
        }

    return {
        base: {
            "get": operation(
                "unfinished",
                "List uploads that did not end",
                [
                    *place,
                    query.in_query("prefix", {"type": "string", "maxLength": 1024}, "How the keys begin."),
                    query.CURSOR,
                    query.LIMIT_1000,
                ],
                {"200": ok(s.page(UNFINISHED)), **problems(ANSWERS)},
            ),
            "post": operation(
                "begin",
                "Begin uploads, or go on with them",
                place,
                {"201": ok(results(ref("Upload")), "Begun, each by itself."), **write},
                "UploadBeginForm",
            ),
        },
        f"{base}complete/": {
            "post": operation(
                "complete",
                "Complete uploads of which AWS has everything",
                place,
                {"200": ok(results(ref("UploadEnd"))), **write},
                "UploadCompleteForm",
            )
        },
        f"{base}abort/": {
            "post": operation(
                "abort-uploads",
                "Abort uploads that AWS lists, whoever began them",
                place,
                {"200": ok(results(s.obj({"key": s.text(), "error": UPLOAD_ERROR}))), **write},
                "UploadAbortForm",
            )
        },
        f"{base}{{upload}}/": {
            "get": operation("upload", "Read an upload", one, {"200": ok(ref("Upload")), **problems(ANSWERS)}),
            "delete": operation(
                "abort", "Abort an upload", one, {"204": {"description": "AWS keeps nothing of it."}, **write}
            ),
        },
        f"{base}{{upload}}/parts/": {
            "post": operation(
                "sign",
                "Sign the requests that send parts",
                one,
                {"200": ok(results(s.obj({"number": {"type": "integer"}, **SIGNED}))), **write},
                "UploadSignForm",
            )
        },
    }
