"""What the console keeps for a person: saved views of lists, and preferences."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A named query of a list, of one person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", editable=False)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", editable=False)
    kind = models.CharField(max_length=80)
    name = models.CharField(_("Name"), max_length=80)
    query = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user", "kind", "name"], name="console_savedview_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Preference(models.Model):
    """A person's choices in one organization: scope, columns, density, shortcuts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", editable=False)
    user = models.ForeignKey("users.User", on_delete=models.CASCADE, related_name="+", editable=False)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="console_preference_once")]

    def __str__(self) -> str:
        return str(self.user_id)
