"""Workspaces: a DuckDB file of its own beside a project's tables, for people and tools that speak SQL."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils import timezone


class WorkspaceStatus(models.TextChoices):
    ACTIVE = "active"
    ERROR = "error"


class Workspace(models.Model):
    """`branch` null means the default branch. Whether it has expired is computed from the clock, never stored."""

    id = models.CharField(primary_key=True, max_length=64)
    project = models.ForeignKey("storage.Project", on_delete=models.CASCADE, related_name="workspaces")
    branch = models.ForeignKey(
        "storage.Branch", on_delete=models.CASCADE, null=True, blank=True, related_name="workspaces"
    )
    name = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=64, blank=True, default="", editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    size_limit_bytes = models.BigIntegerField()
    status = models.CharField(max_length=16, choices=WorkspaceStatus.choices, default=WorkspaceStatus.ACTIVE)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["project", "-created_at", "-id"], name="workspace_newest"),
            models.Index(fields=["expires_at"], name="workspace_expiry"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id

    @property
    def database(self) -> str:
        """The name under which SQL clients connect."""
        return f"workspace_{self.id}"

    def is_expired(self, now: datetime.datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())
