"""The parts of a resource that calls of their own answer: read for several resources at once, kept in the object."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from django.db import connections

from apps.catalog.paths import getter
from apps.catalog.resources import UNREAD, Part, Resource
from apps.cloud.calls import call
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account

_AT_ONCE = 8  # resources; AWS allows thousands of reads a second, but the account's own programs want some
_BATCH = 200


def completed(
    account: Account, region: str, resource: Resource, objects: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The AWS objects with their parts. A part that can't be read is missing, its error code stands under `UNREAD`."""
    if not resource.parts:
        yield from objects
        return
    found = iter(objects)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="parts") as pool:
        while batch := list(islice(found, _BATCH)):
            yield from pool.map(lambda obj: _complete(account, region, resource, obj), batch)


def _complete(account: Account, region: str, resource: Resource, obj: Mapping[str, Any]) -> Mapping[str, Any]:
    whole, unread = dict(obj), {}
    where = str((resource.region and getter(resource.region)(obj)) or region)
    try:
        for part in resource.parts:
            try:
                answer = call(account, where, f"{resource.client}.{part.operation}", part.params(obj)).data
            except CallFailed as failed:
                if not _absent(part, failed):
                    unread[part.key] = failed.explained.code
                continue
            value = getter(part.path)(answer) if part.path else answer
            if value is not None:
                whole[part.key] = value
    finally:
        connections.close_all()  # the thread's own, if reading the credential took one
    return whole | {UNREAD: unread} if unread else whole


def _absent(part: Part, failed: CallFailed) -> bool:
    return failed.explained.code in part.absent
