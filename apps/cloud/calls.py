"""AWS calls as plain data in, plain data out. Never inside a database transaction."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jmespath
from botocore.paginate import Paginator
from botocore.response import StreamingBody
from django.db import connection
from django.utils.translation import gettext as _

from apps.catalog import model
from apps.catalog.resources import Call
from apps.cloud import factory, tries
from apps.cloud.clients import client, forget
from apps.cloud.explain import CallFailed, Explained, explain
from apps.cloud.models import Account, Credential

_BODY = 8 * 1024 * 1024  # bytes of a streamed answer that are read; Lambda's longest is 6 MB
_AT_ONCE = 100  # ids in one look-up by id


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` is JSON-able and without ResponseMetadata."""

    data: dict[str, Any]
    request_id: str


def call(
    account: Account,
    region: str,
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    timeout: float = factory.READ,
    once: bool = False,
) -> Answer:
    """Makes one AWS call, such as `ec2.run_instances`. Raises CallFailed for whatever goes wrong.

    botocore retries throttling and broken connections twice, never within `tries.single`, and tokens that it fills in
    stay the same over these; a parameter that makes the call idempotent across processes is the caller's to give.
    `once` forbids botocore to try again: for calls that would take effect twice. An error whose `changed` is "unknown"
    may be a refusal, where the answer to an earlier try was lost.
    """
    answer = raw(account, region, name, params, timeout=timeout, once=once)
    meta = answer.pop("ResponseMetadata", {})
    return Answer(data=jsonable(answer), request_id=str(meta.get("RequestId") or ""))


def raw(
    account: Account,
    region: str,
    name: str,
    params: Mapping[str, Any] | None = None,
    *,
    timeout: float = factory.READ,
    once: bool = False,
) -> dict[str, Any]:
    """The same, with the answer as botocore gives it: times, streams still to be read, ResponseMetadata."""
    outside(name)
    service, _, operation = name.partition(".")
    try:
        return _send(account, region, service, operation, dict(params or {}), timeout, once)
    except CallFailed as failed:
        # The role's session was revoked or the clock leapt. AWS did nothing: one more try with a new session.
        if failed.explained.kind != "expired" or account.credential != Credential.ROLE:
            raise
        forget(account)
        return _send(account, region, service, operation, dict(params or {}), timeout, once)


def pages(
    account: Account, region: str, read: Call, *, service: str, ids: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """The JSON-able objects at `read.path` in every page of the answer. With `ids`, only those (one unknown id fails
    the whole look-up, as AWS does: see `read.missing`). Raises CallFailed, also midway."""
    outside(read.operation)
    path = jmespath.compile(read.path)
    for params in _requests(read, service, ids):
        for page in _answers(account, region, service, read.operation, params, narrow=bool(ids)):
            for found in path.search(page) or ():
                if found is not None:
                    yield jsonable(found)


def outside(name: str) -> None:
    """AWS may take 30 seconds and more: a transaction must not be open so long. Raises RuntimeError."""
    if connection.in_atomic_block:
        raise RuntimeError(f"{name} calls AWS: not inside a database transaction")


def jsonable(value: Any) -> Any:
    """Times as ISO 8601 in UTC, bytes as text or `{"$bytes": base64}`, streams as what they hold up to 8 MiB."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [jsonable(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, StreamingBody):
        return jsonable(value.read(_BODY))
    if isinstance(value, bytes | bytearray):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Decimal):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _send(
    account: Account, region: str, service: str, operation: str, params: dict[str, Any], timeout: float, once: bool
) -> dict[str, Any]:
    lost: list[bool] = []
    try:
        attempts = 1 if once or tries.is_single() else factory.ATTEMPTS
        aws = client(account, service, region, timeout=timeout, attempts=attempts)
        if operation not in aws.meta.method_to_api_mapping:
            raise factory.refused("UnknownOperation", f"{service}.{operation}", kind="internal")
        if tries.too_late():
            text = _("The panel was held up before it could send the call.")
            raise CallFailed(Explained(code="NotSent", text=text, retry=True))
        with tries.counted() as lost:
            return dict(getattr(aws, operation)(**params))
    except CallFailed:
        raise
    except Exception as error:  # whatever botocore raises becomes words: nothing of it may carry a secret further
        said = explain(error)
        raise CallFailed(replace(said, changed="unknown") if lost else said) from None


def _requests(read: Call, service: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The parameters of each call: one for all, or a few that name the ids as the service takes them."""
    if not ids:
        yield dict(read.params)
        return
    shape = model.member(f"{service}.{read.operation}", read.by_id)
    if shape.type_name != "list":
        yield from ({**read.params, read.by_id: id} for id in ids)
        return
    at_once = min(_AT_ONCE, int(shape.metadata.get("max", _AT_ONCE)))
    for start in range(0, len(ids), at_once):
        yield {**read.params, read.by_id: list(ids[start : start + at_once])}


def _answers(
    account: Account, region: str, service: str, operation: str, params: dict[str, Any], *, narrow: bool
) -> Iterator[dict[str, Any]]:
    try:
        aws = client(account, service, region, attempts=1 if tries.is_single() else factory.ATTEMPTS)
        if not aws.can_paginate(operation):
            yield getattr(aws, operation)(**params)
            return
        paginator = aws.get_paginator(operation)
        yield from paginator.paginate(**params, PaginationConfig={} if narrow else _paging(aws, paginator))
    except CallFailed:
        raise
    except Exception as error:
        raise CallFailed(explain(error)) from None


def _paging(aws: Any, paginator: Paginator) -> dict[str, int]:
    """EC2 answers everything at once unless asked for pages, and times out on large accounts; others page anyway."""
    if aws.meta.service_model.metadata["protocol"] != "ec2":
        return {}
    limit = paginator._limit_key
    shape = paginator._model.input_shape
    if not limit or shape is None or limit not in shape.members:
        return {}
    return {"PageSize": min(1000, int(shape.members[limit].metadata.get("max", 1000)))}
