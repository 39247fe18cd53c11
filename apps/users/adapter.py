"""What django-allauth's second factor asks of us: how its secrets are sealed, and what an app's code looks like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from uuid import UUID

import qrcode
from allauth.mfa.adapter import DefaultMFAAdapter
from qrcode.image.svg import SvgPathFillImage

from apps.users import sealing

_person: ContextVar[UUID] = ContextVar("person")  # unset: sealing raises LookupError


@contextmanager
def secrets_of(person: UUID) -> Iterator[None]:
    """Inside, secrets are sealed for this person and only theirs open."""
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return sealing.seal(_person.get(), text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.open_sealed(_person.get(), encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """On white, whatever the theme: cameras want dark on light."""
        picture = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage, border=2).save(picture)
        return picture.getvalue().decode()
