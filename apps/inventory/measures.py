"""Reading what CloudWatch measured of a scope's resources, and keeping what changed.

CloudWatch is asked outside any transaction and in each resource's own Region. A Region that fails keeps its values and
says why; it fails neither the others nor the list.
"""

# ruff: noqa: S608  (names in the SQL are this room's own; every value is a parameter)

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import IntegrityError, connection

from apps.catalog.metrics import Measure
from apps.catalog.resources import Resource
from apps.cloud import metrics
from apps.cloud.explain import CallFailed, Explained
from apps.cloud.metrics import Point
from apps.cloud.models import Account
from apps.inventory import measure_scans
from apps.inventory.places import GLOBAL, Place, place_of
from apps.inventory.sync import topic
from apps.live.bus import publish
from apps.tenancy.context import tenant_tx

_BATCH = 1000
_SCOPE = "tenant_id = %s AND account_id = %s AND kind = %s AND (region = %s OR %s)"
_ROWS = """jsonb_to_recordset(%s::jsonb)
    AS r (entry_id bigint, region text, key text, points float8[], last float8, at timestamptz)"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many values were written and removed. `errors` by Region; `busy`: nothing was due."""

    written: int = 0
    removed: int = 0
    errors: Mapping[str, Explained] = field(default_factory=dict)
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A resource to measure."""

    entry: int
    region: str
    id: str
    state: str


def measure(account: Account, region: str, resource: Resource, keys: Sequence[str] = ()) -> Outcome:
    """Reads those of the kind's measures (none given: all) that are due in a scope. Never raises for what AWS answers.
    Call outside any transaction."""
    place = place_of(account, resource, region)
    wanted = {measure.key: measure for measure in resource.measures if not keys or measure.key in keys}
    try:
        with tenant_tx(place.tenant_id):
            claimed = measure_scans.claim(place, list(wanted)) if wanted else {}
            targets = _targets(place) if claimed else []
        if not claimed:
            return Outcome(busy=True)
        return _measure(account, place, [wanted[key] for key in claimed], targets, failing=any(claimed.values()))
    except IntegrityError:  # the account was removed meanwhile
        return Outcome()


def _measure(
    account: Account, place: Place, claimed: Sequence[Measure], targets: Sequence[Target], *, failing: bool
) -> Outcome:
    keys = [measure.key for measure in claimed]
    try:
        found, errors = _read(account, claimed, targets)
    except BaseException:
        with tenant_tx(place.tenant_id):
            measure_scans.release(place, keys)
        raise
    with tenant_tx(place.tenant_id):
        written, removed = _keep(place, keys, found, list(errors))
        for measure in claimed:
            measure_scans.finish(place, [measure.key], errors, _wait(measure, errors.values()))
        if written or removed or failing != bool(errors):
            publish(place.tenant_id, topic(place.kind))
    return Outcome(written, removed, errors)


def _wait(measure: Measure, errors: Iterable[Explained]) -> int:
    """Seconds. What can't succeed soon isn't tried at every look."""
    return measure.period if all(error.retry for error in errors) else max(measure.period, 900)


def _read(
    account: Account, claimed: Sequence[Measure], targets: Sequence[Target]
) -> tuple[list[dict[str, Any]], dict[str, Explained]]:
    """Rows, and the Regions that failed. Measures of the same window and period share their calls."""
    alike: defaultdict[tuple[int, int], list[Measure]] = defaultdict(list)
    for measure in claimed:
        alike[measure.period, measure.size].append(measure)
    regions: defaultdict[str, list[Target]] = defaultdict(list)
    for target in targets:
        regions[target.region].append(target)
    found: list[dict[str, Any]] = []
    errors: dict[str, Explained] = {}
    for region, there in regions.items():
        try:
            for together in alike.values():
                found += _rows(account, region, together, there)
        except CallFailed as failed:
            errors[region] = failed.explained
    return [row for row in found if row["region"] not in errors], errors


def _rows(account: Account, region: str, together: Sequence[Measure], there: Sequence[Target]) -> Iterator[Any]:
    asked = [
        (measure, target)
        for measure in together
        for target in there
        if measure.when is None or target.state in measure.when
    ]
    if not asked:
        return
    period, size = together[0].period, together[0].size
    step = timedelta(seconds=period)
    end = datetime.fromtimestamp(int(datetime.now(UTC).timestamp()) // period * period, UTC) + step
    # CloudWatch is a period or so behind: the window ends with the last value that it has.
    found = metrics.many(
        account,
        region,
        [(measure.metric, target.id) for measure, target in asked],
        start=end - (size + 1) * step,
        end=end,
        period=period,
    )
    for (measure, target), points in zip(asked, found, strict=True):
        if points:
            yield {"entry_id": target.entry, "region": region, "key": measure.key, **_window(points, step, size)}


def _window(points: Sequence[Point], step: timedelta, size: int) -> dict[str, Any]:
    """The values of `size` steps up to the last point, None where there is none."""
    at, last = points[-1]
    slots: list[float | None] = [None] * size
    for moment, value in points:
        back = round((at - moment) / step)
        if back < size:
            slots[size - 1 - back] = value
    return {"points": slots, "last": last, "at": at}


def _targets(place: Place) -> list[Target]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, region, resource_id, state FROM inventory_entry WHERE {_SCOPE} AND gone_at IS NULL",
            _scope(place),
        )
        return [Target(*row) for row in cursor.fetchall()]


def _keep(place: Place, keys: list[str], rows: Sequence[Mapping[str, Any]], failed: list[str]) -> tuple[int, int]:
    """The scope's values are these, but for Regions that failed. How many were written, how many removed."""
    written = 0
    with connection.cursor() as cursor:
        for start in range(0, len(rows), _BATCH):
            # Compared first: ON CONFLICT alone would write to every row that it meets.
            cursor.execute(
                f"""INSERT INTO inventory_measured
                        (tenant_id, account_id, kind, entry_id, region, key, points, last, at)
                    SELECT %s, %s, %s, r.* FROM {_ROWS}
                    LEFT JOIN inventory_measured m ON m.tenant_id = %s AND m.entry_id = r.entry_id AND m.key = r.key
                    WHERE (m.points, m.last, m.at) IS DISTINCT FROM (r.points, r.last, r.at)
                    ON CONFLICT (tenant_id, entry_id, key) DO UPDATE SET
                        points = excluded.points, last = excluded.last, at = excluded.at""",
                [
                    *(place.tenant_id, place.account_id, place.kind),
                    *(orjson.dumps(rows[start : start + _BATCH]).decode(), place.tenant_id),
                ],
            )
            written += cursor.rowcount
        cursor.execute(
            f"""DELETE FROM inventory_measured WHERE {_SCOPE} AND key = ANY(%s) AND region <> ALL(%s)
                AND (entry_id, key) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))""",
            [*_scope(place), keys, failed, [row["entry_id"] for row in rows], [row["key"] for row in rows]],
        )
        return written, cursor.rowcount


def _scope(place: Place) -> list[Any]:
    return [place.tenant_id, place.account_id, place.kind, place.region, place.region == GLOBAL]
