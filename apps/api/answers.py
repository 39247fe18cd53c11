"""JSON answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.functional import Promise


def encode(data: Any) -> bytes:
    """JSON in UTF-8. Decimals become numbers, late texts become text, moments are ISO 8601 with `Z`."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def answer(
    data: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> HttpResponse:
    """A JSON answer that no cache may keep: it may hold a tenant's data."""
    response = HttpResponse(encode(data), status=status, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization, Cookie"
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response
