"""The event stream: names for one tenant's people, for as long as the session stands."""

import asyncio
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.test import Client

from tests.console.world import client
from tests.live.test_bus import listeners


def test_strangers_get_no_stream(panel_env):
    assert Client().get("/events/").status_code == 401


def test_under_wsgi_there_is_none(people):
    answer = client(people.viewer).get("/events/")
    assert (answer.status_code, answer.content) == (204, b"")


def listen(browser, people, change):
    """The first two chunks of a person's stream, and what follows; `change` runs once it listens."""
    from apps.console import events

    async def said(stream):
        async for chunk in stream:
            if not chunk.startswith(b":"):  # a sign of life
                return chunk
        return b""

    async def chunks():
        stream = events.stream(browser.session, people.tenant_id, people.viewer.user.id)
        async with aclosing(stream):
            first = await anext(stream)
            following = asyncio.ensure_future(said(stream))
            while await sync_to_async(listeners)(people.tenant_id) == 0 and not following.done():
                await asyncio.sleep(0.01)
            await sync_to_async(change)()
            second = await asyncio.wait_for(following, 20)
            return first, second, [] if b"signed-out" not in second else [chunk async for chunk in stream]

    return asyncio.run(chunks())


def test_names_arrive_and_only_ones_own(people):
    from apps.live import bus

    def change():
        bus.publish(people.outsider.actor.tenant_id, "operations")
        bus.publish(people.tenant_id, "operation-1")

    first, second, _rest = listen(client(people.viewer), people, change)
    assert b"retry" in first
    assert second == b"event: operation-1\ndata:\n\n"


def test_it_ends_with_the_session(people, monkeypatch):
    from apps.console import events
    from apps.live import bus

    monkeypatch.setattr(events, "RECHECK", 0.0)
    browser = client(people.viewer)

    def change():
        browser.session.flush()
        bus.publish(people.tenant_id, "operations")

    _first, second, rest = listen(browser, people, change)
    assert b"signed-out" in second
    assert rest == []


def test_the_answer_is_a_stream_that_no_proxy_holds_back(people):
    from django.core.handlers.asgi import ASGIRequest

    from apps.console import events

    request = ASGIRequest({"type": "http", "method": "GET", "path": "/events/", "headers": []}, None)
    request.session, request.actor = client(people.viewer).session, people.viewer.actor
    answer = events.events(request)
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
