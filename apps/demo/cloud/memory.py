"""Answers that never change are worked out once: writing 1,395 instance types as XML takes moto some seconds."""

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any

UNCHANGING = re.compile(r"(?:^|&)Action=DescribeInstanceTypes(?:&|$)")
Answer = tuple[str, list[tuple[str, str]], bytes]


class Memory:
    """In front of a WSGI application. Requests that differ only in who asks, where and when get the same answer
    (moto's types are the same in every Region)."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def answer(
        self, body: str, environ: dict[str, Any], start_response: Any, application: Callable[..., Any]
    ) -> Iterable[bytes]:
        # Several syncs ask at the same moment: one works it out, the others wait for it.
        with self._lock:
            if body not in self._answers:
                fresh = _collect(application, environ)
                if not fresh[0].startswith("200"):
                    return _give(fresh, start_response)
                self._answers[body] = fresh
            return _give(self._answers[body], start_response)


def _give(answer: Answer, start_response: Any) -> Iterable[bytes]:
    status, headers, content = answer
    start_response(status, headers)
    return [content]


def _collect(application: Callable[..., Any], environ: dict[str, Any]) -> Answer:
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], problem: Any = None) -> None:
        told[:] = [status, headers]

    parts = application(environ, start_response)
    try:
        content = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return told[0], told[1], content
