"""The audit record: plain ids and names and no foreign keys, so it outlives what it records."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _


class Result(models.TextChoices):
    INTENT = "intent", _("Intent")
    OK = "ok", _("Succeeded")
    FAILED = "failed", _("Failed")
    DENIED = "denied", _("Denied")
    UNKNOWN = "unknown", _("Unknown")


def database_clock() -> Func:
    """The wall clock of the database, which moves on inside a transaction (now() doesn't)."""
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


def transaction_number() -> Cast:
    """The writing transaction's 64-bit id, for a sealer that orders rows by snapshot."""
    return Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class AuditEvent(models.Model):
    """One line of the record. Written by `record.write`; the application's role can't change or delete it."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    at = models.DateTimeField(db_default=database_clock())
    xid = models.BigIntegerField(db_default=transaction_number())

    act = models.TextField()
    result = models.CharField(max_length=16, choices=Result)

    who_kind = models.CharField(max_length=16)
    who_id = models.TextField()
    who_name = models.TextField()
    who_address = models.TextField(blank=True, default="")
    who_session = models.TextField(blank=True, default="")

    target_kind = models.TextField(blank=True, default="")
    target_id = models.TextField(blank=True, default="")
    target_name = models.TextField(blank=True, default="")
    target_account = models.TextField(blank=True, default="")
    target_account_name = models.TextField(blank=True, default="")
    target_region = models.TextField(blank=True, default="")
    target_arn = models.TextField(blank=True, default="")

    params = models.JSONField(default=dict)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    operation = models.UUIDField(null=True)
    step = models.TextField(blank=True, default="")
    plan_hash = models.TextField(blank=True, default="")
    request_ids = ArrayField(models.TextField(), default=list)
    reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index("tenant_id", models.F("id").desc(), name="audit_tenant_newest"),
            models.Index("tenant_id", "target_id", models.F("id").desc(), name="audit_tenant_target"),
            models.Index("tenant_id", "operation", models.F("id").desc(), name="audit_tenant_operation"),
            models.Index("tenant_id", "who_id", models.F("id").desc(), name="audit_tenant_who"),
            models.Index("tenant_id", "act", models.F("id").desc(), name="audit_tenant_act"),
            models.Index("tenant_id", "xid", "id", name="audit_tenant_order"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(result__in=Result.values), name="audit_result_known"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who_name} {self.act} {self.result}"


class AuditSeal(models.Model):
    """A stretch of one tenant's record, chained to the one before it and signed. See `sealing`."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    number = models.BigIntegerField()  # 1, 2, 3 … of this tenant
    at = models.DateTimeField()

    # Rows of one stretch stand in the order of (xid, id); `ids` and `hashes` (32 bytes each) name them in it.
    ids = ArrayField(models.BigIntegerField())
    hashes = models.BinaryField()
    last_xid = models.BigIntegerField()
    last_id = models.BigIntegerField()
    until = models.BigIntegerField()  # every row of a transaction before this one is sealed
    # Where a restored database began to count its transactions anew, rows up to this id are older than that.
    above = models.BigIntegerField(null=True)
    top = models.BigIntegerField()  # the highest id of all rows sealed so far
    total = models.BigIntegerField()  # the number of these

    previous = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    key = models.CharField(max_length=64)  # the public key, base64
    signature = models.CharField(max_length=128)

    class Meta:
        db_table = "audit_seal"
        constraints = [models.UniqueConstraint(fields=["tenant_id", "number"], name="audit_seal_number")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.number} {self.head}"


class AuditAnchor(models.Model):
    """Where outside the database a seal's head was written down. `place` is file or bucket, `name` which one."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    number = models.BigIntegerField()
    head = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=database_clock())
    place = models.CharField(max_length=16)
    name = models.TextField()

    class Meta:
        db_table = "audit_anchor"
        indexes = [models.Index("tenant_id", "place", models.F("id").desc(), name="audit_anchor_newest")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.number} {self.place} {self.name}"
