"""Sessions in PostgreSQL: whose each is, how long it lasts, and which to end. Django's SESSION_ENGINE.

A row's key is a digest of the cookie's, so that a copy of the database opens no session. A session ends when it was not
used for SESSION_IDLE seconds, and SESSION_COOKIE_AGE seconds after its sign-in, however much it is used.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet
from django.utils import timezone

from apps.users.models import Session

SINCE = "_since"  # when the person signed in: seconds since 1970
ADDRESS, AGENT = "_address", "_agent"  # from where, by which browser
TOUCH_AFTER = timedelta(minutes=1)  # a use within it of the last one is not written down


class SessionStore(DatabaseStore):
    found: Session | None = None  # the row as it was loaded

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(session_key=digest(self.session_key), expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
        self.found = found
        return found

    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest(session_key)).exists()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        now = timezone.now()
        since = datetime.fromtimestamp(data.setdefault(SINCE, now.timestamp()), UTC)
        return Session(
            session_key=digest(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=_ends(now, since),
            user_id=data.get(SESSION_KEY),
            started_at=since,
            seen_at=now,
            address=data.get(ADDRESS, ""),
            agent=data.get(AGENT, ""),
        )

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return self.create_model_instance(data)

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=digest(key)).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)


def digest(key: str | None) -> str:
    return hashlib.sha256((key or "").encode("utf-8", "replace")).hexdigest()[:40]


def begin(session: SessionBase, address: str, agent: str) -> None:
    """Somebody has just signed in."""
    session[SINCE], session[ADDRESS], session[AGENT] = timezone.now().timestamp(), address, agent[:200]


def touch(session: SessionBase) -> None:
    """The session is in use: it doesn't end for having been idle. One UPDATE a minute at most."""
    now, row = timezone.now(), getattr(session, "found", None)
    if row is not None and row.seen_at < now - TOUCH_AFTER:
        Session.objects.filter(pk=row.pk).update(seen_at=now, expire_date=_ends(now, row.started_at))


def of(user_id: UUID) -> QuerySet[Session]:
    """A person's sessions, the one used last first."""
    return Session.objects.filter(user_id=user_id, expire_date__gt=timezone.now()).order_by("-seen_at")


def end(user_id: UUID, name: str) -> bool:
    """End one of a person's sessions by its row's key; whether there was such a one."""
    return bool(Session.objects.filter(user_id=user_id, session_key=name).delete()[0])


def end_others(user_id: UUID, keep: str | None) -> int:
    """End a person's sessions but for that with the key `keep`; answers how many."""
    return Session.objects.filter(user_id=user_id).exclude(session_key=digest(keep)).delete()[0]


def sweep() -> int:
    """Delete what has ended; answers how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def _ends(now: datetime, since: datetime) -> datetime:
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return min(now + timedelta(seconds=settings.SESSION_IDLE), since + longest)
