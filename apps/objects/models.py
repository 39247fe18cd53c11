"""What the panel keeps about what lies in containers: where somebody wants to look again, what is being sent there."""

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


class Upload(models.Model):
    """An object that somebody sends to a container, past the panel. It lasts as long as it is open, and some days more
    for who asks again how it ended."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        ABORTED = "aborted", _("Aborted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", editable=False)
    account = models.ForeignKey("cloud.Account", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)
    container = models.CharField(max_length=255, db_collation="C")
    region = models.CharField(max_length=32)
    key = models.CharField(max_length=1024, db_collation="C")
    size = models.BigIntegerField()
    mark = models.CharField(max_length=128, blank=True, default="")  # what tells the sender's file from others
    crc32 = models.CharField(max_length=8, blank=True, default="")  # of an object sent at once
    upload_id = models.CharField(max_length=1024, blank=True, default="")  # AWS's; nothing where it is sent at once
    part_size = models.BigIntegerField(default=0)
    whole = models.BooleanField(default=False)
    replace = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    error = models.JSONField(null=True, blank=True)
    etag = models.CharField(max_length=128, blank=True, default="")
    version = models.CharField(max_length=1024, blank=True, default="")
    who_kind = models.CharField(max_length=16)
    who_id = models.CharField(max_length=64)
    who_name = models.CharField(max_length=255)
    begun_at = models.DateTimeField(db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "objects_upload"
        indexes = [
            models.Index(fields=["tenant", "account", "container", "key"], name="objects_upload_of"),
            models.Index(fields=["tenant", "touched_at"], name="objects_upload_touched"),
        ]

    def __str__(self) -> str:
        return f"{self.container}/{self.key}"


class UploadPart(models.Model):
    """A part that AWS has."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    size = models.BigIntegerField()
    etag = models.CharField(max_length=128)
    crc32 = models.CharField(max_length=8)

    class Meta:
        db_table = "objects_uploadpart"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "upload", "number"], name="objects_uploadpart_once"),
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
