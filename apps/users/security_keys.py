"""Security keys and passkeys as a second factor: WebAuthn's two ceremonies.

What a key signs names the panel's own origin, NORTHGATE_ORIGIN; no header of a request has a say in it. An origin that
is a loopback address counts as localhost, because WebAuthn wants a name.
"""

from __future__ import annotations

import ipaddress
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal.auth import WebAuthn, get_authenticator_by_credential_id, get_credentials
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from fido2.server import Fido2Server
from fido2.webauthn import (
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from apps.users.factors import KEY
from apps.users.models import User

MOST = 20  # of one person
LONGEST_NAME = 60
_MAKING, _USING = "factor.key.making", "factor.key.using"  # in the session: the challenge, for one answer


class KeyRefused(Exception):
    """What the browser sent proves nothing. The message is for a log and has nothing of the key."""


def place() -> str:
    """The name under which keys are made (WebAuthn's RP id), or "" where the panel has an address and no name."""
    host = urlsplit(settings.NORTHGATE_ORIGIN).hostname or ""
    try:
        return "localhost" if ipaddress.ip_address(host).is_loopback else ""
    except ValueError:
        return host


def origin() -> str:
    """Where pages must be open for keys to work."""
    parts = urlsplit(settings.NORTHGATE_ORIGIN)
    return f"{parts.scheme}://{place()}" + (f":{parts.port}" if parts.port else "")


def begin_making(session: SessionBase, user: User) -> dict[str, Any]:
    """What the browser gives to navigator.credentials.create, as JSON."""
    options, session[_MAKING] = _server().register_begin(
        PublicKeyCredentialUserEntity(id=user.pk.bytes, name=user.email, display_name=user.name or user.email),
        credentials=get_credentials(user),
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return dict(options)


def finish_making(session: SessionBase, user: User, name: str, answer: dict[str, Any]) -> Authenticator:
    """Keeps the new key. Raises KeyRefused."""
    state = session.pop(_MAKING, None)
    if not state:
        raise KeyRefused("nothing was asked")
    try:
        made = _server().register_complete(state, answer)
    except Exception as problem:
        raise KeyRefused(type(problem).__name__) from None
    if made.credential_data is None or Authenticator.objects.filter(user=user, type=KEY).count() >= MOST:
        raise KeyRefused("too many keys")
    row = cast(Authenticator, WebAuthn.add(user, name[:LONGEST_NAME], answer).instance)
    row.data["counter"] = made.counter
    row.save(update_fields=["data"])
    return row


def begin_use(session: SessionBase, user: User) -> dict[str, Any]:
    """What the browser gives to navigator.credentials.get, as JSON."""
    options, session[_USING] = _server().authenticate_begin(
        get_credentials(user), user_verification=UserVerificationRequirement.PREFERRED
    )
    return dict(options)


def finish_use(session: SessionBase, user: User, answer: dict[str, Any]) -> Authenticator:
    """The key that signed. Raises KeyRefused, also for a key whose count of uses went back: a copy of it is about."""
    state = session.pop(_USING, None)
    if not state:
        raise KeyRefused("nothing was asked")
    try:
        used = _server().authenticate_complete(state, get_credentials(user), answer)
        counter = AuthenticationResponse.from_dict(answer).response.authenticator_data.counter
    except Exception as problem:
        raise KeyRefused(type(problem).__name__) from None
    with transaction.atomic():
        row = get_authenticator_by_credential_id(user, used.credential_id)
        row = Authenticator.objects.select_for_update().get(pk=row.pk) if row else None
        if row is None or ((counter or row.data.get("counter")) and counter <= row.data.get("counter", 0)):
            raise KeyRefused("its count of uses went back")
        row.data["counter"] = counter
        row.save(update_fields=["data"])
        row.record_usage()
    return row


def _server() -> Fido2Server:
    return Fido2Server(PublicKeyCredentialRpEntity(id=place(), name="Northgate"), verify_origin=_ours)


def _ours(found: str) -> bool:
    return bool(place()) and found in (settings.NORTHGATE_ORIGIN, origin())
