"""The parts of a resource that calls of their own answer: read for several resources at once, kept in the object."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from django.db import connections

from apps.catalog.items import Item
from apps.catalog.paths import getter, ordered, veiled
from apps.catalog.resources import UNREAD, Part, Resource
from apps.cloud.calls import call, pages
from apps.cloud.explain import CallFailed
from apps.cloud.models import Account

_AT_ONCE = 8  # resources; AWS allows thousands of reads a second, but the account's own programs want some
_BATCH = 200


def completed(
    account: Account, region: str, resource: Resource, objects: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The AWS objects with their parts. A part that can't be read is missing, its error code stands under `UNREAD`."""
    listed = [part for part in resource.parts if not part.asked]
    if not listed:
        yield from _numbered(account, resource, objects)
        return
    found = iter(_numbered(account, resource, objects))
    common: _Read | None = None
    own = [part for part in listed if not (part.shared or part.many)]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="parts") as pool:
        while batch := list(islice(found, _BATCH)):
            if common is None:
                common = _parts(account, region, resource, batch[0], [part for part in listed if part.shared])
            for part in listed:
                if part.many:
                    batch = _joined(account, region, resource, part, batch)
            if own or common != ({}, {}):
                yield from pool.map(partial(_complete, account, region, resource, common, own), batch)
            else:
                yield from batch


def again(account: Account, resource: Resource, item: Item, keys: Collection[str]) -> dict[str, Any]:
    """What AWS answers now for these parts of a resource that is known, or keys of its object, by key; None for what it
    has none of. Raises CallFailed for the first that can't be read; of what is shared with the whole account, what was
    known stays then."""
    found: dict[str, Any] = {}
    (obj,) = _numbered(account, resource, [item.attrs])
    if own := set(keys) - {part.key for part in resource.parts}:
        now = next(pages(account, item.region, resource.reads[0], service=resource.client, ids=[item.id]), {})
        found |= {key: now.get(key) for key in sorted(own)}
    for part in resource.parts:
        if part.key not in keys:
            continue
        try:
            found[part.key] = _read(account, item.region, resource, part, {**obj, **found})
        except CallFailed as failed:
            if _absent(part, failed):
                found[part.key] = None
            elif not (part.shared or part.soft):
                raise
    return found


def looked(account: Account, resource: Resource, item: Item, keys: Collection[str]) -> Item:
    """The item with these parts as AWS answers them now; what can't be read stands under `UNREAD`. Some calls at the
    same time. Call outside any transaction."""
    wanted = [part for part in resource.parts if part.key in keys]
    (obj,) = _numbered(account, resource, [item.attrs])

    def one(part: Part) -> _Read:
        try:
            return _parts(account, item.region, resource, obj, [part])
        finally:
            connections.close_all()  # the thread's own, if reading the credential took one

    found: dict[str, Any] = {part.key: None for part in wanted}
    unread: dict[str, str] = {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted) or 1), thread_name_prefix="looked") as pool:
        for read, failed in pool.map(one, wanted):
            found |= read
            unread |= failed
    whole = renewed(item.attrs, found)
    return replace(item, attrs=whole | {UNREAD: {**whole.get(UNREAD, {}), **unread}} if unread else whole)


def renewed(attrs: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """An AWS object with what `again` found in place of what it had."""
    whole = {key: value for key, value in attrs.items() if key not in found and key != UNREAD}
    unread = {key: code for key, code in attrs.get(UNREAD, {}).items() if key not in found}
    whole |= {key: value for key, value in found.items() if value is not None}
    return whole | ({UNREAD: unread} if unread else {})


_Read = tuple[dict[str, Any], dict[str, str]]  # what was read, and the error code of what could not be, by key


def _complete(
    account: Account,
    region: str,
    resource: Resource,
    common: _Read,
    wanted: Sequence[Part],
    obj: Mapping[str, Any],
) -> Mapping[str, Any]:
    try:
        own = _parts(account, region, resource, obj, wanted)
    finally:
        connections.close_all()  # the thread's own, if reading the credential took one
    return _with(obj, {**common[0], **own[0]}, common[1] | own[1])


def _with(obj: Mapping[str, Any], found: Mapping[str, Any], unread: Mapping[str, str]) -> Mapping[str, Any]:
    """The object with what was read, and the error codes of what could not be."""
    whole = {**obj, **found}
    return whole | {UNREAD: {**obj.get(UNREAD, {}), **unread}} if unread else whole


def _joined(
    account: Account, region: str, resource: Resource, part: Part, batch: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The objects with a part that one call answers of many; where a call fails, those that it was for say so."""
    assert part.many
    whole: list[Mapping[str, Any]] = []
    for start in range(0, len(batch), part.many.at_once):
        some = batch[start : start + part.many.at_once]
        try:
            found = _read_many(account, region, resource, part, some)
        except CallFailed as failed:
            unread = {} if _absent(part, failed) else {part.key: failed.explained.code}
            whole += (_with(obj, {}, unread) for obj in some)
            continue
        ids = [getter(resource.id)(obj) for obj in some]
        whole += (
            _with(obj, {part.key: found[id]} if id in found else {}, {}) for id, obj in zip(ids, some, strict=True)
        )
    return whole


def _read_many(
    account: Account, region: str, resource: Resource, part: Part, objects: Sequence[Mapping[str, Any]]
) -> dict[Any, Any]:
    """What one call answers of these, by their ids. Raises CallFailed."""
    assert part.many
    params = part.params(objects)
    if params is None:
        return {}
    answer = getter(part.path)(call(account, region, resource.call_of(part), params).data) or ()
    kept = part.many.keep
    return {one.get(part.many.match): {key: one[key] for key in kept if one.get(key) is not None} for one in answer}


def _parts(account: Account, region: str, resource: Resource, obj: Mapping[str, Any], wanted: Iterable[Part]) -> _Read:
    found: dict[str, Any] = {}
    unread: dict[str, str] = {}
    where = str((resource.region and getter(resource.region)(obj)) or region)
    for part in wanted:
        try:
            value = _read(account, where, resource, part, {**obj, **found})
        except CallFailed as failed:
            if not _absent(part, failed):
                unread[part.key] = failed.explained.code
            continue
        if value is not None:
            found[part.key] = value
    return found, unread


def _numbered(
    account: Account, resource: Resource, objects: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    for obj in objects:
        yield {**obj, resource.number: account.number} if resource.number else obj


def _read(account: Account, region: str, resource: Resource, part: Part, obj: Mapping[str, Any]) -> Any:
    if part.many:
        return _read_many(account, region, resource, part, [obj]).get(getter(resource.id)(obj))
    if not part.each:
        return _answer(account, region, resource, part, part.params(obj))
    answers = (_answer(account, region, resource, part, part.params(one)) for one in obj.get(part.each) or ())
    return [one for answer in answers for one in answer or ()]


def _answer(account: Account, region: str, resource: Resource, part: Part, params: Mapping[str, Any] | None) -> Any:
    if params is None:
        return None
    answer = call(account, region, resource.call_of(part), params).data
    found = getter(part.path)(answer) if part.path else answer
    return veiled(ordered(found) if part.unordered else found, part.veils)


def _absent(part: Part, failed: CallFailed) -> bool:
    return failed.explained.code in part.absent
