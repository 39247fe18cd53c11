"""The addresses of AWS accounts."""

from apps.api.account_form import MOST_ENDPOINTS, MOST_REGIONS, REGION, AccountForm
from apps.api.openapi import parameters as query
from apps.api.openapi import schemas as s
from apps.api.openapi.responses import READ, WRITE, ok, problems
from apps.api.openapi.schemas import Schema, ref
from apps.catalog.forms import schema as form_schema
from apps.cloud.connect import MOST_TAGS, TAG_KEY
from apps.cloud.models import Approval, Credential, Environment, Status

ACCOUNT = s.obj(
    {
        "id": s.UUID,
        "url": s.text(),
        "name": s.text(),
        "number": s.text("12 digits."),
        "environment": s.text(enum=list(Environment.values)),
        "approval": s.text("Which changes a second person must approve.", enum=list(Approval.values)),
        "required_tags": s.array(s.text(), description="Keys of the tags that whatever is made in it must have."),
        "regions": s.array(s.text()),
        "credential": s.text(enum=list(Credential.values)),
        "role_arn": s.text(),
        "external_id": s.text("What the role's trust policy must demand."),
        "source": s.nullable("string", "The account whose keys assume the role."),
        "key_hint": s.text("The end of the access key's id. The secret is never shown."),
        "endpoints": {"type": "object", "additionalProperties": s.text()},
        "status": s.text(enum=list(Status.values)),
        "problem": s.nullable("object"),
        "checked_at": s.NO_MOMENT,
        "created_at": s.MOMENT,
    }
)


VERIFIED = s.obj(
    {
        "number": s.text(),
        "arn": s.text("Whom the credential signs in as."),
        "may": s.array(s.obj({"action": s.text(), "allowed": s.nullable("boolean", "null where AWS won't say.")})),
        "regions": s.array(s.text()),
    }
)
EXAMPLE = {
    "name": "Production",
    "environment": "production",
    "regions": ["eu-west-1"],
    "credential": "role",
    "role_arn": "arn:aws:iam::111111111111:role/northgate",
    "source": "00000000-0000-0000-0000-000000000000",
}
LISTS: dict[str, Schema] = {
    "regions": s.array(s.text(pattern=f"^{REGION}$", maxLength=32), maxItems=MOST_REGIONS, description="Regions."),
    "required_tags": s.array(s.text(minLength=1, maxLength=TAG_KEY), maxItems=MOST_TAGS, description="Tag keys."),
    "endpoints": {
        "type": "object",
        "description": "Addresses by service instead of AWS's own, as far as the operator allows. `*` is for all.",
        "additionalProperties": s.text(maxLength=512),
        "maxProperties": MOST_ENDPOINTS,
    },
}


def schemas() -> dict[str, Schema]:
    form = form_schema(AccountForm)
    form["properties"] = form["properties"] | LISTS
    change = {key: value for key, value in form.items() if key != "required"}
    change["properties"] = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in form["properties"].items()
        if name != "external_id"
    }
    return {
        "Account": ACCOUNT,
        "AccountForm": form | {"examples": [EXAMPLE]},
        "AccountChange": change | {"examples": [{"name": "Production, Ireland"}]},
        "Verified": VERIFIED,
    }


def paths() -> dict[str, Schema]:
    """The addresses of AWS accounts, below /api/v1."""
    location = {"headers": {"Location": {"schema": s.text()}}}
    external = s.obj({"external_id": s.text()})
    return {
        "/accounts/": {
            "get": _operation("list", "List AWS accounts", {"200": ok(s.page(ref("Account")))}, READ),
            "post": _operation(
                "create",
                "Connect an AWS account",
                {"201": ok(ref("Account"), "Connected.", **location)},
                body="AccountForm",
            ),
        },
        "/accounts/external-id/": {
            "post": _operation("external-id", "A new external id for a role's trust policy", {"201": ok(external)})
        },
        "/accounts/{id}/": {
            "get": _operation("read", "An AWS account", {"200": ok(ref("Account"))}, READ, id=True),
            "patch": _operation(
                "update", "Change an AWS account", {"200": ok(ref("Account"))}, body="AccountChange", id=True
            ),
            "delete": _operation(
                "delete", "Forget an AWS account", {"204": {"description": "Nothing at AWS was changed."}}, id=True
            ),
        },
        "/accounts/{id}/check/": {
            "post": _operation("check", "Sign in to an AWS account anew", {"200": ok(ref("Verified"))}, id=True)
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
) -> Schema:
    out: Schema = {
        "operationId": f"cloud.account.{verb}",
        "tags": ["accounts"],
        "summary": summary,
        "responses": {**success, **problems(statuses)},
        "description": f"Needs `cloud.account.{_NEEDS.get(verb, verb)}`.",
    }
    if id:
        out["parameters"] = [query.UUID]
    if body:
        out["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    return out


_NEEDS = {"list": "read", "external-id": "create"}
