"""What was measured, as SQL beside `inventory_entry e`: what a list shows, sorts and filters by.

Each is part of the list's own statement, so a list with measures asks the database no more often than one without.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from apps.catalog.items import Measured
from apps.catalog.resources import Resource

_FROM = "inventory_measured m ON m.tenant_id = e.tenant_id AND m.entry_id = e.id"
_OF = f"FROM {_FROM.replace(' ON ', ' WHERE ', 1)}"
# One measure of each row as `m`, where it has one; takes the measure's key.
JOIN = f"LEFT JOIN {_FROM} AND m.key = %s"
HAS = f"EXISTS (SELECT 1 {_OF} AND m.key = %s)"
HAS_SUCH = f"EXISTS (SELECT 1 {_OF} AND m.kind = e.kind AND m.key = %s AND m.last {{}} %s)"
_VALUES = f"(SELECT json_object_agg(m.key, json_build_array(m.last, m.points, m.at))::text {_OF})"
_LAST = f"coalesce((SELECT jsonb_object_agg(m.key, m.last) {_OF}), '{{}}')"


def values(resource: Resource | None) -> str:
    """An expression of all that was measured of a row, as `parse` reads it."""
    return _VALUES if resource and resource.measures else "NULL"


def cells(resource: Resource) -> str:
    """An expression of a row's cells with the last value of each measure among them, as jsonb."""
    return f"(e.cells || {_LAST})" if resource.measures else "e.cells"


def parse(text: str | None) -> Mapping[str, Measured]:
    """By key."""
    if not text:
        return {}
    found: dict[str, Any] = orjson.loads(text)
    return {key: Measured(last, tuple(points), datetime.fromisoformat(at)) for key, (last, points, at) in found.items()}
