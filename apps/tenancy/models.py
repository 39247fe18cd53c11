"""Organizations and who may do what in them. Each row below Tenant has its tenant; PostgreSQL keeps them apart."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

check_slug = RegexValidator(r"^[a-z0-9][a-z0-9-]{0,62}$", _("Use lower-case letters, digits and hyphens."))


class Tenant(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("Name"), max_length=120)
    slug = models.CharField(_("Short name"), max_length=63, unique=True, validators=[check_slug])
    second_factor = models.BooleanField(_("Second factor required"), default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_membership_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "user"], name="tenancy_membership_tenant_user"),
        ]

    def __str__(self) -> str:
        return str(self.user_id)


class Team(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    name = models.CharField(_("Name"), max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_team_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="tenancy_team_tenant_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="teams")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "team", "membership"], name="tenancy_team_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.team_id}"


class Role(models.Model):
    """A named list of permission patterns (see access.matches). `builtin` is the key of one that ships, or empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    name = models.CharField(_("Name"), max_length=120)
    permissions = ArrayField(models.TextField(), default=list)
    builtin = models.CharField(max_length=16, blank=True, default="", editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="tenancy_role_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="tenancy_role_tenant_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Binding(models.Model):
    """A role given to a member or a team, on the whole tenant or on an account, a Region, a tag "key=value"
    or a path "bucket/prefix*" of what lies within a resource."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="bindings")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="bindings")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="bindings")
    account = models.UUIDField(_("Account"), null=True, blank=True)  # a plain id: cloud is above
    region = models.CharField(_("Region"), max_length=32, blank=True, default="")
    tag = models.CharField(_("Tag"), max_length=400, blank=True, default="")
    path = models.CharField(_("Path"), max_length=1100, blank=True, default="", db_default="", db_collation="C")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(membership__isnull=False, team__isnull=True)
                | Q(membership__isnull=True, team__isnull=False),
                name="tenancy_binding_one_holder",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "membership"]), models.Index(fields=["tenant", "team"])]

    def __str__(self) -> str:
        return f"{self.role_id} for {self.membership_id or self.team_id}"


class AccessRequest(models.Model):
    """A member asks for a permission that they lack; whoever may give roles settles it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="access_requests")
    permission = models.CharField(max_length=128)
    account = models.UUIDField(null=True, blank=True)  # a plain id: cloud is above
    region = models.CharField(max_length=32, blank=True, default="")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, editable=False)
    granted = models.BooleanField(default=False, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "created_at"], condition=Q(settled_at=None), name="tenancy_request_open")
        ]

    def __str__(self) -> str:
        return f"{self.permission} for {self.membership_id}"


class ApiToken(models.Model):
    """A member's key for scripts. Only the SHA-256 of its text is kept; it can do no more than its member."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("Name"), max_length=120)
    prefix = models.CharField(max_length=16, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    permissions = ArrayField(models.TextField(), default=list)  # empty: all that its member may
    accounts = ArrayField(models.UUIDField(), default=list)  # empty: all accounts
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("Expires"))
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "hash"], name="tenancy_api_token_tenant_hash")]
        indexes = [models.Index(fields=["tenant", "membership"])]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
