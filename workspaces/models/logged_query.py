"""Statements that were run in workspaces: the query log."""

from __future__ import annotations

from django.db import models


class QueryStatus(models.TextChoices):
    SUCCESS = "success"
    ERROR = "error"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


class Door(models.TextChoices):
    """How the statement came in."""

    WIRE = "wire"
    REST = "rest"
    JOB = "job"
    DRIVER = "driver"


class LoggedQuery(models.Model):
    """Times in milliseconds. `sql` and `text_hash` are empty where the setting does not keep them.

    Without a constraint on the workspace: rows are written in batches, some after their workspace has gone.
    """

    workspace = models.ForeignKey(
        "workspaces.Workspace", on_delete=models.CASCADE, related_name="queries", db_constraint=False, db_index=False
    )
    project_id = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    door = models.CharField(max_length=8, choices=Door.choices)
    session_id = models.CharField(max_length=128)
    user = models.CharField(max_length=96)
    client = models.CharField(max_length=64)
    application = models.CharField(max_length=128)
    kind = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=QueryStatus.choices)
    sqlstate = models.CharField(max_length=5)
    duration_ms = models.FloatField()
    parse_ms = models.FloatField()
    wait_ms = models.FloatField()
    execute_ms = models.FloatField()
    send_ms = models.FloatField()
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    text_hash = models.CharField(max_length=16)
    sql = models.TextField()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["workspace", "-id"], name="logged_query_newest"),
            models.Index(fields=["started_at"], name="logged_query_age"),
        )
        verbose_name = "query"
        verbose_name_plural = "queries"

    def __str__(self) -> str:
        return f"{self.kind} in {self.workspace_id}"
