"""What the panel keeps about what lies in containers: where somebody wants to look again."""

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Bookmark(models.Model):
    """A container, or a prefix in it, that an account may not find by listing. Without `membership` everybody in the
    organization has it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", editable=False)
    membership = models.ForeignKey("tenancy.Membership", on_delete=models.CASCADE, null=True, related_name="+")
    account = models.ForeignKey("cloud.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)
    container = models.CharField(_("Name"), max_length=255, db_collation="C")
    region = models.CharField(_("Region"), max_length=32)
    prefix = models.CharField(_("Prefix"), max_length=1024, blank=True, default="", db_collation="C")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "objects_bookmark"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "account", "kind", "container", "prefix"],
                nulls_distinct=False,
                name="objects_bookmark_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.container}/{self.prefix}"
