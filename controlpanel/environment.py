"""Reads the process environment, the only source of configuration."""

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable's value; without a default an absent one stops the start with its name."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}. See docker/.env.example.")
    return value


def flag(name: str, default: bool = False) -> bool:
    return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def seconds(name: str, default: float) -> float:
    """A number of seconds above nothing."""
    given = text(name, str(default))
    try:
        value = float(given)
    except ValueError:
        value = 0
    if not value > 0:
        raise ImproperlyConfigured(f"{name} is a number of seconds, not {given!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str, *, pool: bool) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?host=/socket/folder` as one of Django's DATABASES."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"A database URL starts with postgresql://, not {parts.scheme or 'nothing'}://.")
    query = dict(parse_qsl(parts.query))
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
        "ATOMIC_REQUESTS": False,
    }
    if pool:
        settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": int(text("DATABASE_POOL", "8")), "timeout": 10}
    return settings


def mail(url: str) -> tuple[str, str, int, str, str]:
    """Django's e-mail backend, host, port, user and password from `smtp://user:password@host:port`."""
    parts = urlsplit(url)
    if url in ("", "log:"):
        return (
            "apps.users.mail_log.EmailBackend" if url else "django.core.mail.backends.dummy.EmailBackend",
            "",
            0,
            "",
            "",
        )
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL is smtp://user:password@host:587, smtps://user:password@host:465, or log:"
        )
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return "django.core.mail.backends.smtp.EmailBackend", parts.hostname, port, user, password
