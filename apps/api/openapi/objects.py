"""The addresses of what lies within a kind of resource, and of bookmarks."""

from typing import Any

from apps.api.bookmarks import kinds as kinds_of_bookmarks
from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi import uploads
from apps.api.openapi.kinds import about, body, changes, form_name
from apps.api.openapi.responses import READ, WRITE, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog import registry
from apps.catalog.forms import schema as form_schema
from apps.catalog.resources import Resource
from apps.cloud.objects import LONGEST
from apps.objects.links import LEAST, SHARED

ANSWERS = (*READ, 409, 502)  # AWS is asked for each
KEY_FIELD = s.text("1 to 1,024 bytes in UTF-8.", minLength=1, maxLength=1024)
KEY = query.in_query("key", {"type": "string", "minLength": 1, "maxLength": 1024}, "The object's key.")
VERSION = query.in_query("version", {"type": "string"}, "Which of its versions; the latest unless given.")
LISTED = {
    "key": s.text(),
    "size": s.nullable("integer", "Bytes; null of a delete marker."),
    "last_modified": s.NO_MOMENT,
    "etag": s.text(),
    "storage_class": s.nullable("string"),
}
VERSIONED = {
    "version": s.nullable("string"),
    "latest": {"type": "boolean"},
    "delete_marker": {"type": "boolean"},
}
OBJECT = s.obj(
    {
        **LISTED,
        "version": s.nullable("string"),
        "storage_class": s.text(),
        "content_type": s.nullable("string"),
        "headers": {"type": "object", "additionalProperties": s.text()},
        "metadata": {"type": "object", "additionalProperties": s.text()},
        "checksums": {"type": "object", "additionalProperties": s.text()},
        "encryption": s.nullable("string"),
        "attrs": {"type": "object", "description": "The answer to HeadObject as AWS gave it."},
    }
)
TARGET = s.obj(
    {
        "key": s.text("1 to 1,024 bytes in UTF-8; with `below` it may be empty.", maxLength=1024),
        "version": s.text(maxLength=1024),
        "below": {"type": "boolean", "description": "All whose keys begin with `key`."},
    },
    optional=("version", "below"),
    additionalProperties=False,
)
LINK_FORM = s.obj(
    {
        "key": KEY_FIELD,
        "version": s.text(maxLength=1024),
        "seconds": {"type": "integer", "minimum": LEAST, "maximum": LONGEST, "default": SHARED},
        "reason": s.text("Stands in the audit trail.", maxLength=500),
    },
    optional=("version", "seconds", "reason"),
    additionalProperties=False,
    examples=[{"key": "reports/2026/october.csv", "seconds": 3600}],
)
NOBODY = "00000000-0000-0000-0000-000000000000"
BOOKMARK = {
    "kind": s.text("What it is, such as a bucket."),
    "container": s.text("Its name."),
    "account": s.UUID,
    "region": s.text(),
    "prefix": s.text(),
    "shared": {"type": "boolean", "description": "For everybody in the organization."},
}


def schemas(resource: Resource) -> dict[str, Schema]:
    """Of what lies within these, if anything does."""
    kind = registry.inside(resource.kind)
    if kind is None:
        return {}
    return {
        f"{form_name(action)}Targets": _form(form_schema(action.form), dict(action.example))
        for action in kind.actions.values()
    }


def _form(form: Schema, example: dict[str, Any]) -> Schema:
    targets = s.array(TARGET, minItems=1, maxItems=900)
    form["properties"] = {"targets": targets} | form["properties"]
    form["required"] = ["targets", *form.get("required", ())]
    return form | {"examples": [{"targets": [{"key": "reports/2026/october.csv"}], **example}]}


def shared() -> dict[str, Schema]:
    """What all of these share."""
    form = s.obj(
        BOOKMARK
        | {
            "kind": s.text(enum=list(kinds_of_bookmarks())),
            "container": s.text(minLength=1, maxLength=255),
            "account": s.text(format="uuid"),
            "region": s.text("Left out: the one that AWS tells.", maxLength=32),
            "prefix": s.text(maxLength=1024),
        },
        optional=("region", "prefix", "shared"),
        additionalProperties=False,
        examples=[{"kind": "s3.bucket", "container": "acme", "account": NOBODY}],
    )
    form["examples"][0]["kind"] = next(iter(kinds_of_bookmarks()), "")
    address = s.text("Where its objects are listed.")
    return {
        "Object": OBJECT,
        "ObjectLinkForm": LINK_FORM,
        "Bookmark": s.obj({"id": s.UUID, "url": s.text(), **BOOKMARK, "objects": address}),
        "BookmarkForm": form,
        **uploads.schemas(),
    }


