"""Bytes that pass through the panel to a browser: an archive, or an object that no address can name."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def attachment(
    request: HttpRequest, pieces: Generator[bytes], disposition: str, media_type: str = "application/octet-stream"
) -> StreamingHttpResponse:
    """A download that is read as fast as it is taken, and no further. Under WSGI and under ASGI, where Django would
    otherwise collect the whole of it first. When the client goes, the generator is closed."""
    body = _unblocked(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(body, content_type=media_type)
    answer["Content-Disposition"] = disposition
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Accel-Buffering"] = "no"
    return answer


async def _unblocked(pieces: Generator[bytes]) -> AsyncGenerator[bytes]:
    """The same from a thread of its own. One for all of it: a generator's resources may belong to its thread."""
    loop = asyncio.get_running_loop()
    thread = ThreadPoolExecutor(1, thread_name_prefix="download")
    try:
        while (piece := await loop.run_in_executor(thread, next, pieces, None)) is not None:
            yield piece
    finally:
        # Behind whatever the thread still does: a generator can't be closed while it runs.
        thread.submit(pieces.close)
        thread.shutdown(wait=False)
