"""The parts of a resource that calls of their own answer: read for several resources at once, kept in the object."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from django.db import connections

from apps.catalog.items import Item
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


def again(account: Account, resource: Resource, item: Item, keys: Collection[str]) -> dict[str, Any]:
    """What AWS answers now for these parts of a resource that is known, by key; None for what it has none of. Raises
    CallFailed for the first that can't be read."""
    found: dict[str, Any] = {}
    for part in resource.parts:
        if part.key not in keys:
            continue
        try:
            found[part.key] = _read(account, item.region, resource, part, item.attrs)
        except CallFailed as failed:
            if not _absent(part, failed):
                raise
            found[part.key] = None
    return found


def renewed(attrs: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """An AWS object with what `again` found in place of what it had."""
    whole = {key: value for key, value in attrs.items() if key not in found and key != UNREAD}
    unread = {key: code for key, code in attrs.get(UNREAD, {}).items() if key not in found}
    whole |= {key: value for key, value in found.items() if value is not None}
    return whole | ({UNREAD: unread} if unread else {})


def _complete(account: Account, region: str, resource: Resource, obj: Mapping[str, Any]) -> Mapping[str, Any]:
    whole, unread = dict(obj), {}
    where = str((resource.region and getter(resource.region)(obj)) or region)
    try:
        for part in resource.parts:
            try:
                value = _read(account, where, resource, part, obj)
            except CallFailed as failed:
                if not _absent(part, failed):
                    unread[part.key] = failed.explained.code
                continue
            if value is not None:
                whole[part.key] = value
    finally:
        connections.close_all()  # the thread's own, if reading the credential took one
    return whole | {UNREAD: unread} if unread else whole


def _read(account: Account, region: str, resource: Resource, part: Part, obj: Mapping[str, Any]) -> Any:
    answer = call(account, region, f"{resource.client}.{part.operation}", part.params(obj)).data
    return getter(part.path)(answer) if part.path else answer


def _absent(part: Part, failed: CallFailed) -> bool:
    return failed.explained.code in part.absent