def paths(resource: Resource) -> dict[str, Schema]:
    """Below /api/v1; nothing for kinds that hold nothing."""
    kind = registry.inside(resource.kind)
    if kind is None:
        return {}
    base = f"/{resource.service}/{resource.slug}/{{id}}/objects/"
    what, place = str(kind.plural).lower(), [query.ID, *query.PLACE]
    link = s.obj({"url": s.text("A secret: whoever has it may download."), "expires_at": s.MOMENT})
    out: dict[str, Schema] = {
        base: {"get": _list(kind, what, place)},
        f"{base}versions/": {
            "get": _operation(
                kind,
                "versions",
                f"List the versions of one of the {what}",
                [*place, _required(KEY), query.CURSOR, query.LIMIT_1000],
                {"200": ok(s.page(s.obj(LISTED | VERSIONED))), **problems(ANSWERS)},
            )
        },
        f"{base}tags/": {
            "get": _operation(
                kind,
                "tags",
                f"Read the tags of one of the {what}",
                [*place, _required(KEY), VERSION],
                {
                    "200": ok(s.obj({"tags": {"type": "object", "additionalProperties": s.text()}})),
                    **problems(ANSWERS),
                },
            )
        },
        f"{base}links/": {
            "post": _operation(
                kind,
                "share",
                f"Make a link to one of the {what}",
                place,
                {"201": ok(link, "Made. It is shown only now."), **problems(WRITE)},
                requestBody=body(ref("ObjectLinkForm"), required=True),
            )
        },
    }
    out |= uploads.paths(kind, f"{base}uploads/", place)
    for action in kind.actions.values():
        out[f"{base}actions/{action.verb}/"] = {
            "post": {
                **_operation(kind, action.verb, str(action.label), [*place, *query.CHANGE], changes()),
                "requestBody": body(ref(f"{form_name(action)}Targets"), required=True),
                "description": about(action),
            }
        }
    return out


def _list(kind: Resource, what: str, place: list[Schema]) -> Schema:
    listing = s.page(s.obj(LISTED | VERSIONED, optional=tuple(VERSIONED)), prefixes=s.array(s.text()))
    parameters = [
        *place,
        query.in_query("prefix", {"type": "string", "maxLength": 1024}, "How the keys begin."),
        query.in_query("delimiter", {"type": "string", "maxLength": 1}, "What ends a prefix: `/`. Empty: all below."),
        query.in_query("versions", query.TRUTH, "`1` lists versions and delete markers."),
        KEY,
        VERSION,
        query.CURSOR,
        query.LIMIT_1000,
    ]
    return _operation(
        kind,
        "list",
        f"List {what} below a prefix, or with `key` read one",
        parameters,
        {"200": ok({"anyOf": [listing, ref("Object")]}), **problems(ANSWERS)},
    )


def bookmarks() -> dict[str, Schema]:
    location = {"headers": {"Location": {"schema": s.text()}}}
    common: dict[str, Any] = {"tags": ["panel"]}
    return {
        "/bookmarks/": {
            "get": {
                "operationId": "bookmark.list",
                "summary": "List bookmarks",
                "responses": {"200": ok(s.page(ref("Bookmark"))), **problems(READ)},
                **common,
            },
            "post": {
                "operationId": "bookmark.create",
                "summary": "Keep a bookmark of a container that may be listed",
                "requestBody": body(ref("BookmarkForm"), required=True),
                "responses": {"201": ok(ref("Bookmark"), "Kept.", **location), **problems(WRITE)},
                **common,
            },
        },
        "/bookmarks/{id}/": {
            "delete": {
                "operationId": "bookmark.delete",
                "summary": "Remove a bookmark",
                "parameters": [query.UUID],
                "responses": {"204": {"description": "It is gone. Nothing at AWS was changed."}, **problems(WRITE)},
                **common,
            }
        },
    }


def _required(parameter: Schema) -> Schema:
    return parameter | {"required": True}


def _operation(
    kind: Resource, verb: str, summary: str, parameters: list[Schema], responses: dict[str, Schema], **more: Any
) -> Schema:
    return {
        "operationId": f"{kind.kind}.{verb}",
        "tags": [kind.service],
        "summary": summary,
        "description": f"Needs `{kind.permission}`, at least on this path.",
        "parameters": parameters,
        "responses": responses,
        **more,
    }
