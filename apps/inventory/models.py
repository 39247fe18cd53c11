"""What exists in the accounts, as AWS last answered it: one row a resource, one scan a scope; and what was measured.

A scope is (account, Region, kind). The keys to accounts are composite, with the tenant; row_security adds them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

PRESENT = Q(gone_at=None)


class Entry(models.Model):
    """One resource. `attrs` is the AWS object. A row whose resource is gone keeps its last answer and `gone_at`.

    `cells` holds the values of the kind's columns: filters, facets and sorting read these few, not the whole object.
    `search` is in lower case the name, the id, then whatever else a text filter looks in; so it also sorts by name.
    Row-level security lets PostgreSQL use an index only for leakproof operators (equality and order; no jsonb, no
    LIKE), so each listing has a plain btree that begins with the tenant.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        "cloud.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=512, db_collation="C")
    name = models.CharField(max_length=512, blank=True, default="", db_collation="C")
    state = models.CharField(max_length=64, blank=True, default="")
    zone = models.CharField(max_length=64, blank=True, default="")
    attrs = models.JSONField(default=dict)
    tags = models.JSONField(default=dict)
    cells = models.JSONField(default=dict)
    monthly_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    search = models.CharField(max_length=1200, blank=True, default="", db_collation="C")
    digest = models.BinaryField()
    seen_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    gone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inventory_entry"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "resource_id", "account", "region"], name="inventory_entry_identity"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "account", "kind", "region"], name="inventory_entry_scope"),
            # By name, by its beginning and, as an index-only scan, by any part of `search`.
            models.Index(
                fields=["tenant", "kind", "search", "id"],
                include=["account", "region", "state"],
                condition=PRESENT,
                name="inventory_entry_search",
            ),
            models.Index(
                fields=["tenant", "kind", "state", "search", "id"], condition=PRESENT, name="inventory_entry_state"
            ),
            models.Index(
                "tenant",
                "kind",
                F("monthly_cost").asc(nulls_first=True),
                "id",
                condition=PRESENT,
                name="inventory_entry_cost",
            ),
            models.Index(
                "tenant",
                "kind",
                F("created_at").asc(nulls_first=True),
                "id",
                condition=PRESENT,
                name="inventory_entry_created",
            ),
            models.Index(fields=["tenant", "gone_at"], condition=~PRESENT, name="inventory_entry_gone"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id}"


class Scan(models.Model):
    """The last reading of a scope. `ok_at` is when it last succeeded; `error` is an Explained while it fails."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        "cloud.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    count = models.IntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    ok_at = models.DateTimeField(null=True)
    error = models.JSONField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inventory_scan"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "account", "region"], name="inventory_scan_scope")
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.region}"


class Change(models.Model):
    """A line of a resource's history: it appeared, changed its state or name, or went. Written by sync."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        "cloud.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=512, db_collation="C")
    at = models.DateTimeField(db_default=Now())
    what = models.CharField(max_length=16)  # appeared, changed, gone
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        db_table = "inventory_change"
        indexes = [models.Index(fields=["tenant", "kind", "resource_id", "-at"], name="inventory_change_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.resource_id} {self.what}"


class MeasuredValue(models.Model):
    """What a Measure of the kind last was of one resource. `points` end at `at` with `last`; null where there is a gap.

    It stands beside its Entry, whose row is wide and has many indexes: this changes every few minutes. Lists join it by
    the entry's id alone, which their indexes hold. It is no foreign key: that would take one more index of every entry.
    """

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        "cloud.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    entry_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    points = ArrayField(models.FloatField(null=True))
    last = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        db_table = "inventory_measured"
        constraints = [models.UniqueConstraint(fields=["tenant", "entry_id", "key"], name="inventory_measured_entry")]
        indexes = [models.Index(fields=["tenant", "kind", "key", "last", "entry_id"], name="inventory_measured_last")]

    def __str__(self) -> str:
        return f"{self.key} of {self.kind} {self.entry_id}"


class MeasureScan(models.Model):
    """The last reading of a Measure in a scope. `errors` has an Explained for each Region that failed."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(
        "cloud.Account", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    region = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    ok_at = models.DateTimeField(null=True)
    errors = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inventory_measure_scan"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "account", "region", "key"], name="inventory_measure_scan_scope"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.kind} in {self.region}"
