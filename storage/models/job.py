"""Jobs: the rows that say what long work is doing; the row is the truth that every door shows."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from storage.models.exact_json import ExactJSONField


class JobState(models.TextChoices):
    WAITING = "waiting"
    PROCESSING = "processing"
    SUCCESS = "success"
    ERROR = "error"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.WAITING, JobState.PROCESSING)


def new_job_id() -> str:
    return uuid.uuid4().hex


class Job(models.Model):
    """`progress` is 0 to 1; `error` holds the wire's error object plus `status`, the HTTP status it maps to."""

    id = models.CharField(primary_key=True, max_length=32, default=new_job_id, editable=False)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="jobs")
    branch = models.ForeignKey("storage.Branch", on_delete=models.CASCADE, null=True, related_name="+")
    type = models.CharField(max_length=32)
    state = models.CharField(max_length=16, choices=JobState.choices, default=JobState.WAITING)
    bucket_name = models.CharField(max_length=96, blank=True, default="")
    table_name = models.CharField(max_length=96, blank=True, default="")
    params = models.JSONField(default=dict)
    progress = models.FloatField(default=0.0)
    rows = models.BigIntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    result = ExactJSONField(null=True)
    error = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    requested_by = models.CharField(max_length=64, blank=True, default="")
    request_id = models.CharField(max_length=128, blank=True, default="")
    client_address = models.CharField(max_length=64, blank=True, default="")
    worker = models.CharField(max_length=128, blank=True, default="")
    heartbeat_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["project", "-created_at", "-id"], name="job_newest"),
            models.Index(fields=["-created_at", "-id"], name="job_newest_of_all"),
            models.Index(fields=["state", "heartbeat_at"], name="job_state"),
        )

    def __str__(self) -> str:
        place = ".".join(name for name in (self.bucket_name, self.table_name) if name)
        return f"{self.type.replace('_', ' ').capitalize()} {place or self.id[:8]}"

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED
