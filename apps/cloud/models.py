"""AWS accounts that a tenant connected, and the tenant's data keys that seal their credentials."""

import secrets
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_external_id() -> str:
    """What a role's trust policy must demand: ours alone, unguessable, different for each account."""
    return secrets.token_urlsafe(32)


class Environment(models.TextChoices):
    PRODUCTION = "production", _("Production")
    STAGING = "staging", _("Staging")
    DEVELOPMENT = "development", _("Development")


class Approval(models.TextChoices):
    """Which changes in an account a second person must approve."""

    NONE = "none", _("None")
    DESTROYS = "destroys", _("What destroys something")
    ALL = "all", _("Every change")


class Credential(models.TextChoices):
    ROLE = "role", _("Role to assume")
    KEYS = "keys", _("Access keys")


class Status(models.TextChoices):
    CONNECTED = "connected", _("Connected")
    PROBLEM = "problem", _("Problem")
    UNCHECKED = "unchecked", _("Not checked yet")


class DataKey(models.Model):
    """A tenant's AES-256 key, wrapped by the panel's key. The newest seals; every one opens what it sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "cloud_datakey"
        constraints = [models.UniqueConstraint(fields=["tenant", "id"], name="cloud_datakey_tenant_id")]

    def __str__(self) -> str:
        return str(self.id)


class Account(models.Model):
    """One AWS account. `secret` is sealed JSON (see `seal`), empty for a role, and never leaves `clients`.

    `updated_at` changes with what decides how to reach the account, not with checks: clients are cached by it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("Name"), max_length=80)
    number = models.CharField(_("Account number"), max_length=12)
    environment = models.CharField(
        _("Environment"), max_length=16, choices=Environment.choices, default=Environment.DEVELOPMENT
    )
    approval = models.CharField(
        _("Needs approval"), max_length=8, choices=Approval.choices, default=Approval.NONE, db_default=Approval.NONE
    )
    required_tags = ArrayField(
        models.CharField(max_length=127), verbose_name=_("Required tags"), default=list, db_default=[], blank=True
    )
    regions = ArrayField(models.CharField(max_length=32), verbose_name=_("Regions"), default=list)
    credential = models.CharField(_("Credential"), max_length=8, choices=Credential.choices, default=Credential.ROLE)
    role_arn = models.CharField(_("Role ARN"), max_length=256, blank=True, default="")
    external_id = models.CharField(_("External ID"), max_length=96, default=new_external_id)
    # The database holds (tenant, source) against (tenant, id): row_security adds the composite keys.
    source = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_constraint=False
    )
    secret = models.BinaryField(default=b"", blank=True)
    key_hint = models.CharField(max_length=8, blank=True, default="")
    endpoints = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.UNCHECKED)
    problem = models.JSONField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "cloud_account"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="cloud_account_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="cloud_account_tenant_name"),
            models.CheckConstraint(condition=models.Q(number__regex=r"^[0-9]{12}$"), name="cloud_account_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
