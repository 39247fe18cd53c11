"""People. A person may belong to several organizations, so nothing here has a tenant."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def plain_email(text: str) -> str:
    """The one spelling of an email address under which a person signs in."""
    return text.strip().lower()


def check_timezone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone from the list."))


class Theme(models.TextChoices):
    AUTO = "auto", _("Same as the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person. Without a password the account exists but nobody can sign in with one."""
        if not plain_email(email):
            raise ValueError("a person needs an email address")
        user = self.model(email=plain_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=plain_email(username or ""))


class User(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("Email"), max_length=254, unique=True)
    name = models.CharField(_("Name"), max_length=120)
    theme = models.CharField(_("Theme"), max_length=8, choices=Theme, default=Theme.AUTO)
    locale = models.CharField(_("Language"), max_length=16, blank=True, default="")  # empty: as the browser asks
    timezone = models.CharField(_("Time zone"), max_length=64, default="UTC", validators=[check_timezone])
    is_active = models.BooleanField(_("Active"), default=True)
    last_tenant = models.UUIDField(null=True, blank=True, editable=False)  # a plain id: tenancy is above
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="users_user_email_any_case")]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = plain_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = plain_email(self.email)
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class Attempt(models.Model):
    """Failed sign-ins in a row for one email address, known or not. The key is the address's SHA-256."""

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(db_index=True)
    blocked_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.failures} failures"


class Session(AbstractBaseSession):
    """A browser's session (see apps.users.sessions). The key is a digest of the cookie's, which is nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")  # none before sign-in
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    address = models.CharField(max_length=64, blank=True, default="")
    agent = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"session of {self.user_id or 'nobody'}"

    @property
    def browser(self) -> str:
        """What the browser says that it is, in two words. The first that fits counts: each claims to be others too."""
        name = next((word for mark, word in BROWSERS if mark in self.agent), "")
        system = next((word for mark, word in SYSTEMS if mark in self.agent), "")
        return " · ".join(filter(None, (name, system)))
