"""After each migrate as the owner: row-level security, composite keys, functions and the application role's grants.

All of it is idempotent and found in the catalog, so a new tenant table needs nothing but a `tenant` column.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from apps.tenancy import actor_functions

log = logging.getLogger(__name__)

# In a sub-select, so that PostgreSQL evaluates it once for a query and not once for a row.
TENANT = "(SELECT NULLIF(current_setting('app.tenant', true), '')::uuid)"
PERSON = "(SELECT NULLIF(current_setting('app.user', true), '')::uuid)"
# Tables that the application's role may add to and read, and nothing else.
RECORD_PREFIX = "audit_"
FROM_OWNER_ONLY = ("django_migrations",)


def after_migrate(using: str, **_: Any) -> None:
    """The post_migrate receiver."""
    if using == "owner":
        apply(using)


def apply(using: str = "owner") -> None:
    """Bring every table of schema public to the state that tests/tenancy/test_row_security.py demands."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in tenant_tables(cursor):
            with transaction.atomic(using):  # one each: the locks of all at once would meet a running panel's
                _secure(cursor, table, f"tenant_id = {TENANT}")
        with transaction.atomic(using):
            _secure(cursor, "tenancy_tenant", f"id = {TENANT}")
            _own_rows(cursor)
            _tenant_ids_function(cursor)
            for statement in actor_functions.statements():
                cursor.execute(statement)
        for table, column, target in tenant_references(connection):
            with transaction.atomic(using):
                _composite_key(cursor, table, column, target)
        with transaction.atomic(using):
            _grant(cursor)


def tenant_tables(cursor: CursorWrapper) -> list[str]:
    """Every table in schema public with a column tenant_id, partitions included."""
    cursor.execute(
        """SELECT c.relname FROM pg_class c
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1"""
    )
    return [row[0] for row in cursor.fetchall()]


def tenant_references(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str]]:
    """(table, column, target table) for each foreign key between two models that have a tenant."""
    present = set(connection.introspection.table_names())
    for model in apps.get_models(include_auto_created=True):
        if not _has_tenant(model) or model._meta.db_table not in present:
            continue
        for field in model._meta.concrete_fields:
            target = field.remote_field.model if isinstance(field, models.ForeignKey) else None
            if field.column and target is not None and _has_tenant(target) and target._meta.db_table in present:
                yield model._meta.db_table, field.column, target._meta.db_table


def _has_tenant(model: type[models.Model]) -> bool:
    return any(field.column == "tenant_id" for field in model._meta.concrete_fields)


def _secure(cursor: CursorWrapper, table: str, condition: str) -> None:
    name = sql.Identifier(table)
    _run(cursor, "ALTER TABLE {} ENABLE ROW LEVEL SECURITY", name)
    _run(cursor, "ALTER TABLE {} FORCE ROW LEVEL SECURITY", name)
    _policy(cursor, "tenant_isolation", table, f"USING ({condition}) WITH CHECK ({condition})")


def _own_rows(cursor: CursorWrapper) -> None:
    """Sign-in and the organization switcher read one's own memberships and their organizations, nothing else."""
    _policy(cursor, "own_memberships", "tenancy_membership", f"FOR SELECT USING (user_id = {PERSON})")
    mine = f"SELECT m.tenant_id FROM tenancy_membership m WHERE m.user_id = {PERSON}"  # noqa: S608 (a constant)
    _policy(cursor, "own_organizations", "tenancy_tenant", f"FOR SELECT USING (id IN ({mine}))")


def _tenant_ids_function(cursor: CursorWrapper) -> None:
    """A dispatcher must visit every tenant and sees none before it has entered: the ids alone come from here."""
    _policy(cursor, "owner_reads", "tenancy_tenant", "FOR SELECT TO CURRENT_USER USING (true)")
    cursor.execute(
        """CREATE OR REPLACE FUNCTION northgate_tenant_ids() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
           SET search_path = pg_catalog, public AS 'SELECT id FROM public.tenancy_tenant'"""
    )
    cursor.execute("REVOKE ALL ON FUNCTION northgate_tenant_ids() FROM PUBLIC")


def _composite_key(cursor: CursorWrapper, table: str, column: str, target: str) -> None:
    """(tenant_id, column) REFERENCES target (tenant_id, id), unless a migration brought it."""
    if _has_composite(cursor, table, column, target):
        return
    cursor.execute(
        """SELECT 1 FROM pg_index i WHERE i.indrelid = %s::regclass AND i.indisunique AND i.indpred IS NULL
           AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)) = ARRAY['id', 'tenant_id']""",
        [target],
    )
    if cursor.fetchone() is None:
        _run(
            cursor,
            "CREATE UNIQUE INDEX {} ON {} (tenant_id, id)",
            sql.Identifier(f"{target}_tenant_id_id"[:63]),
            sql.Identifier(target),
        )
    _run(
        cursor,
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY (tenant_id, {}) REFERENCES {} (tenant_id, id) "
        "DEFERRABLE INITIALLY DEFERRED",
        sql.Identifier(table),
        sql.Identifier(f"{table}_{column}_tenant"[:63]),
        sql.Identifier(column),
        sql.Identifier(target),
    )


def _has_composite(cursor: CursorWrapper, table: str, column: str, target: str) -> bool:
    cursor.execute(
        """SELECT 1 FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid = %s::regclass
           AND k.confrelid = %s::regclass
           AND (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey))
               = (SELECT array_agg(c ORDER BY c) FROM unnest(ARRAY['tenant_id', %s::text]) c)""",
        [table, target, column],
    )
    return cursor.fetchone() is not None


def _grant(cursor: CursorWrapper) -> None:
    app, owner = settings.DATABASES["default"].get("USER", ""), settings.DATABASES["owner"].get("USER", "")
    if not app or app == owner:
        log.warning("The application uses the owner's database role: nothing to grant. See check tenancy.E001.")
        return
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [app])
    if cursor.fetchone() is None:
        raise ImproperlyConfigured(f"Create the database role {app} of DATABASE_URL before migrating.")
    role = sql.Identifier(app)
    _run(cursor, "GRANT USAGE ON SCHEMA public TO {}", role)
    _run(cursor, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}", role)
    _run(cursor, "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}", role)
    _run(cursor, "GRANT EXECUTE ON FUNCTION northgate_tenant_ids() TO {}", role)
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in cursor.fetchall():
        if table.startswith(RECORD_PREFIX):
            _run(cursor, "REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}", sql.Identifier(table), role)
        elif table in FROM_OWNER_ONLY:
            _run(cursor, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}", sql.Identifier(table), role)


def _policy(cursor: CursorWrapper, policy: str, table: str, rule: str) -> None:
    _run(cursor, "DROP POLICY IF EXISTS {} ON {}", sql.Identifier(policy), sql.Identifier(table))
    _run(cursor, "CREATE POLICY {} ON {} " + rule, sql.Identifier(policy), sql.Identifier(table))


def _run(cursor: CursorWrapper, text: str, *names: sql.Identifier) -> None:
    cursor.execute(sql.SQL(text).format(*names))
