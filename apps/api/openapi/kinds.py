"""The addresses and schemas of one kind of resource."""

from typing import Any

from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, WRITE, accepted, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.api.openapi.shapes import column_schema
from apps.catalog.forms import schema as form_schema
from apps.catalog.resources import Action, Resource

PLACE: dict[str, Schema] = {
    "account": s.text("The id of the account to make it in.", minLength=1, maxLength=64),
    "region": s.text("The Region to make it in.", minLength=1, maxLength=32),
}
IDS: Schema = {"type": "array", "items": s.text(minLength=1, maxLength=512), "minItems": 1, "maxItems": 100}


def name_of(kind: str) -> str:
    """`ec2.key-pair` as the name of a schema: `Ec2KeyPair`."""
    return "".join(part.capitalize() for part in kind.replace(".", "-").split("-"))


def form_name(action: Action) -> str:
    return f"{name_of(action.resource.kind)}{name_of(action.verb)}Form"


def schemas(resource: Resource) -> dict[str, Schema]:
    """The item of a kind, and the input of each of its actions and wizards."""
    out = {name_of(resource.kind): item_schema(resource)}
    for action in (*resource.actions.values(), *resource.wizards.values()):
        out[form_name(action)] = _with_example(action, _input(action))
        if not action.creates:
            out[f"{form_name(action)}Bulk"] = _with_example(action, _bulk(action), ids=_example_ids(resource))
    return out


def item_schema(resource: Resource) -> Schema:
    """The item; `attrs` and `arn` come with the whole one only, `actions` is links there and names in a list."""
    return s.obj(
        {
            "id": s.text(),
            "url": s.text(),
            "kind": {"const": resource.kind},
            "name": s.text(),
            "state": s.text(),
            "account": ref("AccountRef"),
            "region": s.text(),
            "zone": s.text(),
            "tags": {"type": "object", "additionalProperties": s.text()},
            "columns": {
                "type": "object",
                "description": "Properties by key; those without a value are left out.",
                "properties": {column.key: column_schema(resource, column) for column in resource.listed},
                "additionalProperties": False,
            },
            "monthly_cost": s.nullable("number", "USD a month; null when free or unknown."),
            "actions": {
                "description": "The verbs that you may use on it now; with `full=1` a link for each.",
                "anyOf": [s.array(s.text()), {"type": "object", "additionalProperties": ref("ActionLink")}],
            },
            "attrs": {"type": "object", "description": "The object as AWS answered it."},
        },
        optional=("attrs",),
    )


def _input(action: Action) -> Schema:
    form = form_schema(action.form)
    if not action.creates:
        return form
    form["properties"] = PLACE | form["properties"]
    form["required"] = [*PLACE, *form.get("required", ())]
    return form


def _bulk(action: Action) -> Schema:
    form = form_schema(action.form)
    form["properties"] = {"ids": IDS} | form["properties"]
    form["required"] = ["ids", *form.get("required", ())]
    return form


def _with_example(action: Action, form: Schema, **more: Any) -> Schema:
    place = {"account": "00000000-0000-0000-0000-000000000000", "region": "eu-west-1"} if action.creates else {}
    return form | {"examples": [{**place, **more, **action.example}]}


def _example_ids(resource: Resource) -> list[str]:
    try:
        return [resource.item(resource.example, "", "").id]
    except KeyError:
        return [f"{resource.noun}-1"]


def paths(resource: Resource) -> dict[str, Schema]:
    """The addresses of a kind, below /api/v1."""
    base = f"/{resource.service}/{resource.slug}/"
    out: dict[str, Schema] = {base: {"get": _list(resource)}, f"{base}{{id}}/": {"get": _detail(resource)}}
    if resource.wizards:
        out[base]["post"] = _create(resource)
    for action in resource.actions.values():
        out[f"{base}{{id}}/{action.verb}/"] = {"post": _act(action)}
        out[f"{base}actions/{action.verb}/"] = {"post": _act_on_many(action)}
    return out


def _list(resource: Resource) -> Schema:
    sources = s.array(ref("Source"))
    return _operation(
        resource,
        "list",
        f"List {str(resource.plural).lower()}",
        parameters=query.listing(resource),
        responses={"200": ok(s.page(ref(name_of(resource.kind)), sources=sources)), **problems(READ)},
        description=f"{resource.about}\n\nNeeds `{resource.permission}`.",
    )


def _detail(resource: Resource) -> Schema:
    return _operation(
        resource,
        "read",
        f"Read one: {str(resource.label).lower()}",
        parameters=[query.ID, *query.PLACE],
        responses={"200": ok(ref(name_of(resource.kind))), **problems((*READ, 409))},
        description=f"Needs `{resource.permission}`.",
    )


def _create(resource: Resource) -> Schema:
    wizards = list(resource.wizards.values())
    forms = [ref(form_name(wizard)) for wizard in wizards]
    return _operation(
        resource,
        "create",
        " · ".join(str(wizard.label) for wizard in wizards),
        parameters=[*query.CHANGE, *([query.wizard(resource)] if len(wizards) > 1 else [])],
        requestBody=body(forms[0] if len(forms) == 1 else {"anyOf": forms}, required=True),
        responses=changes(),
        description="\n\n".join(about(wizard) for wizard in wizards),
    )


def _act(action: Action) -> Schema:
    return _operation(
        action.resource,
        action.verb,
        str(action.label),
        parameters=[query.ID, *query.PLACE, *query.CHANGE],
        requestBody=body(ref(form_name(action)), required=bool(form_schema(action.form).get("required"))),
        responses=changes(),
        description=about(action),
    )


def _act_on_many(action: Action) -> Schema:
    return _operation(
        action.resource,
        f"{action.verb}-many",
        f"{action.label}, several",
        parameters=[*query.PLACE, *query.CHANGE],
        requestBody=body(ref(f"{form_name(action)}Bulk"), required=True),
        responses=changes(),
        description=about(action),
    )


def changes() -> dict[str, Schema]:
    return {
        "200": ok(ref("Preview"), "With `plan=1`: what would be done. Nothing was changed."),
        "202": accepted(),
        **problems(WRITE),
    }


def body(schema: Schema, *, required: bool) -> Schema:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def about(action: Action) -> str:
    from_aws = ", ".join(f"`{name}`" for name in action.iam) or "nothing more"
    needs = [f"Needs `{action.permission}`; from AWS {from_aws}."]
    if action.when is not None:
        needs.append(f"Only in these states: {', '.join(sorted(action.when))}.")
    needs.append(f"Risk: {action.risk.value}.")
    return "\n\n".join(filter(None, (str(action.help), " ".join(needs))))


def _operation(resource: Resource, verb: str, summary: str, **more: Any) -> Schema:
    return {"operationId": f"{resource.kind}.{verb}", "tags": [resource.service], "summary": summary, **more}
