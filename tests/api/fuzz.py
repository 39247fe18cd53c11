"""schemathesis against the WSGI application: whatever the document allows and forbids is answered as it says.

An operation's requests are made up when its test runs: while collecting, that would take each process a dozen seconds.
The operations are two files' tests, for two processes.
"""

import re
from typing import Any

import orjson
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from apps.api.answers import encode
from apps.api.openapi.document import document
from apps.catalog import registry
from tests.api.world import World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    allow_header_conformance,
    ignored_auth,
]
CONFIG = SchemathesisConfig.from_dict({"generation": {"mode": "all"}})


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """The panel's own; made when it is first asked, since the settings need the servers' addresses."""
    from controlpanel.wsgi import application as panel

    return panel(environ, start_response)


whole = orjson.loads(encode(document()))
places: dict[str, str] = {}


def operations(reading: bool) -> list[str]:
    """The document's operations, as "POST /accounts/": those that read, or the others.

    An act on many targets is one address for all kinds, and its form is that of the act on one; tags have one form for
    all kinds. Of one kind and of S3's, which has forms of
    its own, they do.
    """
    labels = [f"{method.upper()} {path}" for path, methods in whole["paths"].items() for method in methods]
    kept = ("/ec2/instances/", "/s3/")
    once = [label for label in labels if any(one in label for one in kept) or not _again(label)]
    return [label for label in once if label.startswith("GET ") == reading]


def _again(label: str) -> bool:
    return "/actions/" in label or "}/tag/" in label


def part(label: str) -> dict[str, Any]:
    """The document of one address: what is made up and checked reads it again and again, and keeps it."""
    path = label.partition(" ")[2]
    reached: dict[str, dict[str, Any]] = {}
    left = [whole["paths"][path], whole["components"].get("securitySchemes", {}), whole.get("security", [])]
    while left:
        for group, name in re.findall(r'"#/components/(\w+)/([^"]+)"', orjson.dumps(left.pop()).decode()):
            if name not in reached.setdefault(group, {}):
                reached[group][name] = whole["components"][group][name]
                left.append(reached[group][name])
    reached["securitySchemes"] = whole["components"].get("securitySchemes", {})
    return whole | {"paths": {path: whole["paths"][path]}, "components": reached}


def hold(label: str, world: World) -> None:
    """An operation to the document, among an organization's accounts."""
    places["account"] = str(world.production.id)
    schema = schemathesis.openapi.from_dict(part(label), config=CONFIG)
    schema.app = application
    (found,) = get_all_tests(
        schema=schema.include(name=label).clone(test_function=validate),
        test_func=validate,
        settings=None,
        given_kwargs=None,
    )
    _operation, run = found.ok()
    run(world=world)


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def validate(case: schemathesis.Case, world: World) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {world.people.owner.token}"}, checks=CHECKS)


def _asks(path: str) -> bool:
    kind, name = registry.resource("ec2.instance"), path.strip("/").rpartition("/")[2]
    action = kind.actions.get(name)
    return bool(action and action.facts) or name in {tab.id for tab in kind.tabs}


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Half of the requests name an instance that is there, so that not all end in 404; but where AWS is asked before
    anything, for this account has no credential to ask by."""
    there = "/ec2/instances/" in context.operation.path and not _asks(context.operation.path)
    if path_parameters and there and len(path_parameters.get("id", "")) % 2:
        path_parameters["id"] = f"i-{1:017x}"
    if path_parameters and "/objects/" in context.operation.path and len(path_parameters.get("id", "")) % 2:
        path_parameters["id"] = "acme-uploads"
    return path_parameters


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Likewise the account; and none has an endpoint or a credential, so that no call leaves the machine."""
    if not isinstance(body, dict):
        return body
    if context.operation.path == "/accounts/" and isinstance(body.get("endpoints", {}), dict):
        body["endpoints"] = {"*": "http://127.0.0.1:1"}
    # A Region that is wrong on purpose stays as it is.
    placed = isinstance(body.get("region"), str) and body["region"]
    if placed and isinstance(body.get("account"), str) and len(body["account"]) % 2:
        body |= {"account": places["account"], "region": "eu-west-1"}
    return body
