"""The parameters of the document's operations."""

from typing import Any

from apps.api.openapi.schemas import Schema
from apps.catalog.resources import Resource

TRUTH: Schema = {"type": "string", "enum": ["1", "0"]}


def parameter(name: str, where: str, schema: Schema, description: str, **more: Any) -> Schema:
    return {"name": name, "in": where, "schema": schema, "description": description, **more}


def in_query(name: str, schema: Schema, description: str, **more: Any) -> Schema:
    return parameter(name, "query", schema, description, **more)


def in_path(name: str, description: str, **schema: Any) -> Schema:
    return parameter(name, "path", {"type": "string", "minLength": 1, **schema}, description, required=True)


ID = in_path("id", "AWS's id. A slash in it may stay as it is.", maxLength=512)
UUID = in_path("id", "The id.", format="uuid")
UPLOAD = in_path("upload", "The upload's id.", format="uuid")
# Where ids are unique per account and Region only (a function's name), these tell which is meant.
PLACE = (
    in_query("account", {"type": "string"}, "The account's id, where the resource's id alone is not unique."),
    in_query("region", {"type": "string"}, "The Region, where the resource's id alone is not unique."),
)
IDEMPOTENCY = parameter(
    "Idempotency-Key",
    "header",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    "Visible ASCII. The same request again under the same key answers the same, and does nothing more.",
)
CHANGE = (
    in_query("plan", TRUTH, "`1` answers the plan, its price, checks and code, and changes nothing."),
    in_query("probe", TRUTH, "With `plan=1`: also asks AWS (dry run, quotas). Slower."),
    IDEMPOTENCY,
)
LIMIT = in_query("limit", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "Results on a page.")
CURSOR = in_query("cursor", {"type": "string"}, "Where the page begins; taken from `next`.")


def wizard(resource: Resource) -> Schema:
    return in_query(
        "wizard", {"type": "string", "enum": list(resource.wizards)}, "Which wizard; the first one unless given."
    )


def listing(resource: Resource) -> list[Schema]:
    """The filters of a kind's list: each column, and what every kind has."""
    several = {"type": "array", "items": {"type": "string"}}
    out = [
        in_query("q", {"type": "string"}, "Text in the name, the id, an address or a tag."),
        in_query("account", several, "Account id; more than once for several.", explode=True),
        in_query("region", several, "Region; more than once for several.", explode=True),
        in_query("sort", {"type": "string"}, "A column's key, `name`, `state` …; `-` before it reverses."),
        in_query("full", TRUTH, "`1` adds `attrs`, the object as AWS answered it, and links to actions."),
        in_query(
            "f",
            several,
            "A filter such as `state!=running`, `name^api`, `cost>10` or `tag:owner=data`; more than once for several. "
            "Operators: `=` is one of, `!=` none of, `:` contains, `!:` does not, `^` begins with, `>`, `<`.",
            explode=True,
        ),
        in_query("join", {"type": "string", "enum": ["and", "or"]}, "How filters combine."),
        LIMIT,
        CURSOR,
    ]
    keys = [("name", "name"), ("id", "id"), ("state", "state"), ("zone", "Availability Zone")]
    keys += [(column.key, str(column.label)) for column in resource.listed]
    taken = {parameter["name"] for parameter in out}
    for key, label in dict(keys).items():
        if key not in taken:
            out.append(in_query(key, {"type": "string"}, f"Only those whose {label} is this, or one of these (a,b)."))
    return out


LIMIT_1000 = in_query(
    "limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "Results and prefixes on a page."
)
