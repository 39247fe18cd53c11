"""A row of its own in every table that has tenants, for each organization: whoever sees another's has seen too much.

What an organization really has comes from `walk.make_victim`; a table that this leaves empty gets one row by its
columns' types, so a new table is covered from the day on which it is made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from tests.tenancy.walk import Victim, make_victim

TABLES = """SELECT c.relname FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"""
COLUMNS = """SELECT column_name, data_type, udt_name, character_maximum_length FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO' AND is_identity = 'NO'
      AND column_name <> 'tenant_id'"""
PLAIN = {
    "boolean": "false",
    "jsonb": '"{mark}"',
    "ARRAY": "{{}}",
    "bytea": "{mark}",
    "uuid": "{uuid}",
    "inet": "127.0.0.1",
    "date": "2026-01-01",
}


@dataclass(frozen=True)
class Canary:
    """`mark` stands in every row of the organization that holds text."""

    mark: str
    victim: Victim

    @property
    def tenant_id(self) -> UUID:
        return self.victim.people.tenant_id


@contextmanager
def planted(superuser: psycopg.Connection[Any], count: int) -> Iterator[list[Canary]]:
    """So many organizations. What was made up of their rows is gone afterwards."""
    canaries = [Canary(mark, make_victim(mark)) for mark in (f"canary-{secrets.token_hex(6)}" for _ in range(count))]
    made_up: list[tuple[str, UUID]] = []
    # Rows by types alone refer to nothing.
    superuser.execute("SET session_replication_role = replica")
    try:
        for table in tables(superuser):
            for canary in canaries:
                if not _has(superuser, table, canary.tenant_id):
                    _plant(superuser, table, canary)
                    made_up.append((table, canary.tenant_id))
        yield canaries
    finally:
        for table, tenant_id in made_up:
            superuser.execute(sql.SQL("DELETE FROM {} WHERE tenant_id = %s").format(sql.Identifier(table)), [tenant_id])
        superuser.execute("RESET session_replication_role")


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(TABLES).fetchall()]


SIGHT = "SELECT place, whose, marks FROM canary.sight()"


@contextmanager
def sight(superuser: psycopg.Connection[Any], canaries: Sequence[Canary]) -> Iterator[None]:
    """Makes SIGHT tell of each table whose rows there are to see, and whose marks are in them.

    A function: planning it anew each time would take longer than all the rest. It runs as whoever asks.
    """
    marks = ", ".join(f"count(*) FILTER (WHERE t::text LIKE '%{one.mark}%') > 0" for one in canaries)
    whose = "array_agg(DISTINCT t.tenant_id::text)"
    parts = [f"SELECT '{name}'::text, {whose}, ARRAY[{marks}] FROM public.{name} t" for name in tables(superuser)]
    superuser.execute(
        "DROP SCHEMA IF EXISTS canary CASCADE; CREATE SCHEMA canary; GRANT USAGE ON SCHEMA canary TO PUBLIC"
    )
    superuser.execute(
        "CREATE FUNCTION canary.sight() RETURNS TABLE (place text, whose text[], marks boolean[]) LANGUAGE plpgsql AS "
        f"$body$ BEGIN RETURN QUERY {' UNION ALL '.join(parts)}; END $body$"
    )
    try:
        yield
    finally:
        superuser.execute("DROP SCHEMA canary CASCADE")


def _has(superuser: psycopg.Connection[Any], table: str, tenant_id: UUID) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE tenant_id = %s LIMIT 1").format(sql.Identifier(table))
    return superuser.execute(query, [tenant_id]).fetchone() is not None


def _plant(superuser: psycopg.Connection[Any], table: str, canary: Canary) -> None:
    values: dict[str, Any] = {"tenant_id": canary.tenant_id}
    for column, kind, name, length in superuser.execute(COLUMNS, [table]).fetchall():
        values[column] = _value(kind, name, length, canary.mark)
    superuser.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def _value(kind: str, name: str, length: int | None, mark: str) -> Any:
    if kind in {"character varying", "text", "character"}:
        return mark[:length]
    if kind.startswith("timestamp"):
        return "2026-01-01T00:00:00Z"
    if kind in {"smallint", "integer", "bigint", "numeric", "double precision", "real"}:
        return 1 + secrets.randbelow(30_000)
    return PLAIN[kind].format(mark=mark, uuid=secrets.token_hex(16))
