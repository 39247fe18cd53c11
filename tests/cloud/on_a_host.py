"""`python -m tests.cloud.on_a_host TENANT GOOD BAD…`: asks every service that botocore knows.

Started with an environment full of credentials and addresses of the host's own. Nothing leaves: what botocore is about
to send is taken down and answered here. Prints what was sent, as JSON.
"""

import json
import sys
from typing import Any

import botocore.awsrequest
import botocore.session
import django

# Answers to whatever is asked; with a refusal, a second source of credentials would be tried now, if there were one.
REFUSED = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"


class Raw:
    """As much of urllib3's answer as botocore reads."""

    def stream(self, **_: Any) -> Any:
        yield REFUSED

    def read(self, *_: Any, **__: Any) -> bytes:
        return REFUSED


def main() -> None:
    django.setup()
    from apps.cloud import clients
    from apps.cloud.explain import CallFailed
    from apps.cloud.models import Account
    from apps.tenancy.context import tenant_tx

    tenant, *ids = sys.argv[1:]
    with tenant_tx(tenant):
        found = {str(one.id): one for one in Account.objects.filter(tenant_id=tenant)}
    good, *bad = (found[id] for id in ids)
    sent, refused = [], 0
    services = botocore.session.Session().get_available_services()
    for number, service in enumerate(services):
        # What is wrong with a credential is known before the service has a say: one of them is enough for each.
        try:
            clients.client(bad[number % len(bad)], service, "us-east-1")
        except CallFailed:
            refused += 1
        made = clients.client(good, service, "us-east-1")
        before, auth = len(sent), [""]

        def keep(request: Any, service: str = service, auth: list[str] = auth, **_: Any) -> Any:
            headers = {name: text(value) for name, value in request.headers.items()}
            found = {"service": service, "url": request.url, "headers": headers, "body": text(request.body)[:2000]}
            sent.append(found | {"auth": auth[0]})
            return botocore.awsrequest.AWSResponse(request.url, 403, {"content-type": "text/xml"}, Raw())

        made.meta.events.register_first("before-send.*", keep)
        for operation in candidates(made):
            auth[0] = str(operation.auth_type)
            try:
                made._make_api_call(operation.name, filled(operation.input_shape))
            except Exception:
                pass  # what is wrong with it doesn't matter: whether it went out does
            if len(sent) > before:
                break
        clients.forget(good)
    sys.stdout.write(json.dumps({"services": services, "refused": refused, "sent": sent}))


def candidates(made: Any) -> list[Any]:
    """A few operations, those with the fewest required members first; signed ones before those that need no key."""
    model = made.meta.service_model
    operations = [model.operation_model(name) for name in model.operation_names]

    def order(operation: Any) -> Any:
        shape = operation.input_shape
        return str(operation.auth_type) == "none", len(shape.required_members) if shape else 0, operation.name

    return sorted(operations, key=order)[:8]


def filled(shape: Any, depth: int = 0) -> Any:
    """Something that botocore takes for a shape: what is required, and nothing else."""
    match shape.type_name if shape else "":
        case "":
            return {}
        case "structure":
            members = shape.required_members or (
                list(shape.members)[:1] if getattr(shape, "is_tagged_union", 0) else []
            )
            return {name: filled(shape.members[name], depth + 1) for name in members} if depth < 8 else {}
        case "list":
            return [filled(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 1)) if depth < 8 else []
        case "map":
            return {"a": filled(shape.value, depth + 1)} if depth < 8 else {}
        case "string" | "character":
            if "arn" in shape.name.lower():
                return "arn:aws:cloudfront::123456789012:key-value-store/a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6"
            return shape.enum[0] if shape.enum else "abc123456789".ljust(shape.metadata.get("min", 1), "a")
        case "blob":
            return b"a"
        case "boolean":
            return False
        case "timestamp":
            return "2026-01-01T00:00:00Z"
        case "float" | "double":
            return 1.0
        case _:
            return max(1, shape.metadata.get("min", 1))


def text(value: Any) -> str:
    if hasattr(value, "read"):
        value = value.read()
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
