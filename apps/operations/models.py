"""An operation is a plan that somebody asked for; its steps are the journal of what was sent to AWS and answered."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where an operation stands. `failed` means that nothing is left of it; `attention` that something may be."""

    AWAITING = "awaiting", _("Waiting for approval")
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    DECLINED = "declined", _("Declined")
    ATTENTION = "attention", _("Needs attention")


ENDED = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.DECLINED, State.ATTENTION)


class StepState(models.TextChoices):
    """Where a step stands. `started`: sent, or about to be; after a crash its outcome is unknown until looked up."""

    PLANNED = "planned", _("Planned")
    STARTED = "started", _("Started")
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Taking back")
    UNSETTLING = "unsettling", _("Waiting for the take-back")
    UNDONE = "undone", _("Taken back")
    SKIPPED = "skipped", _("Not begun")
    UNKNOWN = "unknown", _("Unknown")


class Operation(models.Model):
    """`epoch` rises with each claim, and each write of a worker names the epoch that it claimed: a worker that lost
    its lease can't write any more. All times are the database's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    act = models.CharField(max_length=128)
    title = models.CharField(max_length=512)
    plan = models.JSONField()
    plan_hash = models.CharField(max_length=64)
    accounts = models.JSONField(default=list)  # ids as text, for lists and permissions
    regions = models.JSONField(default=list)
    who_kind = models.CharField(max_length=8)
    who_id = models.CharField(max_length=64)
    who_name = models.CharField(max_length=255)
    who_address = models.CharField(max_length=64, blank=True, default="")
    who_session = models.CharField(max_length=64, blank=True, default="")
    membership_id = models.UUIDField(null=True)  # a plain id: the record outlives the membership
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    epoch = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    # Who decided on it, where it needed approval; `decision` is empty until then, `approved` or `declined`.
    decision = models.CharField(max_length=8, blank=True, default="", db_default="")
    decided_by = models.CharField(max_length=255, blank=True, default="", db_default="")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    idempotency_key = models.CharField(max_length=255, blank=True, default="")
    body_hash = models.CharField(max_length=64, blank=True, default="")
    error = models.JSONField(null=True)
    left = models.JSONField(default=list)
    result = models.JSONField(null=True)
    run = models.ForeignKey("operations.Run", on_delete=models.SET_NULL, null=True, related_name="operations")

    class Meta:
        db_table = "operations_operation"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="operations_operation_tenant_id"),
            models.UniqueConstraint(
                fields=["tenant", "membership_id", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="operations_operation_idempotency",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="operations_newest"),
            models.Index(
                fields=["tenant", "due_at"], condition=Q(state__in=["queued", "running"]), name="operations_due"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class OperationStep(models.Model):
    """One AWS call of an operation. `round` rises when it is tried anew after it was taken back, so that its
    idempotency token is a new one."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=16)
    position = models.IntegerField()
    group = models.IntegerField(default=0)
    title = models.CharField(max_length=512)
    call = models.CharField(max_length=128)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PLANNED)
    attempts = models.IntegerField(default=0)
    round = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    output = models.JSONField(null=True)
    progress = models.JSONField(default=dict, db_default={})  # of a sweep: see sweep.Progress
    request_ids = models.JSONField(default=list)
    error = models.JSONField(null=True)

    class Meta:
        db_table = "operations_step"
        constraints = [models.UniqueConstraint(fields=["tenant", "operation", "key"], name="operations_step_key")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.key} {self.call}"


class Draft(models.Model):
    """What somebody typed into a wizard and has not submitted."""

    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    membership_id = models.UUIDField()
    act = models.CharField(max_length=128)
    data = models.TextField()  # the browser's form, url-encoded
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "operations_draft"
        constraints = [models.UniqueConstraint(fields=["tenant", "membership_id", "act"], name="operations_draft_one")]

    def __str__(self) -> str:
        return self.act


class Schedule(models.Model):
    """A stored request with a timetable. It is carried out in the name of who saved it last. `next_at` is the next
    moment that it is due, none while it is paused. Instants are UTC; the timetable is read in `zone`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    act = models.CharField(max_length=128)
    values = models.JSONField(default=dict)  # of the act's form, as REST takes them
    tags = models.JSONField(default=list)  # [{key, value}]: a target has all of them
    accounts = models.JSONField(default=list)  # ids as text; none: all
    regions = models.JSONField(default=list)  # none: all of each account
    timetable = models.JSONField(default=dict)  # as it was entered
    cron = models.CharField(max_length=120)
    zone = models.CharField(max_length=64)
    keep_count = models.IntegerField(null=True)
    keep_days = models.IntegerField(null=True)
    grace = models.IntegerField(default=60)  # minutes that a run may be late
    who_kind = models.CharField(max_length=8)
    who_id = models.CharField(max_length=64)
    who_name = models.CharField(max_length=255)
    membership_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    paused_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "operations_schedule"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="operations_schedule_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="operations_schedule_name"),
        ]
        indexes = [models.Index(fields=["tenant", "next_at"], name="operations_schedule_due")]

    def __str__(self) -> str:
        return self.name


class RunState(models.TextChoices):
    """How a run of a schedule stands. `making`, `waiting` (what was made is not complete yet) and `keeping` (what is
    old is being deleted) are under way."""

    MAKING = "making", _("Under way")
    WAITING = "waiting", _("Waiting for what was made")
    KEEPING = "keeping", _("Deleting what is old")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    EMPTY = "empty", _("Found nothing")
    REFUSED = "refused", _("Refused")
    MISSED = "missed", _("Missed")


UNDER_WAY = (RunState.MAKING, RunState.WAITING, RunState.KEEPING)


class Run(models.Model):
    """One due moment of a schedule and what came of it: there is one row for each, whoever looked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenancy.Tenant", on_delete=models.CASCADE, related_name="+")
    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="runs")
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=255, blank=True, default="")  # who asked for it, off the timetable
    state = models.CharField(max_length=10, choices=RunState.choices)
    reason = models.TextField(blank=True, default="")
    targets = models.IntegerField(default=0)
    left_out = models.JSONField(default=list)  # sentences
    deleted = models.IntegerField(default=0)
    look_at = models.DateTimeField(null=True)  # when its next step is looked for
    membership_id = models.UUIDField(null=True)  # whose idempotency key it is
    idempotency_key = models.CharField(max_length=255, blank=True, default="")
    body_hash = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        db_table = "operations_run"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="operations_run_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "schedule", "due_at"], name="operations_run_once"),
            models.UniqueConstraint(
                fields=["tenant", "membership_id", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="operations_run_idempotency",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "look_at"], name="operations_run_look")]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at}"
