"""Start-up checks: the application's database role must be one that row-level security binds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.db import connections


@checks.register(checks.Tags.database)
def application_role(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """tenancy.E001: the role of "default" is a superuser, bypasses row security or owns the tables."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(
            """SELECT r.rolsuper OR r.rolbypassrls, EXISTS (
                   SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
                   AND c.relnamespace = 'public'::regnamespace)
               FROM pg_roles r WHERE r.rolname = current_user"""
        )
        bypasses, owns = cursor.fetchone() or (False, False)
    if not bypasses and not owns:
        return []
    return [
        checks.Error(
            "The application's database role isn't bound by row-level security.",
            hint="Give DATABASE_URL a role that is no superuser, has no BYPASSRLS and owns no tables.",
            id="tenancy.E001",
        )
    ]
