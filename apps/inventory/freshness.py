"""Keeping what people look at fresh, behind the page: a view never waits, it only leaves a hint that a sync is due.

The same goes for what the list shows of CloudWatch's measures, which have tasks and periods of their own.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from uuid import UUID

import redis
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.catalog import registry
from apps.catalog.resources import Resource
from apps.cloud.models import Account
from apps.inventory import measure_scans, scans
from apps.inventory.measure_scans import Wanted
from apps.inventory.models import Scan
from apps.inventory.places import Place, places
from apps.tenancy.context import tenant_ids, tenant_tx

log = logging.getLogger(__name__)

_LOOK = 10  # seconds in which a second look at the same list doesn't ask again
_ASKED = 60  # seconds in which a scope is asked for at most once
_WATCHED = 3600  # seconds that a scope counts as watched after a look
_VIEWED = "northgate:inventory:viewed"
_MEASURED = "northgate:inventory:measured"


def ensure_fresh(
    tenant_id: UUID,
    resource: Resource,
    accounts: Iterable[Account] | None = None,
    regions: Sequence[str] = (),
    measures: Collection[str] | None = None,
) -> int:
    """Called by a list's view: enqueues one sync for each of these scopes that is no longer fresh (none for accounts
    given: all), and the reading of the measures that it shows (None: all). Answers how many syncs. Never waits for AWS
    and never raises for Redis. In the tenant's transaction."""
    ids = None if accounts is None else sorted(str(account.id) for account in accounts)
    keys = [one.key for one in resource.measures if measures is None or one.key in measures]
    told = (resource.kind, ",".join(ids or ()), ",".join(sorted(regions)), ",".join(keys))
    look = f"northgate:inventory:look:{tenant_id}:{':'.join(told)}"
    try:
        if not _redis().set(look, 1, nx=True, ex=_LOOK):
            return 0
        rows = Account.objects.filter(tenant_id=tenant_id).defer("secret")
        wanted = places(rows if ids is None else rows.filter(id__in=ids), [resource], regions)
        if not wanted:
            return 0
        _redis().zadd(_VIEWED, {str(place): time.time() for place in wanted})
        if keys:
            pairs = [(place, key) for place in wanted for key in keys]
            _redis().zadd(_MEASURED, {_pair(pair): time.time() for pair in pairs})
            enqueue_measures(measure_scans.due(tenant_id, pairs))
        return enqueue(scans.due(tenant_id, wanted))
    except redis.RedisError as problem:
        log.warning("no background sync: %s", problem)
        return 0


def enqueue(wanted: Iterable[Place]) -> int:
    """One sync task for each scope that wasn't asked for within a minute; after commit."""
    from apps.inventory.tasks import sync_scope

    chosen = [place for place in wanted if _redis().set(_asked(place), 1, nx=True, ex=_ASKED)]
    for place in chosen:
        args = [str(place.tenant_id), str(place.account_id), place.region, place.kind]
        transaction.on_commit(lambda args=args: sync_scope.delay(*args), robust=True)  # type: ignore[misc]
    return len(chosen)


def enqueue_measures(wanted: Iterable[Wanted]) -> int:
    """One task for each scope with the measures that weren't asked for within a minute; after commit."""
    from apps.inventory.tasks import measure_scope

    chosen: defaultdict[Place, list[str]] = defaultdict(list)
    for place, key in wanted:
        if _redis().set(_asked(place, key), 1, nx=True, ex=_ASKED):
            chosen[place].append(key)
    for place, keys in chosen.items():
        args = [str(place.tenant_id), str(place.account_id), place.region, place.kind, keys]
        transaction.on_commit(lambda args=args: measure_scope.delay(*args), robust=True)  # type: ignore[misc]
    return len(chosen)


def measure_watched(place: Place) -> None:
    """The scope was read just now: what somebody waits to see measured of it, even for the first time, is asked for."""
    pairs = [(place, measure.key) for measure in registry.resource(place.kind).measures]
    if not pairs:
        return
    try:
        looks = _redis().zmscore(_MEASURED, [_pair(pair) for pair in pairs])
        watched = [pair for pair, look in zip(pairs, looks, strict=True) if look and look > time.time() - _WATCHED]
        if watched:
            with tenant_tx(place.tenant_id):
                enqueue_measures(measure_scans.due(place.tenant_id, watched))
    except redis.RedisError as problem:
        log.warning("nothing measured: %s", problem)


def asked_for(place: Place, *keys: str) -> None:
    """The scope's sync, or the reading of these measures, has run: it may be asked for again."""
    try:
        _redis().delete(*(_asked(place, key) for key in keys or ("",)))
    except redis.RedisError as problem:
        log.warning("damper of %s stays: %s", place, problem)


def sync_account(account: Account) -> int:
    """A new or changed account: syncs everything in it. After commit."""
    try:
        return enqueue(places([account], registry.resources()))
    except redis.RedisError as problem:
        log.warning("no first sync: %s", problem)
        return 0


def refresh_watched() -> int:
    """Enqueues what somebody looked at within the hour and is no longer fresh, and whatever is in an account that was
    never read; answers how many."""
    viewed = [Place.parse(text) for text in _watched(_VIEWED)]
    measured = [(Place.parse(place), key) for place, _, key in (text.rpartition("|") for text in _watched(_MEASURED))]
    count = 0
    for tenant_id in tenant_ids():
        mine = [place for place in viewed if place.tenant_id == tenant_id]
        with tenant_tx(tenant_id):
            mine += places(_never_read(tenant_id), registry.resources())
            count += enqueue(scans.due(tenant_id, mine)) if mine else 0
            pairs = [pair for pair in measured if pair[0].tenant_id == tenant_id]
            count += enqueue_measures(measure_scans.due(tenant_id, pairs)) if pairs else 0
    return count


def _watched(key: str) -> list[str]:
    client = _redis()
    client.zremrangebyscore(key, 0, time.time() - _WATCHED)
    return [bytes(text).decode() for text in client.zrange(key, 0, -1)]  # type: ignore[arg-type]


def _never_read(tenant_id: UUID) -> list[Account]:
    read = Scan.objects.filter(tenant_id=tenant_id, account_id=OuterRef("id"))
    return list(Account.objects.filter(~Exists(read), tenant_id=tenant_id).defer("secret"))


def _asked(place: Place, key: str = "") -> str:
    return f"northgate:inventory:asked:{place}{key and '|'}{key}"


def _pair(wanted: Wanted) -> str:
    return f"{wanted[0]}|{wanted[1]}"


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )
