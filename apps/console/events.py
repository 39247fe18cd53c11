"""The stream of names of what changed, for the pages of one person. The page then refetches by the ordinary way."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from apps.live import bus
from apps.tenancy.actors import load_actor
from apps.tenancy.decorators import own_transactions, unattended

log = logging.getLogger(__name__)

RECHECK = 30.0  # seconds between two looks at whether the session still stands


@require_GET
@own_transactions
@unattended
def events(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events. 401 without a session (htmx then tries again, less and less often); 204 under WSGI, where a
    stream would hold a worker: the proxy sends this address to the ASGI process."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.user_id is None:
        return HttpResponse(status=401)
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    _let_go()
    answer = StreamingHttpResponse(
        stream(request.session, actor.tenant_id, actor.user_id), content_type="text/event-stream"
    )
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def stream(session: SessionBase, tenant_id: UUID, user_id: UUID) -> AsyncGenerator[bytes]:
    """Names as events, comments as signs of life. Ends when the session ended or Redis was lost."""
    key = session.session_key
    clock = asyncio.get_running_loop()
    looked_at = clock.time()
    yield b": open\nretry: 1000\n\n"
    async with aclosing(bus.subscribe(tenant_id)) as names:
        async for name in names:
            if clock.time() - looked_at > RECHECK:
                looked_at = clock.time()
                if not await sync_to_async(stands)(key, tenant_id, user_id):
                    yield b"event: signed-out\ndata:\n\n"
                    return
            yield b": still here\n\n" if name is None else f"event: {name}\ndata:\n\n".encode()


def stands(key: str | None, tenant_id: UUID, user_id: UUID) -> bool:
    """Whether the session is still there, for the same organization, and the person still in it."""
    from importlib import import_module

    store = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        same = store.get("tenant") == str(tenant_id) and store.get("_auth_user_id") == str(user_id)
        return same and load_actor(tenant_id, user_id) is not None
    finally:
        _let_go()


def _let_go() -> None:
    """A stream lasts for hours: it must not keep a connection from the pool meanwhile."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
