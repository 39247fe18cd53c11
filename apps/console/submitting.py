"""Submitting a page's form once: a second click, or a reload of the answer, gets the first operation."""

import hashlib
from uuid import UUID, uuid4

from apps.operations import replays, submit
from apps.operations.models import Operation
from apps.operations.prepare import Prepared
from apps.tenancy.decorators import SignedRequest

KEY = "_key"  # the page's own number, in a hidden field
_OURS = {"csrfmiddlewaretoken", KEY}


def new_key() -> str:
    return str(uuid4())


def once(request: SignedRequest, prepared: Prepared) -> Operation:
    """The operation. A page that was changed and sent again after it had been submitted is another request."""
    key, digest = asked(request)
    try:
        return submit.submit(request.actor, prepared, key=key, body_hash=digest)
    except replays.KeyReused:
        return submit.submit(request.actor, prepared, key=new_key(), body_hash=digest)


def asked(request: SignedRequest) -> tuple[str, str]:
    """The page's own number, and what was posted under it as a hash."""
    return _key(request), _body_hash(request)


def _key(request: SignedRequest) -> str:
    try:
        return str(UUID(request.POST.get(KEY, "")))
    except ValueError:
        return new_key()


def _body_hash(request: SignedRequest) -> str:
    pairs = sorted((name, *values) for name, values in request.POST.lists() if name not in _OURS)
    return hashlib.sha256(repr([request.get_full_path(), *pairs]).encode()).hexdigest()
