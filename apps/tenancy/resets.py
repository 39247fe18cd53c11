"""A new password by e-mail. The answer to whoever asks is the same for any address, and takes as long: a worker looks
whose it is. The queue has a person's id; the code is made by the worker and is in the message alone."""

from __future__ import annotations

import uuid
from uuid import UUID

from django.conf import settings
from django.contrib.auth import password_validation
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.audit import record
from apps.audit.record import Target, Who
from apps.tenancy import homes, tasks
from apps.tenancy.context import tenant_tx
from apps.users import sessions, sign_in, throttle
from apps.users.models import User, plain_email

ACT = "users.password.reset"


def ask(email: str, address: str) -> None:
    """Somebody at `address` wants a message. Too many for one address are dropped, without a word."""
    if throttle.claim(email, "reset").go:
        found = User.objects.filter(email=plain_email(email)[:254], is_active=True).values_list("pk", flat=True).first()
        tasks.send_reset.delay(str(found or uuid.uuid4()), address)


def send(user_id: UUID, address: str) -> bool:
    """The message with a link, good for one new password within PASSWORD_RESET_TIMEOUT. The link is of
    NORTHGATE_ORIGIN: no request has a say in it. The code stands behind a "#", so that it reaches no server's log."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not settings.EMAIL_OFFERED:
        return False
    code = f"{user.pk.hex}.{default_token_generator.make_token(user)}"
    link = f"{settings.NORTHGATE_ORIGIN}{reverse('password-new')}#{code}"
    with translation.override(user.locale or settings.LANGUAGE_CODE):
        text = _(
            "Somebody, perhaps you, asked for a new password for %(email)s.\n\n"
            "Open this address within %(minutes)d minutes to choose one:\n%(link)s\n\n"
            "If it wasn't you, there is nothing to do: the password stays as it is.\n"
        ) % {"email": user.email, "minutes": settings.PASSWORD_RESET_TIMEOUT // 60, "link": link}
        subject = _("A new password for Northgate")
    _record(user, "intent", address, "a message was asked for")
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [user.email])
    return True


def finish(code: str, password: str, address: str) -> None:
    """Set the password, once, and end every session. API tokens and the second factor stay. Raises ValidationError."""
    with transaction.atomic():
        user = _of(code)
        if len(password) > sign_in.LONGEST_PASSWORD:
            raise ValidationError({"new": _("This password is too long.")})
        try:
            password_validation.validate_password(password, user)
        except ValidationError as problem:
            raise ValidationError({"new": problem.messages}) from None
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end_others(user.pk, None)
    throttle.forget(user.email)
    _record(user, "ok", address, "")


def _of(code: str) -> User:
    head, _dot, token = code.strip().partition(".")
    try:
        # Locked: of two that use one code at the same moment, the second finds another password.
        user = User.objects.select_for_update().filter(pk=UUID(hex=head), is_active=True).first()
    except ValueError:
        user = None
    if user is None or not default_token_generator.check_token(user, token):
        raise ValidationError({"code": _("This link was used already, or is too old. Ask for another.")})
    return user


def _record(user: User, result: str, address: str, reason: str) -> None:
    who = Who("user", str(user.pk), user.name or user.email, address)
    target = Target(kind="users.person", id=str(user.pk), name=user.email)
    for home in homes.of(user.pk):
        with tenant_tx(home.tenant_id):
            record.write(tenant_id=home.tenant_id, act=ACT, result=result, actor=who, target=target, reason=reason)
