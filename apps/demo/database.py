"""The panel's database and its two roles: the owner, who migrates, and the application, whom row security binds."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER, APPLICATION = "northgate_owner", "northgate_app"


@dataclass(frozen=True)
class Database:
    """Two addresses of one database."""

    url: str
    owner_url: str


def ensure(superuser_url: str, name: str, *, owner_password: str, app_password: str) -> Database:
    """Make the roles and the database where absent; set the passwords and the roles' rights either way."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        _role(connection, OWNER, owner_password)
        _role(connection, APPLICATION, app_password)
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not found:
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))
        # Only these two may connect; the application may use the schema but make nothing in it.
        for grant in ("REVOKE ALL ON DATABASE {db} FROM PUBLIC", "GRANT CONNECT ON DATABASE {db} TO {app}"):
            statement = sql.SQL(grant)
            connection.execute(statement.format(db=sql.Identifier(name), app=sql.Identifier(APPLICATION)))
    return Database(
        url=_address(superuser_url, APPLICATION, app_password, name),
        owner_url=_address(superuser_url, OWNER, owner_password, name),
    )


def _role(connection: psycopg.Connection, role: str, password: str) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if found else "CREATE"
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION PASSWORD {}"
    statement = sql.SQL(f"{verb} ROLE {{}} {rights}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(password)))


def _address(superuser_url: str, role: str, password: str, name: str) -> str:
    parts = urlsplit(superuser_url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{place}", path=f"/{name}"))
