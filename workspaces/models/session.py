"""Connections to workspaces, those of our own wire server and of external ones."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

#: The status of an open session; any other text says how it ended.
ACTIVE = "active"


class WorkspaceSession(models.Model):
    id = models.CharField(primary_key=True, max_length=128)
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.CASCADE, related_name="sessions")
    client_ip = models.CharField(max_length=64, null=True, blank=True)
    connected_at = models.DateTimeField(default=timezone.now, editable=False)
    last_activity_at = models.DateTimeField(default=timezone.now)
    query_count = models.BigIntegerField(default=0)
    status = models.CharField(max_length=128, default=ACTIVE)
    worker = models.CharField(max_length=128, blank=True, default="")
    #: Who has logged in; empty where the caller is known by other means, and for wire servers of others.
    username = models.CharField(max_length=96, blank=True, default="", db_default="")

    class Meta:
        ordering = ("-connected_at", "-id")
        indexes = (models.Index(fields=["workspace", "status"], name="session_open"),)

    def __str__(self) -> str:
        return self.id
