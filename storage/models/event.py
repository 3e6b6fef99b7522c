"""Audit events: who changed what, when, from where, with what outcome. They outlive their project."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Event(models.Model):
    timestamp = models.DateTimeField(default=timezone.now, editable=False)
    request_id = models.CharField(max_length=128, blank=True, default="")
    project_id = models.CharField(max_length=64, blank=True, default="")
    branch_id = models.CharField(max_length=32, null=True)
    operation = models.CharField(max_length=32)
    resource_type = models.CharField(max_length=32)
    resource_id = models.TextField()
    details = models.JSONField(default=dict)
    duration_ms = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=16)
    error_message = models.TextField(null=True)
    actor = models.CharField(max_length=64, blank=True, default="")
    client_address = models.CharField(max_length=64, blank=True, default="")
    job_id = models.CharField(max_length=32, null=True)
    bucket_name = models.CharField(max_length=96, blank=True, default="")
    table_name = models.CharField(max_length=96, blank=True, default="")
    error_code = models.CharField(max_length=64, blank=True, default="")
    rows = models.BigIntegerField(null=True)
    bytes_in = models.BigIntegerField(null=True)
    bytes_out = models.BigIntegerField(null=True)
    lock_wait_ms = models.PositiveIntegerField(default=0)
    external_job_id = models.CharField(max_length=128, blank=True, default="")
    external_run_id = models.CharField(max_length=128, blank=True, default="")

    class Meta:
        verbose_name = "audit event"
        ordering = ("-timestamp", "-id")
        indexes = (
            models.Index(fields=["project_id", "-timestamp", "-id"], name="event_newest"),
            models.Index(fields=["timestamp"], name="event_age"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.resource_id}"
