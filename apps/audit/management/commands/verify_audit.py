"""Verifies the record. Ends with 0 when all is as sealed, 1 when something is not, 2 when it couldn't be looked at."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from apps.audit import signing, verifier


class Command(BaseCommand):
    help = (
        "Holds every row of the record against its seals and anchors, and names each that was changed, deleted or "
        "inserted. Ends with 0 when there is none, 1 when there is, 2 when the record can't be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", type=UUID, action="append", help="only this organization's record")
        parser.add_argument("--anchor", type=Path, action="append", help="an anchor file, or an object of the bucket")
        parser.add_argument("--key", action="append", help="a public key (base64) to trust instead of the settings'")
        parser.add_argument("--database", help="postgresql://… to read instead of the panel's own")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = options["key"] or signing.trusted()
        try:
            anchors = [anchor for path in _files(options["anchor"]) for anchor in _anchors(path)]
            with _connect(options["database"]) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                connection.read_only = True
                found = options["tenant"] or verifier.tenants(connection, anchors)
                verdicts = [verifier.verify(connection, tenant, keys, anchors) for tenant in found]
        except (OSError, psycopg.Error) as problem:
            self.stderr.write(f"The record can't be read: {problem}")
            sys.exit(2)
        if not keys:
            self.stderr.write("No key is trusted. Set NORTHGATE_SEAL_KEY or name a public key: --key …")
            sys.exit(2)
        self._tell(verdicts)
        sys.exit(1 if any(verdict.findings for verdict in verdicts) else 0)

    def _tell(self, verdicts: list[verifier.Verdict]) -> None:
        for verdict in verdicts:
            self.stdout.write(
                f"{verdict.tenant}  {verdict.rows} rows in {verdict.seals} seals, {verdict.pending} not sealed yet, "
                f"{verdict.anchors} anchors, head {verdict.head or '–'}"
            )
            for finding in verdict.findings:
                self.stdout.write(f"  {finding.kind}: {finding.text}")
        wrong = sum(len(verdict.findings) for verdict in verdicts)
        rows = sum(verdict.rows for verdict in verdicts)
        self.stdout.write(f"{rows} rows: " + (f"{wrong} findings." if wrong else "all as sealed."))


def _files(given: list[Path] | None) -> list[Path]:
    """What was asked for must be there; the panel's own file may not have begun."""
    if given:
        return given
    own = Path(settings.NORTHGATE_ANCHOR_FILE) if settings.NORTHGATE_ANCHOR_FILE else None
    return [own] if own and own.exists() else []


def _anchors(path: Path) -> list[dict[str, Any]]:
    with path.open() as lines:
        return list(verifier.read_anchors(lines))


def _connect(url: str | None) -> psycopg.Connection[Any]:
    if url:
        return psycopg.connect(url)
    params = connections["default"].settings_dict
    known = {"dbname": params["NAME"], "user": params["USER"], "password": params["PASSWORD"], "host": params["HOST"]}
    return psycopg.connect(**{name: value for name, value in (known | {"port": params["PORT"]}).items() if value})
