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
    #: The id that a driving host has given it, unique in its project; null where a user made it.
    host_id = models.CharField(max_length=64, null=True, blank=True, editable=False)
    #: What the host sent along when it made it, such as the names of its roles; null likewise.
    host_facts = models.JSONField(null=True, blank=True, editable=False)
    #: Whether it is no row but a view of a project in memory, for a query without a workspace.
    is_transient = False

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["project", "-created_at", "-id"], name="workspace_newest"),
            models.Index(fields=["expires_at"], name="workspace_expiry"),
        )
        constraints = (models.UniqueConstraint(fields=["project", "host_id"], name="workspace_host_id_of_project"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id

    @property
    def database(self) -> str:
        """The name under which SQL clients connect."""
        return f"project_{self.project_id}" if self.is_transient else f"workspace_{self.handle}"

    @property
    def handle(self) -> str:
        """What users and logins call it: the host's id if it has one."""
        return self.host_id or self.id

    def is_expired(self, now: datetime.datetime | None = None) -> bool:
        return self.expires_at is not None and self.expires_at <= (now or timezone.now())
