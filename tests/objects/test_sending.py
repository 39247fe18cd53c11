"""Bytes that pass through the panel: as fast as they are taken, and no further, under WSGI and under ASGI."""

import asyncio
import threading

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from apps.objects import sending

pytestmark = pytest.mark.pure


class Source:
    """A generator of many pieces that notes what was taken of it, by which threads, and that it was closed."""

    def __init__(self, count=1000):
        self.taken, self.closed, self.threads, self.count = 0, threading.Event(), set(), count

    def pieces(self):
        try:
            for n in range(self.count):
                self.taken += 1
                self.threads.add(threading.get_ident())
                yield b"" if n == 3 else b"x" * 1024
        finally:
            self.closed.set()


def asgi_request():
    return ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}, None)


def test_under_wsgi_the_server_takes_piece_by_piece():
    source = Source()
    answer = sending.attachment(RequestFactory().get("/"), source.pieces(), "attachment")
    body = iter(answer)
    next(body)
    assert source.taken <= 2
    answer.close()
    assert source.closed.is_set()


def test_under_asgi_nothing_is_collected_and_one_thread_does_it_all():
    source = Source()

    async def read():
        answer = sending.attachment(asgi_request(), source.pieces(), "attachment")
        assert answer.is_async
        size = 0
        async for piece in answer:
            size += len(piece)
            assert source.taken * 1024 - size <= 2048
        return size

    assert asyncio.run(read()) == 999 * 1024
    assert len(source.threads) == 1
    assert source.closed.wait(5)


def test_under_asgi_a_client_that_goes_ends_the_reading():
    source = Source(10**9)

    async def leave():
        answer = sending.attachment(asgi_request(), source.pieces(), "attachment")
        body = answer.streaming_content
        for _ in range(5):
            await anext(body)
        await body.aclose()

    asyncio.run(leave())
    assert source.closed.wait(5)
    assert source.taken < 20


def test_it_can_not_be_opened_as_a_page():
    answer = sending.attachment(RequestFactory().get("/"), Source().pieces(), 'attachment; filename="x.html"')
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
