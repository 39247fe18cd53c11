"""The browsable documentation: the OpenAPI document as pages, an address of its own per group."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.api.addresses import ROOT
from apps.api.endpoint import endpoint
from apps.api.openapi.document import DESCRIPTION, document
from apps.api.openapi.schemas import Schema
from apps.api.problems import TYPES, Problem
from apps.tenancy.context import tenant_tx


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a sentence; `code` is set in the fixed-width face."""

    text: str
    code: bool


@dataclass(frozen=True, slots=True)
class Input:
    """A parameter, or a field of the body: where it stands, its type, and what may be said of it."""

    name: str
    where: str
    type: str
    required: bool
    about: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation. `curl` lacks the origin, which is the reader's own: it stands there as `{origin}`."""

    id: str
    method: str
    path: str
    summary: str
    about: list[tuple[Piece, ...]]
    inputs: list[Input]
    statuses: list[str]
    curl: str


def page(request: HttpRequest, group: str = "") -> HttpResponse:
    """The introduction, or a group's operations. For anybody: it holds nothing of any tenant."""
    groups = document()["tags"]
    found = next((one for one in groups if one["name"] == group), None)
    if group and found is None:
        raise Problem("not-found")
    origin = f"{request.scheme}://{request.get_host()}"
    actor = getattr(request, "actor", None)
    person = actor if actor and actor.kind == "user" else None
    context: dict[str, Any] = {
        "layout": "base.html" if person else "lone.html",
        "title": str(found["description"]).rstrip(".") if found else _("REST API"),
        "groups": groups,
        "group": found,
        "intro": paragraphs(DESCRIPTION),
        "entries": [(entry, entry.curl.replace("{origin}", origin)) for entry in entries().get(group, ())],
        "problems": TYPES.values(),
        "first": f'curl -H "Authorization: Bearer $NORTHGATE_TOKEN" \\\n  {origin}{ROOT}me/',
    }
    if person is None:
        return render(request, "api/docs.html", context)
    # The frame around it shows what the reader's organization has.
    with tenant_tx(person.tenant_id, person.user_id):
        return render(request, "api/docs.html", context)


@cache
def entries() -> dict[str, list[Entry]]:
    """The operations by group."""
    found: dict[str, list[Entry]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_entry(path, method, operation))
    return found


def _entry(path: str, method: str, operation: Schema) -> Entry:
    body = _resolve(operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}))
    forms = [_resolve(form) for form in body.get("anyOf", [body])]
    fields = [field for form in forms for field in _fields(form)]
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        about=paragraphs(operation.get("description", "")),
        inputs=[_parameter(one) for one in operation.get("parameters", ())] + list(dict.fromkeys(fields)),
        statuses=list(operation["responses"]),
        curl=_curl(path, method, operation, forms[0] if body else {}),
    )


def _resolve(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    return document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]


def _parameter(parameter: Schema) -> Input:
    return Input(
        parameter["name"],
        parameter["in"],
        _type(parameter["schema"]),
        bool(parameter.get("required")),
        pieces(parameter["description"]),
    )


def _fields(form: Schema, before: str = "") -> Iterator[Input]:
    """The fields of a form; those of rows as `tags[].key`."""
    for name, schema in form.get("properties", {}).items():
        yield Input(before + name, "body", _type(schema), name in form.get("required", ()), pieces(_about(schema)))
        if schema.get("items", {}).get("properties"):
            yield from _fields(schema["items"], f"{before}{name}[].")


def _type(schema: Schema) -> str:
    said = schema.get("type", "any")
    several = [said] if isinstance(said, str) else list(said)
    name = f"[{_type(schema.get('items', {}))}]" if several[0] == "array" else schema.get("format") or several[0]
    return " or ".join([str(name), *several[1:]])


def _about(schema: Schema) -> str:
    limits = [
        words % schema[key]
        for key, words in (
            ("minimum", "At least %s"),
            ("maximum", "At most %s"),
            ("maxLength", "At most %s characters"),
            ("maxItems", "At most %s of them"),
        )
        if key in schema
    ]
    enum = schema.get("enum") or schema.get("items", {}).get("enum") or []
    said = [schema.get("title", ""), schema.get("description", ""), *limits]
    if enum:
        said.append("One of " + ", ".join(f"`{value}`" for value in enum if value != ""))
    if "default" in schema:
        said.append(f"Default `{orjson.dumps(schema['default']).decode()}`")
    return ". ".join(str(part).rstrip(".") for part in said if part)


def _curl(path: str, method: str, operation: Schema, form: Schema) -> str:
    example = next(iter(form.get("examples", ())), None)
    lines = ['curl -H "Authorization: Bearer $NORTHGATE_TOKEN"']
    if method != "get":
        lines[0] = lines[0].replace("curl", f"curl -X {method.upper()}")
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ())):
            lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if example is not None:
        text = orjson.dumps(example, default=str).decode().replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{text}'"]
    lines.append(f"'{{origin}}{ROOT.rstrip('/')}{path}'")
    return " \\\n  ".join(lines)


def paragraphs(text: str) -> list[tuple[Piece, ...]]:
    return [pieces(part) for part in text.strip().split("\n\n") if part]


def pieces(text: str) -> tuple[Piece, ...]:
    """Text between backticks is code."""
    parts = zip(text.split("`"), cycle((False, True)), strict=False)
    return tuple(Piece(part, code) for part, code in parts if part)


docs = endpoint(public=True, get=page)
