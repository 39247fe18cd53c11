"""Reading what a caller sent: the JSON body, the idempotency key, the numbers of the query."""

import hashlib
import re
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

from apps.api.problems import Problem

LIMIT = 1024 * 1024
KEY = re.compile(r"[\x21-\x7e]{1,255}")


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The body's JSON object; an absent body is an empty one. Raises Problem: media-type, too-large, unreadable."""
    if request.headers.get("Content-Length") == "0":
        return {}
    # What a form sent may have been read as one already, for its CSRF token.
    is_form = request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}
    raw = b"" if is_form else _raw(request)
    if is_form or (raw and request.content_type != "application/json"):
        raise Problem("media-type", headers={"Accept": "application/json"})
    if not raw:
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Problem("unreadable", _("The body is not JSON: %(reason)s") % {"reason": error}) from error
    if not isinstance(data, dict):
        raise Problem("unreadable", _("The body is JSON, but not an object."))
    return data


def _raw(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and (len(length) > 9 or int(length) > LIMIT):
        raise Problem("too-large")
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise Problem("too-large") from error
    except UnreadablePostError as error:
        raise Problem("unreadable", _("The body ended before it was complete.")) from error
    if len(raw) > LIMIT:
        raise Problem("too-large")
    return raw


def idempotency_key(request: HttpRequest) -> str:
    """The Idempotency-Key header, or nothing. Raises Problem when it is too long or not visible ASCII."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not KEY.fullmatch(key):
        raise Problem("idempotency-key")
    return key


def body_hash(request: HttpRequest, data: dict[str, Any]) -> str:
    """SHA-256 of what is asked: the address and the body, whatever the order of its keys."""
    asked = [request.path, sorted(request.GET.lists()), data]
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def text_member(data: dict[str, Any], name: str, *, required: bool = True) -> str:
    """Takes a text member out of a body. Raises Problem `invalid`."""
    value = data.pop(name, "" if not required else None)
    if value is None:
        raise Problem("invalid", errors={name: [_("This field is required.")]})
    if not isinstance(value, str) or "\x00" in value:
        raise Problem("invalid", errors={name: [_("The value is of type string.")]})
    return value


def flag(request: HttpRequest, name: str) -> bool:
    """A query parameter that is `1` when set, `0` or absent when not. Raises Problem `query`."""
    value = request.GET.get(name, "0")
    if value not in {"0", "1"}:
        raise Problem("query", errors={name: [_("The value is 1 or 0.")]})
    return value == "1"


def number(request: HttpRequest, name: str, default: int, most: int) -> int:
    """A query parameter from 1 to `most`. Raises Problem `query`."""
    value = request.GET.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and 1 <= int(value) <= most):
        raise Problem("query", errors={name: [_("The value is a number from 1 to %(most)d.") % {"most": most}]})
    return int(value)
