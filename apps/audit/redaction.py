"""Take secrets out of what is about to be recorded, and make the rest storable as JSON.

Errs on the side of hiding: a hidden harmless value costs a look elsewhere, a shown secret can't be unseen.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

SECRET = {"redacted": "secret"}
DEEPEST = 24
LONGEST = 16_384

_SECRET_KEY = re.compile(
    r"password|passwd|passphrase|pwd$|secret|privatekey|keymaterial|token|credential|authorization|cookie"
    r"|apikey|sealed|signature|accesskey$"
)
# Named like a secret, yet a setting or a name: an auditor needs to see these.
_HARMLESS_KEY = re.compile(
    r"^(httptokens|clienttoken|clientrequesttoken|idempotencytoken|nexttoken|continuationtoken|publickeymaterial"
    r"|secret(arn|id|name|manager.*)|passwordlastused|passwordresetrequired|credentialkind|tokenid|tokenname)$"
)
# Long texts that often carry secrets inside: recorded by length and digest, so two of them can be compared.
_DOCUMENT_KEY = re.compile(r"^(userdata|userdatabase64|zipfile|body|filecontents?|content|blob|payload|script)$")
# Lambda and Batch settings: any of them may be a secret whatever its name (CloudTrail hides them too).
_ENVIRONMENT_KEY = re.compile(r"^(environment|environmentvariables|variables|env)$")
_SECRET_TEXT = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bngt_[0-9a-f]{32}_[\w-]{20,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\b(?:Bearer|Basic)\s+[\w+/=.~-]{8,}"
    r"|(?i:[?&](?:X-Amz-Signature|X-Amz-Security-Token|Signature|sig|password|token|secret)=[^&\s]+)"
    r"|\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@"
)
_PAIR_NAMES = ("name", "key")


def redact(value: Any) -> Any:
    """A copy of `value` that JSON and jsonb can hold, with its secrets replaced.

    A secret becomes {"redacted": "secret"}; a document (user data, a zip file, a payload) becomes
    {"redacted": "document", "length": bytes, "sha256": hex}; an overlong text the same with "text".
    """
    return _walk(value, DEEPEST)


def clean(text: str, *, secrets: bool = False) -> str:
    """`text` without what PostgreSQL can't store (NUL, lone surrogates); with `secrets`, also without secrets."""
    stored = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return _SECRET_TEXT.sub("…", stored) if secrets else stored


def _walk(value: Any, depth: int) -> Any:
    if depth <= 0:
        return "…"
    if isinstance(value, Mapping):
        return _mapping(value, depth)
    if isinstance(value, (list, tuple)):
        return [_walk(one, depth - 1) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_walk(one, depth - 1) for one in value), key=repr)
    return _leaf(value)


def _mapping(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    pair = _pair_name(value)
    done: dict[str, Any] = {}
    for key, inner in value.items():
        name = clean(str(key))
        plain = _plain(name)
        if pair and plain == "value" and _is_secret_key(pair):
            done[name] = _hide(inner, depth - 1)
        elif _DOCUMENT_KEY.match(plain) and isinstance(inner, (str, bytes, bytearray, memoryview)):
            done[name] = _document(inner)
        elif _DOCUMENT_KEY.match(plain) and isinstance(inner, Mapping) and isinstance(inner.get("Value"), str):
            done[name] = {**_mapping(inner, depth - 1), "Value": _document(inner["Value"])}
        elif _ENVIRONMENT_KEY.match(plain) and isinstance(inner, (Mapping, list, tuple)):
            # A text under this name is a tag or an account's kind ("production"), not variables.
            done[name] = _environment(inner, depth - 1)
        elif _is_secret_key(plain):
            done[name] = _hide(inner, depth - 1)
        else:
            done[name] = _walk(inner, depth - 1)
    return done


def _leaf(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _document(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    # Never str() or repr() of a stranger: it may print what it holds.
    return f"<{type(value).__name__}>"


def _text(value: str) -> Any:
    if _SECRET_TEXT.search(value):
        return dict(SECRET)
    return clean(value) if len(value) <= LONGEST else _document(value, "text")


def _document(value: str | bytes | bytearray | memoryview, what: str = "document") -> dict[str, Any]:
    raw = value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value)
    return {"redacted": what, "length": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def _hide(value: Any, depth: int) -> Any:
    """Hide every leaf, keep the shape: null, true and false tell nothing and stay."""
    if depth <= 0:
        return dict(SECRET)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {clean(str(key)): _hide(inner, depth - 1) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_hide(inner, depth - 1) for inner in value]
    return dict(SECRET)


def _environment(value: Any, depth: int) -> Any:
    """Names of variables stay, their values go: {NAME: value}, [{name, value}] or any nesting of these."""
    if depth <= 0:
        return dict(SECRET)
    if isinstance(value, (list, tuple)):
        return [_environment(inner, depth - 1) for inner in value]
    if isinstance(value, Mapping):
        pair = _pair_name(value) is not None
        return {
            clean(str(key)): _text(inner)
            if pair and _plain(str(key)) in _PAIR_NAMES and isinstance(inner, str)
            else _environment(inner, depth - 1)
            for key, inner in value.items()
        }
    return _hide(value, depth)


def _pair_name(value: Mapping[Any, Any]) -> str | None:
    """The name in a {"Key": …, "Value": …} or {"name": …, "value": …} pair, in its plain form."""
    parts = {_plain(str(key)): inner for key, inner in value.items()}
    if "value" not in parts:
        return None
    return next((_plain(str(parts[name])) for name in _PAIR_NAMES if isinstance(parts.get(name), str)), None)


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _is_secret_key(plain: str) -> bool:
    return bool(_SECRET_KEY.search(plain)) and not _HARMLESS_KEY.match(plain)
